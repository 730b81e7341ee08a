package dev.reg.engine.container;

import dev.reg.engine.plan.Plan;
import dev.reg.engine.plan.Planner;
import dev.reg.engine.plan.SetupOp;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns the launcher's "operation 17, error 2" into what a person can act on; which command failed
 * is said before it.
 */
final class SetupFailure {
  private static final Set<Integer> EXHAUSTED =
      Set.of(Errno.ENOSPC, Errno.EDQUOT, Errno.ENOMEM, Errno.EMFILE, Errno.ENFILE);

  private SetupFailure() {}

  static RegException explain(@Nullable Plan plan, int operation, int errno) {
    if (plan == null || operation < 0 || operation >= plan.operations().size()) {
      return new RegException(
          ErrorKind.UNAVAILABLE,
          "the launcher could not set the container up: " + Errno.describe(errno));
    }
    SetupOp op = plan.operations().get(operation);
    if (op instanceof SetupOp.Terminal && errno == Errno.ENOSPC) {
      return new RegException(
          ErrorKind.EXHAUSTED,
          what(op)
              + " failed: there are as many as kernel.pty.max allows; end some, or use --no-tty");
    }
    if (EXHAUSTED.contains(errno)) {
      return new RegException(ErrorKind.EXHAUSTED, what(op) + " failed: " + Errno.describe(errno));
    }
    return switch (op) {
      case SetupOp.Exec exec -> explainExec(exec.argv().getFirst(), errno);
      case SetupOp.Workdir workdir ->
          new RegException(
              workdir.make() ? ErrorKind.FAILED_PRECONDITION : ErrorKind.CANNOT_INVOKE,
              "cannot enter the working directory "
                  + workdir.path()
                  + " of the container: "
                  + Errno.describe(errno));
      case SetupOp.Mount mount ->
          new RegException(
              ErrorKind.FAILED_PRECONDITION,
              "cannot mount at "
                  + mount.path()
                  + " in the container: "
                  + (errno == Errno.EINVAL
                      ? "a file goes over a file and a directory over a directory"
                      : Errno.describe(errno)));
      case SetupOp.ResourceLimit limit when errno == Errno.EPERM ->
          new RegException(
              ErrorKind.FAILED_PRECONDITION,
              "the engine may not raise a resource limit to "
                  + limit.soft()
                  + ":"
                  + limit.hard()
                  + "; ask for less with --ulimit");
      default ->
          new RegException(ErrorKind.UNAVAILABLE, what(op) + " failed: " + Errno.describe(errno));
    };
  }

  private static RegException explainExec(String program, int errno) {
    boolean path = program.indexOf('/') >= 0;
    return switch (errno) {
      case Errno.ENOENT ->
          new RegException(
              ErrorKind.COMMAND_NOT_FOUND,
              path
                  ? "\"" + program + "\" not found in the container, or its interpreter is not"
                  : "\""
                      + program
                      + "\" not found in the container's PATH; a template that has it may be"
                      + " missing (-t)");
      case Errno.ENOTDIR, Errno.ELOOP, Errno.ENAMETOOLONG ->
          new RegException(
              ErrorKind.COMMAND_NOT_FOUND,
              "\"" + program + "\" not found in the container: " + Errno.describe(errno));
      case Errno.EACCES, Errno.EISDIR, Errno.EPERM ->
          new RegException(
              ErrorKind.CANNOT_INVOKE,
              "\""
                  + program
                  + "\" cannot be executed: it is a directory or not marked as executable");
      case Errno.ENOEXEC ->
          new RegException(
              ErrorKind.CANNOT_INVOKE,
              "\""
                  + program
                  + "\" cannot be executed: it is neither a program of this machine nor a script"
                  + " that begins with #!");
      default ->
          new RegException(
              ErrorKind.CANNOT_INVOKE,
              "\"" + program + "\" cannot be executed: " + Errno.describe(errno));
    };
  }

  private static String what(SetupOp op) {
    String path = Planner.path(op);
    String name =
        switch (op) {
          case SetupOp.ControlGroup o -> "joining a control group";
          case SetupOp.Stdio o -> "passing input and output";
          case SetupOp.Root o -> "entering the root";
          case SetupOp.Mount o -> "mounting";
          case SetupOp.FsMount o -> "mounting a fresh " + o.type();
          case SetupOp.Fixture o -> "attaching";
          case SetupOp.Mask o -> "masking";
          case SetupOp.Protect o -> "protecting";
          case SetupOp.ReadOnly o -> "making read-only";
          case SetupOp.Hostname o -> "setting the hostname";
          case SetupOp.Workdir o -> "entering the working directory";
          case SetupOp.ResourceLimit o -> "setting a resource limit";
          case SetupOp.User o -> "becoming user " + Integer.toUnsignedString(o.uid());
          case SetupOp.Rights o ->
              "taking the rights of user " + Integer.toUnsignedString(o.user().uid());
          case SetupOp.Capabilities o -> "giving up capabilities";
          case SetupOp.NoNewPrivileges o -> "giving up new privileges";
          case SetupOp.ExitFile o -> "keeping the exit file";
          case SetupOp.Terminal o -> "making a terminal";
          case SetupOp.Exec o -> "executing " + o.argv().getFirst();
        };
    return path == null ? name : name + " " + path;
  }
}
