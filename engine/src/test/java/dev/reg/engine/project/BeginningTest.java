package dev.reg.engine.project;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code reg init} makes of a directory. */
class BeginningTest {
  private static final List<String> TEMPLATES = List.of("busybox", "nodejs", "openjdk", "python");

  private static Beginning of(Map<String, String> files) {
    List<String> names = List.copyOf(new TreeSet<>(files.keySet()));
    return Beginning.of(names, files, TEMPLATES);
  }

  private static Beginning found(Map<String, String> files) {
    return Objects.requireNonNull(of(files));
  }

  private static ProjectFile read(Beginning beginning) throws Mistakes {
    return ProjectReader.read("reg.yaml", beginning.text(null, false).getBytes(UTF_8));
  }

  @Test
  void aPythonProjectIsKnownByItsVersionAndItsProgram() throws Exception {
    Beginning beginning =
        found(Map.of(".python-version", "# pyenv\n3.11.9\n", "app.py", "", "lib.py", ""));
    assertThat(beginning.notes())
        .containsExactly(
            "chose python@3.11 (.python-version: 3.11.9)", "chose the command python3 app.py");
    assertThat(beginning.text("file:///opt/reg/share/reg.schema.json", true))
        .isEqualTo(
            """
            # yaml-language-server: $schema=file:///opt/reg/share/reg.schema.json
            runtime: python@3.11
            command: [python3, app.py]
            ignore: [.git]    # what --project-mode copy leaves out
            # workdir: /app
            # env: {PORT: "8080"}
            # mounts: [{source: ./data, target: /data, readonly: true}]
            # resources: {memory: 128m, cpus: 0.5, pids: 64}
            """);
    assertThat(read(beginning).command()).containsExactly("python3", "app.py");
  }

  @Test
  void whatIsOfferedAsACommentCanBeUsed() throws Exception {
    String text = found(Map.of("a.py", "")).text(null, true).replace("\n# ", "\n");
    ProjectFile file = ProjectReader.read("reg.yaml", text.getBytes(UTF_8));
    assertThat(file.resources()).isNotNull();
    assertThat(file.mounts()).hasSize(1);
  }

  @Test
  void aNodeProjectIsKnownByItsPackage() {
    String json =
        "{\"engines\": {\"node\": \"^18.2.0\"}, \"scripts\": {\"start\": \"node src/main.js\"}}";
    Beginning beginning = found(Map.of("package.json", json, "index.js", ""));
    assertThat(beginning.notes())
        .containsExactly(
            "chose nodejs@18 (package.json, engines: ^18.2.0)",
            "chose the command node src/main.js");
    assertThat(found(Map.of("package.json", "{\"main\": \"x.js\"}", "x.js", "")).command())
        .containsExactly("node", "x.js");
    assertThat(found(Map.of("package.json", "{\"main\": \"lost.js\"}")).command()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "18            ; nodejs@18",
        "v18.1         ; nodejs@18",
        "18.x          ; nodejs@18",
        "~18.2.1       ; nodejs@18",
        ">=18          ; nodejs",
        "18 || 20      ; nodejs",
        ">=18 <21      ; nodejs",
        "*             ; nodejs",
        "lts           ; nodejs",
      })
  void onlyOneMajorVersionIsAWish(String range, String wish) {
    String json = "{\"engines\": {\"node\": \"" + range + "\"}}";
    assertThat(found(Map.of("package.json", json)).runtime()).singleElement().hasToString(wish);
  }

  @Test
  void toolsThatNoTemplateIsForAreNamed() {
    Beginning beginning =
        found(
            Map.of(
                ".tool-versions",
                "ruby 3.2.1\nnodejs 20.11.1 18.0.0\npython 3.12.1 # here\nbusybox system\n"));
    assertThat(beginning.runtime())
        .extracting(Object::toString)
        .containsExactly("nodejs@20", "python@3.12", "busybox");
    assertThat(beginning.notes())
        .startsWith("passed over 'ruby' of .tool-versions: there is no such template")
        .contains("chose nodejs@20 (.tool-versions: nodejs 20.11.1 18.0.0)");
  }

  @Test
  void whatSaysAVersionComesBeforeWhatOnlyIsThere() {
    Beginning beginning =
        found(
            Map.of(
                ".python-version",
                "3.9",
                ".tool-versions",
                "python 3.12\n",
                "main.py",
                "",
                "requirements.txt",
                "",
                "package.json",
                "[]",
                "static.js",
                ""));
    assertThat(beginning.runtime()).singleElement().hasToString("python@3.9");
    assertThat(beginning.notes()).contains("passed over package.json: it is no JSON object");
    assertThat(found(Map.of("requirements.txt", "")).notes())
        .containsExactly(
            "chose python (requirements.txt)",
            "chose no command: nothing says which file is the program");
    assertThat(found(Map.of(".python-version", "pypy3.10-7.3", "x.py", "")).notes())
        .containsExactly(
            "passed over 'pypy3.10-7.3' of .python-version: it is no version of CPython",
            "chose python (x.py)",
            "chose the command python3 x.py");
    assertThat(found(Map.of("web.js", "", "b.mjs", "")).command())
        .containsExactly("node", "web.js");
  }

  @Test
  void javaIsOpenjdkWhoeverBuiltIt() {
    for (String version : List.of("temurin-17.0.9+9", "17.0.2", "zulu-17.46.19")) {
      assertThat(found(Map.of(".tool-versions", "java " + version + "\n")).runtime())
          .as(version)
          .hasToString("[openjdk@17]");
    }
  }

  @Test
  void whereNothingIsToBeFoundThereIsNone() {
    assertThat(of(Map.of("README", "", "a.c", "")).runtime()).isEmpty();
    Beginning passed = of(Map.of(".tool-versions", "ruby 3\n"));
    assertThat(passed.runtime()).isEmpty();
    assertThat(passed.notes()).hasSize(1).first().asString().startsWith("passed over 'ruby'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b.py",
        "-c.py",
        "'.py",
        "a\"\\.py",
        "#.py",
        "a: b.py",
        "a\n\u0007\u202e.py",
        "ü.py",
        "[.py",
        "1.py",
        "\uD83D\uDE00.py"
      })
  void anyNameOfAFileIsReadBack(String name) throws Exception {
    assertThat(read(found(Map.of(name, ""))).command()).containsExactly("python3", name);
  }

  @Test
  void hostileFilesEndInNotes() {
    String deep = "{\"a\":".repeat(100_000);
    Beginning beginning = found(Map.of("package.json", deep, "a.js", ""));
    assertThat(beginning.notes().getFirst())
        .isEqualTo("passed over package.json: it is no JSON object");
    String many = "nonsense 1\n".repeat(90_000);
    assertThat(of(Map.of(".tool-versions", many)).runtime()).isEmpty();
  }
}
