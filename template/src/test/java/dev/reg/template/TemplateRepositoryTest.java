package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Why;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateRepositoryTest {
  private static final String LIB = LibraryIndex.defaultPath("");

  @TempDir Path directory;
  private RepositoryFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new RepositoryFixture(directory);
  }

  private static void fails(ErrorKind kind, String part, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RegException.class,
            e -> {
              assertThat(e.line()).contains(part).doesNotContain("\n");
              assertThat(e.kind()).isEqualTo(kind);
            });
  }

  private void isEmpty() throws IOException {
    assertThat(fixture.files()).isEmpty();
    assertThat(fixture.stored()).isEmpty();
    assertThat(fixture.templates.list()).isEmpty();
  }

  @Test
  void storesResolvedAndFindsAgain() throws Exception {
    fixture.source("tool", "tool\n");
    fixture.source("run", "run\n");
    assertThat(fixture.sources.resolve("run").toFile().setExecutable(true)).isTrue();
    Head head =
        fixture.add(
            """
            name: a
            version: 1.2
            files: {tool: {path: /usr/share/tool, mode: 600}, run: /bin/run}
            environment: {A: b}
            command: [run]
            """);
    assertThat(head.files()).isEqualTo(2);
    assertThat(head.bytes()).isEqualTo(9);
    assertThat(fixture.find("a@1")).isEqualTo(head);
    Template stored = fixture.templates.load(head);
    assertThat(stored.isResolved()).isTrue();
    assertThat(stored.files().stream().map(TemplateFile::object))
        .containsExactly(
            RepositoryFixture.object("run\n", 0755), RepositoryFixture.object("tool\n", 0600));
    assertThat(fixture.files())
        .containsExactly("a", "a/1.2", "a/1.2/head.json", "a/1.2/template.yaml");
    fixture.reopen();
    assertThat(fixture.templates.list()).containsExactly(head);
    assertThat(fixture.templates.problems()).isEmpty();
  }

  private static Provenance provenance(String path, String pattern) {
    return new Provenance(
        new BuiltFrom.Recipe("a"),
        null,
        List.of(),
        new TreeMap<>(Map.of(path, new Provenance.Origin(null, new Why.Concat(pattern)))));
  }

  private Head add(String yaml, Provenance provenance, boolean replace) throws Exception {
    return fixture.templates.add(
        fixture.parse(yaml),
        provenance,
        new DirectorySources(fixture.sources),
        replace,
        note -> {});
  }

  @Test
  void keepsWhereFilesComeFromBesideTheTemplate() throws Exception {
    fixture.source("tool", "tool\n");
    String yaml = "name: a\nversion: 1\nfiles: {tool: /usr/share/tool}\n";
    Provenance first = provenance("/usr/share/tool", "one");
    Head head = add(yaml, first, false);
    assertThat(fixture.files()).contains("a/1/provenance.json");
    fixture.reopen();
    assertThat(fixture.templates.provenance(head)).contains(first);
    Provenance second = provenance("/usr/share/tool", "two");
    assertThat(add(yaml, second, false)).isEqualTo(head);
    assertThat(fixture.templates.provenance(head)).contains(second);
    assertThat(fixture.add(yaml)).isEqualTo(head);
    assertThat(fixture.templates.provenance(head)).contains(second);
    fails(
        ErrorKind.INVALID,
        "/usr/share/other",
        () -> add(yaml, provenance("/usr/share/other", "x"), false));
    assertThat(fixture.templates.provenance(head)).contains(second);
    fixture.templates.remove(head);
    isEmpty();
  }

  @Test
  void aReplacedTemplateHasNothingOfTheOtherOnesProvenance() throws Exception {
    fixture.source("tool", "tool\n");
    add(
        "name: a\nversion: 1\nfiles: {tool: /usr/share/tool}\n",
        provenance("/usr/share/tool", "one"),
        false);
    Head other =
        fixture.templates.add(
            fixture.parse("name: a\nversion: 1\nfiles: {tool: /usr/share/more}\n"),
            new DirectorySources(fixture.sources),
            true);
    assertThat(fixture.templates.provenance(other)).isEmpty();
    assertThat(fixture.files()).containsExactly("a", "a/1", "a/1/head.json", "a/1/template.yaml");
  }

  @Test
  void nothingIsStoredWithAProvenanceOfOtherFiles() throws Exception {
    fixture.source("tool", "tool\n");
    fails(
        ErrorKind.INVALID,
        "'/usr/share/other'",
        () ->
            add(
                "name: a\nversion: 1\nfiles: {tool: /usr/share/tool}\n",
                provenance("/usr/share/other", "one"),
                false));
    isEmpty();
  }

  @Test
  void aDamagedProvenanceIsSaidAndDoesNotKeepTheTemplate() throws Exception {
    fixture.source("tool", "tool\n");
    Head head =
        add(
            "name: a\nversion: 1\nfiles: {tool: /usr/share/tool}\n",
            provenance("/usr/share/tool", "one"),
            false);
    Files.writeString(fixture.layout.templateProvenance("a", "1"), "{}");
    fixture.reopen();
    fails(ErrorKind.CORRUPTED, "a@1", () -> fixture.templates.provenance(head));
    assertThat(fixture.templates.load(head).files()).hasSize(1);
    fixture.templates.remove(head);
    isEmpty();
  }

  @Test
  void findsTheHighestVersionThatMatches() throws Exception {
    for (String version : List.of("3.1", "3.9", "3.11.2", "3.10", "2.7")) {
      fixture.add("name: python\nversion: " + version + "\nenvironment: {V: '" + version + "'}\n");
    }
    assertThat(fixture.find("python").version()).hasToString("3.11.2");
    assertThat(fixture.find("python@3.1").version()).hasToString("3.1");
    assertThat(fixture.find("python@2").version()).hasToString("2.7");
    assertThat(fixture.templates.find(TemplateRef.parse("python@4"))).isEmpty();
    assertThat(fixture.templates.nearMisses("pyton", List.of("pyton3")))
        .containsExactly("python", "pyton3");
    assertThat(fixture.templates.versions("python").stream().map(head -> head.version().text()))
        .containsExactly("3.11.2", "3.10", "3.9", "3.1", "2.7");
  }

  @Test
  void takesDirectoriesWithAllTheirTree() throws Exception {
    fixture.source("lib/os.py", "os");
    fixture.source("lib/deep/er/x.py", "x");
    Files.createDirectories(fixture.sources.resolve("lib/empty"));
    Files.createSymbolicLink(fixture.sources.resolve("lib/link.py"), Path.of("deep/er/x.py"));
    Head head = fixture.add("name: a\nversion: 1\nfiles: {lib: /lib/python3.5}\n");
    Template stored = fixture.templates.load(head);
    assertThat(stored.files().stream().map(TemplateFile::path))
        .containsExactly("/usr/lib/python3.5/deep/er/x.py", "/usr/lib/python3.5/os.py");
    assertThat(stored.links()).containsEntry("/usr/lib/python3.5/link.py", "deep/er/x.py");
    assertThat(stored.directories())
        .containsExactly(new TemplateDirectory("/usr/lib/python3.5/empty"));
    assertThat(fixture.resolve("a").tree().entries()).hasSizeGreaterThanOrEqualTo(4);
  }

  @Test
  void refusesSourcesThatAreNotFilesOrLeadOut() throws Exception {
    fixture.source("lib/a", "a");
    Files.createSymbolicLink(fixture.sources.resolve("lib/out"), Path.of("../../../../etc/passwd"));
    fails(
        ErrorKind.INVALID,
        "cannot add template a@1: file 'lib': the link 'lib/out' within it has a target that"
            + " leaves",
        () -> fixture.add("name: a\nversion: 1\nfiles: {lib: /usr/lib/x}\n"));
    Files.createSymbolicLink(fixture.sources.resolve("alias"), Path.of("/etc/passwd"));
    fails(
        ErrorKind.INVALID,
        "file 'alias': it is a symbolic link to '/etc/passwd'",
        () -> fixture.add("name: a\nversion: 1\nfiles: {alias: /usr/x}\n"));
    fails(
        ErrorKind.NOT_FOUND,
        "is not a directory",
        () -> fixture.add("name: a\nversion: 1\nfiles: {alias/x: /usr/x}\n"));
    fails(
        ErrorKind.NOT_FOUND,
        "cannot add template a@1: file 'gone'",
        () -> fixture.add("name: a\nversion: 1\nfiles: {gone: /usr/x}\n"));
    Process mkfifo =
        new ProcessBuilder("mkfifo", fixture.sources.resolve("fifo").toString()).start();
    assertThat(mkfifo.waitFor()).isZero();
    fails(
        ErrorKind.INVALID,
        "neither file nor directory",
        () -> fixture.add("name: a\nversion: 1\nfiles: {fifo: /usr/x}\n"));
    isEmpty();
  }

  @Test
  void boundsTheDepthOfDirectories() throws Exception {
    Sources endless = name -> new Source.Directory(List.of("x"));
    fails(
        ErrorKind.INVALID,
        "more than 64 directories deep",
        () ->
            fixture.templates.add(
                fixture.parse("name: a\nversion: 1\nfiles: {x: /opt/x}\n"), endless, false));
    Sources hostile = name -> new Source.Directory(List.of("../../etc"));
    fails(
        ErrorKind.INVALID,
        "within it goes up",
        () ->
            fixture.templates.add(
                fixture.parse("name: a\nversion: 1\nfiles: {x: /opt/x}\n"), hostile, false));
    isEmpty();
  }

  @Test
  void refusesWhatNoEnvironmentCanBeMadeOf() throws Exception {
    fixture.source("x", "x");
    fails(
        ErrorKind.INVALID,
        "cannot add template a@1: ",
        () -> fixture.add("name: a\nversion: 1\nlinks: {/var/run: elsewhere}\n"));
    fails(
        ErrorKind.INVALID,
        "cannot add template a@1: ",
        () -> fixture.add("name: a\nversion: 1\nfiles: {x: /etc}\n"));
    isEmpty();
  }

  @Test
  void leavesNothingWhenADigestIsWrong() throws Exception {
    fixture.source("good", "good");
    fixture.source("bad", "bad");
    String other = RepositoryFixture.object("other", 0).digest().toString();
    fails(
        ErrorKind.INVALID,
        "cannot add template a@1: file 'bad'",
        () ->
            fixture.add(
                "name: a\nversion: 1\nfiles: {good: /x, bad: {path: /y, digest: '"
                    + other
                    + "'}}\n"));
    isEmpty();
  }

  @Test
  void leavesNothingWhenASourceBreaks() throws Exception {
    Sources broken =
        name -> {
          if (name.equals("b")) {
            throw new IOException("input/output error");
          }
          return new Source.File(new ByteArrayInputStream(new byte[] {1}), 0644);
        };
    assertThatThrownBy(
            () ->
                fixture.templates.add(
                    fixture.parse("name: a\nversion: 1\nfiles: {a: /a, b: /b}\n"), broken, false))
        .isInstanceOf(IOException.class);
    isEmpty();
  }

  @Test
  void isIdempotentAndReplacesOnlyWhenAsked() throws Exception {
    fixture.source("x", "one");
    String yaml = "name: a\nversion: 1\nfiles: {x: /x}\n";
    Head first = fixture.add(yaml);
    assertThat(fixture.add(yaml)).isEqualTo(first);
    fixture.source("x", "two");
    fails(ErrorKind.ALREADY_EXISTS, "another one with this name", () -> fixture.add(yaml));
    assertThat(fixture.stored()).containsExactly(RepositoryFixture.object("one", 0644));
    Head second =
        fixture.templates.add(fixture.parse(yaml), new DirectorySources(fixture.sources), true);
    assertThat(fixture.find("a")).isEqualTo(second).isNotEqualTo(first);
    assertThat(fixture.stored()).containsExactly(RepositoryFixture.object("two", 0644));
    fixture.reopen();
    assertThat(fixture.find("a")).isEqualTo(second);
  }

  @Test
  void removesObjectsThatNobodyElseUses() throws Exception {
    fixture.source("own", "own");
    fixture.source("shared", "shared");
    Head a = fixture.add("name: a\nversion: 1\nfiles: {own: /own, shared: /shared}\n");
    Head b = fixture.add("name: b\nversion: 1\nfiles: {shared: /elsewhere}\n");
    assertThat(fixture.templates.remove(a)).isEqualTo(3);
    assertThat(fixture.stored()).containsExactly(RepositoryFixture.object("shared", 0644));
    assertThat(fixture.templates.list()).containsExactly(b);
    assertThat(fixture.files()).noneMatch(file -> file.startsWith("a"));
    fails(ErrorKind.NOT_FOUND, "there is no template a@1", () -> fixture.templates.remove(a));
    fixture.templates.remove(b);
    isEmpty();
  }

  @Test
  void refusesWhatCouldNotBeInOneContainerWithWhatItRequires() throws Exception {
    fixture.source("x", "one");
    fixture.source("y", "two");
    fixture.add("name: b\nversion: 1\nfiles: {x: /etc/x}\n");
    var before = fixture.stored();
    String requires = "name: a\nversion: 1\nrequires: [b]\n";
    fails(
        ErrorKind.FAILED_PRECONDITION,
        "b@1 and a@1 disagree about '/etc/x'",
        () -> fixture.add(requires + "files: {y: /etc/x}\n"));
    fails(
        ErrorKind.FAILED_PRECONDITION,
        "'/etc/x/below'",
        () -> fixture.add(requires + "files: {y: /etc/x/below}\n"));
    assertThat(fixture.stored()).isEqualTo(before);
    assertThat(fixture.templates.versions("a")).isEmpty();

    fixture.add(requires + "files: {x: /etc/x}\n");
    fixture.add("name: c\nversion: 1\nrequires: [later]\nfiles: {y: /etc/x}\n");
  }

  @Test
  void rebuildsAMissingOrDamagedHead() throws Exception {
    fixture.source("x", "one");
    Head head = fixture.add("name: a\nversion: 1\nrequires: [b@2]\nfiles: {x: /x}\n");
    Path file = fixture.layout.templateHead("a", "1");
    byte[] good = Files.readAllBytes(file);
    List<byte[]> damaged =
        new ArrayList<>(List.of(new byte[0], "{}".getBytes(StandardCharsets.UTF_8)));
    for (int length : List.of(1, good.length / 2, good.length - 3)) {
      damaged.add(Arrays.copyOf(good, length));
    }
    damaged.add(
        new String(good, StandardCharsets.UTF_8)
            .replace("sha256:", "md5:")
            .getBytes(StandardCharsets.UTF_8));
    damaged.add(
        new String(good, StandardCharsets.UTF_8)
            .replace("\"a\"", "\"z\"")
            .getBytes(StandardCharsets.UTF_8));
    for (byte[] content : damaged) {
      Files.write(file, content);
      fixture.reopen();
      assertThat(fixture.find("a"))
          .usingRecursiveComparison()
          .ignoringFields("created")
          .isEqualTo(head);
    }
    Files.delete(file);
    fixture.reopen();
    assertThat(fixture.find("a").requires()).containsExactly(new TemplateRef("b", "2"));
    assertThat(file).exists();
  }

  @Test
  void clearsAwayHalfDoneWorkAndTellsOfDamage() throws Exception {
    Head head = fixture.add("name: a\nversion: 1\nenvironment: {A: b}\n");
    Path half = fixture.layout.template("b", "1");
    Files.createDirectories(half);
    Files.writeString(half.resolve("template.yaml.tmp"), "name: b");
    fixture.reopen();
    assertThat(fixture.files()).noneMatch(file -> file.startsWith("b"));
    Path yaml = fixture.layout.templateFile("a", "1");
    Files.writeString(yaml, Files.readString(yaml) + "# changed\n");
    fails(ErrorKind.CORRUPTED, "is not what was stored", () -> fixture.templates.load(head));
    Files.delete(fixture.layout.templateHead("a", "1"));
    Files.writeString(yaml, "nonsense");
    fixture.reopen();
    assertThat(fixture.templates.list()).isEmpty();
    assertThat(fixture.templates.problems()).singleElement().asString().contains("a@1 is damaged");
  }

  private void addLibrary(String name, String version, String content, String file)
      throws Exception {
    fixture.source(file, content);
    fixture.add(
        "name: %s\nversion: %s\nfiles: {%s: %s/%s}\nlinks: {%s/libz.so.1: %s}\n"
            .formatted(
                name,
                version,
                file,
                LIB.substring(0, LIB.length() - 1),
                file,
                LIB.substring(0, LIB.length() - 1),
                file));
  }

  @Test
  void takesLibrariesFromStoredTemplates() throws Exception {
    addLibrary("zlib", "1.2.13", "zlib", "libz.so.1.2.13");
    Head app = fixture.add("name: app\nversion: 1\nlibs: [libz@1]\n");
    Template stored = fixture.templates.load(app);
    assertThat(stored.libs())
        .containsExactly(
            new TemplateLib(
                "libz@1",
                LIB + "libz.so.1.2.13",
                RepositoryFixture.object("zlib", 0644).digest(),
                0644));
    assertThat(stored.links()).containsEntry(LIB + "libz.so.1", "libz.so.1.2.13");
    assertThat(app.libs()).containsExactly("libz@1");
    assertThat(fixture.resolve("app", "zlib").tree().entries()).isNotEmpty();
  }

  @Test
  void choosesTheHighestTemplateAndSaysSo() throws Exception {
    addLibrary("zlib", "1.2", "old", "libz.so.1.2");
    addLibrary("zlib", "1.10", "new", "libz.so.1.10");
    List<String> notes = new ArrayList<>();
    Head app =
        fixture.templates.add(
            fixture.parse("name: app\nversion: 1\nlibs: [libz@1]\n"),
            new DirectorySources(fixture.sources),
            false,
            notes::add);
    assertThat(fixture.templates.load(app).libs().getFirst().path()).endsWith("libz.so.1.10");
    assertThat(notes).singleElement().asString().contains("libz.so.1", "zlib@1.10");
    Head pinned = fixture.add("name: pin\nversion: 1\nrequires: [zlib@1.2]\nlibs: [libz@1]\n");
    assertThat(fixture.templates.load(pinned).libs().getFirst().path()).endsWith("libz.so.1.2");
  }

  @Test
  void takesALibraryFromBesideOrNamesTheMissingOne() throws Exception {
    fails(
        ErrorKind.NOT_FOUND,
        "cannot add template app@1: lib libz@1: no stored template provides libz.so.1",
        () -> fixture.add("name: app\nversion: 1\nlibs: [libz@1]\n"));
    isEmpty();
    fixture.source("libz.so.1", "z");
    Head app = fixture.add("name: app\nversion: 1\nlibs: [libz@1]\n");
    assertThat(fixture.templates.load(app).libs().getFirst().path()).isEqualTo(LIB + "libz.so.1");
  }

  @Test
  void storesThePapersTemplate() throws Exception {
    fixture.source("python", "#!python");
    fixture.source("python3.5/os.py", "os");
    for (String soname :
        List.of(
            "libpthread.so.0",
            "libc.so.6",
            "libdl.so.2",
            "libutil.so.1",
            "libexpat.so.1",
            "libz.so.1",
            "libm.so.6")) {
      fixture.source(soname, soname);
    }
    Head head = fixture.add(Files.readString(Path.of("src/test/resources/figure6.yaml")));
    assertThat(head.id()).isEqualTo("python@3.5.2");
    assertThat(head.files()).isEqualTo(9);
    assertThat(fixture.resolve("python@3.5").tree().entries().stream().map(entry -> entry.path()))
        .contains("/usr/bin/python", "/usr/lib/python3.5/os.py", LIB + "libc.so.6");
  }
}
