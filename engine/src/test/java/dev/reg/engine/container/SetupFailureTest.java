package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.engine.plan.Plan;
import dev.reg.engine.plan.SetupOp;
import dev.reg.engine.protocol.ExitCodes;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SetupFailureTest {
  private static Plan exec(String program) {
    return new Plan(
        List.of(
            new SetupOp.Stdio(0, 1, 2),
            new SetupOp.Mount(5, "/data", SetupOp.MAKE_DIRECTORIES),
            new SetupOp.Workdir("/srv/x", true),
            new SetupOp.FsMount("proc", "/proc", 0, "", 0),
            new SetupOp.User(33, 33, List.of()),
            new SetupOp.Terminal(0, 24, 80, SetupOp.Terminal.INPUT),
            new SetupOp.Exec(List.of(program, "x"), List.of())));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      value = {
        "nope, 2 → 127 \"nope\" not found in the container's PATH; "
            + "a template that has it may be missing (-t)",
        "/bin/nope, 2 → 127 \"/bin/nope\" not found in the container, "
            + "or its interpreter is not",
        "./x, 20 → 127 \"./x\" not found in the container: Not a directory",
        "./x, 40 → 127 \"./x\" not found in the container: " + "Too many levels of symbolic links",
        "./x, 36 → 127 \"./x\" not found in the container: File name too long",
        "./x, 13 → 126 \"./x\" cannot be executed: it is a directory or not marked as "
            + "executable",
        "x, 13 → 126 \"x\" cannot be executed: it is a directory or not marked as executable",
        "/, 21 → 126 \"/\" cannot be executed: it is a directory or not marked as executable",
        "x, 1 → 126 \"x\" cannot be executed: it is a directory or not marked as executable",
        "x, 8 → 126 \"x\" cannot be executed: it is neither a program of this machine nor a "
            + "script that begins with #!",
        "x, 7 → 126 \"x\" cannot be executed: Argument list too long",
        "x, 26 → 126 \"x\" cannot be executed: Text file busy",
        "x, 12 → 125 executing x failed: Cannot allocate memory",
        "x, 28 → 125 executing x failed: No space left on device",
        "x, 24 → 125 executing x failed: Too many open files",
        "x, 23 → 125 executing x failed: Too many open files in system",
        "x, 122 → 125 executing x failed: Disk quota exceeded",
      })
  void aProgramThatCannotRunIsExplainedWithTheShellsExitCodes(String given, String expected) {
    String[] words = given.split(", ", -1);
    RegException e = SetupFailure.explain(exec(words[0]), 6, Integer.parseInt(words[1]));
    assertThat(ExitCodes.of(e.kind()) + " " + e.line()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      value = {
        "0, 9 → UNAVAILABLE passing input and output failed: Bad file descriptor",
        "1, 20 → FAILED_PRECONDITION cannot mount at /data in the container: " + "Not a directory",
        "1, 28 → EXHAUSTED mounting /data failed: No space left on device",
        "2, 13 → FAILED_PRECONDITION cannot enter the working directory /srv/x of the "
            + "container: Permission denied",
        "3, 1 → UNAVAILABLE mounting a fresh proc /proc failed: Operation not permitted",
        "4, 22 → UNAVAILABLE becoming user 33 failed: Invalid argument",
        "5, 28 → EXHAUSTED making a terminal failed: there are as many as kernel.pty.max allows; "
            + "end some, or use --no-tty",
        "5, 32 → UNAVAILABLE making a terminal failed: Broken pipe",
        "-1, 4 → UNAVAILABLE the launcher could not set the container up: "
            + "Interrupted system call",
        "7, 11 → UNAVAILABLE the launcher could not set the container up: "
            + "Resource temporarily unavailable",
      })
  void setUpThatFailsIsTheEnginesFailure(String given, String expected) {
    String[] words = given.split(", ", -1);
    RegException e =
        SetupFailure.explain(exec("x"), Integer.parseInt(words[0]), Integer.parseInt(words[1]));
    assertThat(e.kind() + " " + e.line()).isEqualTo(expected);
    assertThat(ExitCodes.of(e.kind())).isEqualTo(125);
  }

  @Test
  void withoutAPlanTheErrorIsAllThatIsKnown() {
    RegException e = SetupFailure.explain(null, 3, Errno.ENOMEM);
    assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
    assertThat(e.line()).endsWith("Cannot allocate memory");
  }
}
