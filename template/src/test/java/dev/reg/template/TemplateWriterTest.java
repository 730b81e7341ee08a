package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.Digest;
import dev.reg.template.Accounts.User;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TemplateWriterTest {
  private static final List<Level> LEVELS = List.of(Level.values());

  private static final List<String> PIECES =
      List.of(
          "a", "Z", "0", "7", ".", "-", "_", "+", "@", "~", " ", ":", "#", "'", "\"", "\\", "{",
          "}", "[", "]", ",", "&", "*", "!", "|", ">", "%", "?", "=", "ü", "日", "😀", "é", ": ",
          " #", "- ", "true", "null", "~", "0x1");

  @Test
  void readsBackWhatItWrote() throws Exception {
    Random random = new Random(3);
    for (int round = 0; round < 2_000; round++) {
      Template template = template(random);
      byte[] written = TemplateWriter.write(template);
      assertThat(TemplateReader.read("round " + round, written)).isEqualTo(template);
    }
  }

  @Test
  void doesNotDependOnOrder() {
    Random random = new Random(4);
    for (int round = 0; round < 200; round++) {
      Template template = template(random);
      List<TemplateFile> files = new ArrayList<>(template.files());
      List<TemplateLib> libs = new ArrayList<>(template.libs());
      List<TemplateDirectory> directories = new ArrayList<>(template.directories());
      Collections.shuffle(files, random);
      Collections.shuffle(libs, random);
      Collections.shuffle(directories, random);
      Template other =
          new Template(
              template.name(),
              template.version(),
              template.requires(),
              files,
              libs,
              template.links(),
              directories,
              template.level(),
              template.waive(),
              template.trace(),
              template.execution());
      assertThat(Digest.of(TemplateWriter.write(other)))
          .isEqualTo(Digest.of(TemplateWriter.write(template)));
    }
  }

  @Test
  void writesNamesLongerThanASimpleKey() throws Exception {
    String source = ("x".repeat(200) + "/").repeat(15) + "ü\"";
    String link = ("/" + "\"".repeat(250)).repeat(10);
    Template template =
        new Template(
            "a",
            new Version("1"),
            List.of(),
            List.of(new TemplateFile(source, "/x", null, null)),
            List.of(),
            new TreeMap<>(Map.of(link, "../y")),
            List.of(),
            Level.NONE,
            Execution.NONE);
    assertThat(TemplateReader.read("t", TemplateWriter.write(template))).isEqualTo(template);
  }

  private static Template template(Random random) {
    TreeSet<String> paths = new TreeSet<>();
    for (int i = random.nextInt(12); i > 0; i--) {
      // Unlike depths keep one from being the parent of another.
      paths.add("/opt/" + paths.size() + name(random) + "/" + name(random));
    }
    List<TemplateFile> files = new ArrayList<>();
    List<TemplateLib> libs = new ArrayList<>();
    TreeMap<String, String> links = new TreeMap<>();
    List<TemplateDirectory> directories = new ArrayList<>();
    for (String path : paths) {
      switch (random.nextInt(4)) {
        case 0 ->
            files.add(
                new TemplateFile(files.size() + name(random), path, digest(random), mode(random)));
        case 1 ->
            libs.add(
                new TemplateLib(
                    "lib" + libs.size() + "@" + random.nextInt(9),
                    path,
                    digest(random),
                    mode(random)));
        case 2 -> links.put(path, random.nextBoolean() ? "/" + name(random) : "../" + name(random));
        default ->
            directories.add(
                new TemplateDirectory(path, random.nextBoolean() ? 0755 : random.nextInt(02000)));
      }
    }
    TreeMap<String, String> environment = new TreeMap<>();
    List<String> command = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      environment.put("V" + i, text(random));
      command.add("w" + text(random));
    }
    List<User> accounts = accounts(random);
    Level level = LEVELS.get(random.nextInt(LEVELS.size()));
    String reason = "w" + text(random).replaceAll("[\\x00-\\x1f\\x7f-\\x9f]", ".");
    return new Template(
        "t" + random.nextInt(100),
        new Version(random.nextInt(100) + "." + random.nextInt(100)),
        random.nextBoolean() ? List.of() : List.of(new TemplateRef("base", "1.2")),
        files,
        libs,
        links,
        directories,
        level,
        new TreeMap<>(random.nextBoolean() ? Map.of() : Map.of("pam", reason)),
        level == Level.TRACE ? List.of(List.of("w" + text(random), text(random))) : List.of(),
        new Execution(accounts, user(random, accounts), environment, command));
  }

  private static List<User> accounts(Random random) {
    List<User> accounts = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      accounts.add(new User("u" + i, 200 + i, random.nextInt(100) * 10 + 200 + i, home(random)));
    }
    Collections.shuffle(accounts, random);
    return accounts;
  }

  private static String home(Random random) {
    return "/opt/h" + name(random).replace(":", ".");
  }

  private static @Nullable String user(Random random, List<User> accounts) {
    return accounts.isEmpty() || random.nextBoolean()
        ? random.nextBoolean() ? null : "www-data"
        : accounts.getFirst().name();
  }

  private static Digest digest(Random random) {
    byte[] bytes = new byte[8];
    random.nextBytes(bytes);
    return Digest.of(bytes);
  }

  private static int mode(Random random) {
    return random.nextInt(01000);
  }

  private static String name(Random random) {
    StringBuilder name = new StringBuilder();
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      name.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return name.toString().matches("\\.{1,2}") ? "dots" : name.toString();
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      text.append(
          random.nextInt(4) == 0
              ? List.of("\n", "\t", "\r", "\u0001", "\u007f", "\u0085", "\u2028", "\ufeff")
                  .get(random.nextInt(8))
              : PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }
}
