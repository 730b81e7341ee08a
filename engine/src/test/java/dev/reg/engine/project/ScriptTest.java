package dev.reg.engine.project;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.reg.engine.project.ProjectFile.Mount;
import dev.reg.engine.project.ProjectFile.Variable;
import dev.reg.template.TemplateRef;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The block that a script carries, its place and its mistakes. */
class ScriptTest {
  private static Script read(String text) throws Mistakes {
    return new ProjectFiles().script("go.py", text.getBytes(UTF_8));
  }

  private static List<String> mistakes(String text) {
    return catchThrowableOfType(Mistakes.class, () -> read(text)).lines();
  }

  @Test
  void theBlockSaysWhatRegYamlWould() throws Exception {
    Script script =
        read(
            """
            #!/usr/bin/env -S reg run --script
            # Another comment.

            # /// script
            # requires-python = ">=3.9"
            # dependencies = [
            #   "requests<3",
            # ]
            #
            # [tool.other]
            # anything = 1
            #
            # [tool.reg]
            # runtime = ["python@3.11", "busybox"]
            # command = ["python3", "-u"]
            # env = { PORT = 8080, NAME = "x y" }
            # resources.memory = "64m"
            # [[tool.reg.mounts]]
            # source = "data"
            # target = "/data"
            # readonly = true
            # ///
            print("hello")
            """);
    ProjectFile file = script.file();
    assertThat(file.runtime())
        .containsExactly(new TemplateRef("python", "3.11"), new TemplateRef("busybox", ""));
    assertThat(file.runtimeLine()).isEqualTo(14);
    assertThat(file.command()).containsExactly("python3", "-u");
    assertThat(file.env())
        .containsExactlyInAnyOrder(new Variable("PORT", "8080"), new Variable("NAME", "x y"));
    assertThat(Objects.requireNonNull(file.resources()).memory()).isEqualTo("64m");
    assertThat(file.mounts())
        .extracting(Mount::source, Mount::target, Mount::readOnly)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("data", "/data", true));
    assertThat(script.python()).as("the runtime is named").isNull();
    assertThat(script.dependencies()).isEqualTo(6);
  }

  @Test
  void itsPlaceIsAsTheReferenceHasIt() throws Exception {
    // The comment's last "# ///" ends it, whatever is in between.
    assertThat(read("# /// script\n# [tool.reg]\n# runtime='a'\n# ///\n").file().runtime())
        .hasSize(1);
    assertThat(read("# /// script\r\n# tool.reg.runtime='a'\r\n# ///\r\n").file().runtime())
        .hasSize(1);
    assertThat(read("// /// script\n// tool.reg.runtime='a'\n// ///\n").file().runtime())
        .hasSize(1);
    assertThat(mistakes("# /// script\n# a = '''\n# ///\n# b = 1\n# ///\n"))
        .singleElement()
        .asString()
        .startsWith("go.py:");
    assertThat(read("# /// script\n# a = '''\n# ///\n# '''\n# ///\n").file())
        .isEqualTo(ProjectFile.NONE);
    for (String none :
        List.of(
            "", "print()", "#/// script\n# ///\n", "# /// scripts\n# ///\n", " # /// script\n")) {
      assertThat(mistakes(none))
          .containsExactly(
              "go.py: it has no block '# /// script' that names its runtime in [tool.reg]");
    }
    assertThat(mistakes("#!x\n# /// script\n# a = 1\n\n# ///\n"))
        .containsExactly("go.py:2: the block has no end: a line '# ///' in the same comment");
    assertThat(mistakes("# /// script\n# ///\nx\n# /// script\n# ///\n"))
        .containsExactly("go.py:4: a second block begins; there can be only one");
  }

  @Test
  void everyMistakeIsToldWithTheScriptsLine() {
    assertThat(
            mistakes(
                """
                #!x
                # /// script
                # requires-python = "3.11"
                # [tool.reg]
                # rumtime = "python"
                # workdir = "app"
                # mounts = [1]
                # [tool.reg.env]
                # "A B" = 1
                # ///
                """))
        .containsExactly(
            "go.py:3: requires-python wants version specifiers, as in \">=3.9,<4\", not '3.11'",
            "go.py:5: unknown key 'rumtime'; did you mean 'runtime'?",
            "go.py:6: workdir wants an absolute path in the container, not 'app'",
            "go.py:7: a mount wants a mapping, as in {a: b}, not the number 1",
            "go.py:9: 'A B' names no variable: it is empty, or has '=' or white space in it");
    assertThat(mistakes("# /// script\n# tool.reg = 1\n# ///\n"))
        .containsExactly("go.py:2: tool.reg wants a table");
    assertThat(mistakes("# /// script\n# a = = 1\n# b = 'x\n# ///\n"))
        .hasSizeGreaterThan(0)
        .allMatch(line -> line.startsWith("go.py:2: ") || line.startsWith("go.py:3: "));
  }

  @Test
  void hostileBlocksAreBounded() {
    String deep = "# /// script\n# a = " + "[".repeat(60_000) + "\n# ///\n";
    assertThat(mistakes(deep)).containsExactly("go.py:2: it is nested more than 64 deep");
    String names = "# /// script\n# " + "a.".repeat(20_000) + "a = 1\n# ///\n";
    assertThat(catchThrowableOfType(StackOverflowError.class, () -> readQuietly(names))).isNull();
  }

  private static void readQuietly(String text) {
    try {
      read(text);
    } catch (Mistakes e) {
      assertThat(e.lines()).isNotEmpty();
    }
  }

  @Test
  void theSameBlockIsNotReadTwice() throws Exception {
    ProjectFiles files = new ProjectFiles();
    String block = "# /// script\n# tool.reg.runtime='a'\n# ///\n";
    Script first = files.script("a", block.getBytes(UTF_8));
    assertThat(files.script("b", (block + "x".repeat(20_000)).getBytes(UTF_8))).isSameAs(first);
    assertThat(files.script("b", ("\n" + block).getBytes(UTF_8)).file().runtimeLine()).isEqualTo(3);
  }
}
