package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TemplateReaderTest {
  private static final String SPECIAL = "[]{}:,#&*!|>'\"%@`-? \n\t\\/.~";
  private static final int ROUNDS = Integer.getInteger("reg.fuzz", 3_000);
  private static final Path RESOURCES = Path.of("src/test/resources");

  private static Template read(String name) throws IOException, RegException {
    return TemplateReader.read(name, Files.readAllBytes(RESOURCES.resolve(name)));
  }

  private static Template readText(String text) throws RegException {
    return TemplateReader.read("t.yaml", text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void loadsThePapersFigure6AsItStands() throws Exception {
    Template template = read("figure6.yaml");
    assertThat(template.id()).isEqualTo("python@3.5.2");
    assertThat(template.files())
        .containsExactly(
            new TemplateFile("python", "/usr/bin/python", null, null),
            new TemplateFile("python3.5", "/usr/lib/python3.5", null, null));
    assertThat(template.libs().stream().map(TemplateLib::soname))
        .containsExactly(
            "libc.so.6",
            "libdl.so.2",
            "libexpat.so.1",
            "libm.so.6",
            "libpthread.so.0",
            "libutil.so.1",
            "libz.so.1");
    assertThat(template.isResolved()).isFalse();
  }

  @Test
  void writesTheCanonicalForm() throws Exception {
    for (String name : List.of("figure6", "full")) {
      byte[] canonical = Files.readAllBytes(RESOURCES.resolve(name + ".canonical.yaml"));
      assertThat(TemplateWriter.write(read(name + ".yaml")))
          .asString()
          .isEqualTo(new String(canonical, StandardCharsets.UTF_8));
      assertThat(TemplateWriter.write(TemplateReader.read(name, canonical))).isEqualTo(canonical);
    }
  }

  @Test
  void readsEveryScalarAsText() throws Exception {
    Template template = read("full.yaml");
    assertThat(template.version().text()).isEqualTo("3.10");
    assertThat(template.execution().environment()).containsEntry("PYTHONDONTWRITEBYTECODE", "1");
    assertThat(template.execution().command())
        .containsExactly("python3", "-m", "http.server", "true");
    assertThat(readText("name: a\nversion: 1e3\ncommand: yes\n").execution().command())
        .containsExactly("yes");
    assertThat(readText("name: a\nversion: 1_000\n").version().text()).isEqualTo("1_000");
  }

  @Test
  void readsWhoRunsAndWhere() throws Exception {
    Template template = read("full.yaml");
    assertThat(template.execution().accounts())
        .containsExactly(
            new Accounts.User("_a", 59_999, 59_999, "/opt/a b"),
            new Accounts.User("thing", 901, 902, "/var/lib/thing"));
    assertThat(template.execution().user()).isEqualTo("thing");
    assertThat(template.level()).isEqualTo(Level.TRACE);
    assertThat(template.trace())
        .containsExactly(
            List.of("python3", "-c", "print(6 * 7)"),
            List.of("python3", "-m", "http.server", "--help"));
    assertThat(template.waive())
        .containsExactlyEntriesOf(
            new TreeMap<>(Map.of("gconv", "converts by itself", "openssl", "no: TLS")));
    assertThat(template.directories())
        .containsExactly(
            new TemplateDirectory("/srv"),
            new TemplateDirectory("/srv/plain"),
            new TemplateDirectory("/var/lib/data", 01777),
            new TemplateDirectory("/var/lib/thing"));
    assertThat(readText("name: a\nversion: 1\nuser: www-data\n").execution().user())
        .isEqualTo("www-data");
  }

  @Test
  void aTemplateWithoutTheKeysIsWrittenWithoutThem() throws Exception {
    Template template = readText("name: a\nversion: 1\ndirectories: [/x]\nlevel: none\n");
    assertThat(template.level()).isEqualTo(Level.NONE);
    assertThat(new String(TemplateWriter.write(template), StandardCharsets.UTF_8))
        .isEqualTo("name: a\nversion: \"1\"\ndirectories:\n  - /x\n");
  }

  @Test
  void readsACharacterOfTwoHalvesWhereverItStands() throws Exception {
    for (int filler = 900; filler < 1_100; filler++) {
      String comment = "#" + "x".repeat(filler) + "\uD83D\uDE00\n";
      assertThat(readText(comment + "name: a\nversion: 1\n").id()).isEqualTo("a@1");
    }
  }

  @Test
  void takesNothingForAnEmptyList() throws Exception {
    Template template =
        readText("name: a\nversion: 1\nrequires:\nfiles:\nlibs:\nlinks:\ncommand:\n");
    assertThat(template.files()).isEmpty();
    assertThat(template.requires()).isEmpty();
    assertThat(template.execution().command()).isEmpty();
  }

  @Test
  void allowsLinksThatStayWithinTheRoot() throws Exception {
    Template template =
        readText("name: a\nversion: 1\nlinks: {/bin/x: ../../etc/x, /y: /usr/../etc/z, /z: .}\n");
    assertThat(template.links())
        .containsEntry("/usr/bin/x", "../../etc/x")
        .containsEntry("/y", "/usr/../etc/z");
  }

  @Test
  void refusesEveryBadFileInItsOwnWay() throws Exception {
    try (Stream<Path> files = Files.list(RESOURCES.resolve("should-fail"))) {
      List<Path> all = files.sorted().toList();
      assertThat(all).hasSizeGreaterThan(50);
      for (Path file : all) {
        refuses(file);
      }
    }
  }

  /** Each comment in the file is a part of the message. */
  private static void refuses(Path file) throws IOException {
    byte[] document = Files.readAllBytes(file);
    List<String> expected =
        new String(document, StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("# "))
            .map(line -> line.substring(2))
            .toList();
    assertThat(expected).as(file.toString()).isNotEmpty();
    assertThatThrownBy(() -> TemplateReader.read("t.yaml", document))
        .as(file.toString())
        .isInstanceOfSatisfying(
            RegException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
              assertThat(e.line())
                  .as(file.toString())
                  .startsWith("cannot read template 't.yaml': ")
                  .contains(expected)
                  .doesNotContain("\n")
                  .hasSizeLessThan(8_000);
            });
  }

  @Test
  void boundsSizes() {
    StringBuilder many = new StringBuilder("name: a\nversion: 1\ndirectories:\n");
    for (int i = 0; i <= 200_000; i++) {
      many.append("- /d/").append(i).append('\n');
    }
    assertThatThrownBy(() -> readText(many.toString()))
        .hasMessageContaining("more than 200000 entries");
    StringBuilder files = new StringBuilder("name: a\nversion: 1\nfiles:\n");
    for (int i = 0; i <= 200_000; i++) {
      files.append(' ').append(i).append(": /d/").append(i).append('\n');
    }
    assertThatThrownBy(() -> readText(files.toString()))
        .hasMessageContaining("more than 200000 paths");
    byte[] large = new byte[16 * 1024 * 1024 + 1];
    assertThatThrownBy(() -> TemplateReader.read("t.yaml", large))
        .hasMessageContaining("more than the 16777216 allowed");
    String dense = "name: a\nversion: 1\nrequires: [" + "a,".repeat(500_000) + "a]\n";
    assertThatThrownBy(() -> readText(dense)).hasMessageContaining("more than 450000 values");
  }

  @Test
  void tellsHowManyProblemsItDoesNotShow() {
    StringBuilder bad = new StringBuilder("name: a\nversion: 1\ndirectories:\n");
    for (int i = 0; i < 5_000; i++) {
      bad.append("- x\n");
    }
    assertThatThrownBy(() -> readText(bad.toString())).hasMessageEndingWith("; and 4980 more");
  }

  /** Whatever the bytes are, the answer is a template or INVALID. */
  @Test
  void survivesMutations() throws Exception {
    Random random = new Random(7);
    byte[] seed = Files.readAllBytes(RESOURCES.resolve("full.yaml"));
    int read = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] document = seed.clone();
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        document[random.nextInt(document.length)] =
            random.nextBoolean()
                ? (byte) random.nextInt(256)
                : (byte) SPECIAL.charAt(random.nextInt(SPECIAL.length()));
      }
      try {
        Template template = TemplateReader.read("t.yaml", document);
        assertThat(TemplateReader.read("t.yaml", TemplateWriter.write(template)))
            .isEqualTo(template);
        read++;
      } catch (RegException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
        assertThat(e.line()).doesNotContain("\n");
      }
    }
    assertThat(read).isPositive();
  }
}
