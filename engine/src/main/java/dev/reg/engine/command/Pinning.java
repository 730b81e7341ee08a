package dev.reg.engine.command;

import dev.reg.engine.container.Spec;
import dev.reg.engine.project.Lock;
import dev.reg.engine.project.Mistakes;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;

/** Whether a lock keeps a container on the environment that it has: its project's or script's. */
final class Pinning {
  private final Context context;
  private final Caller caller;

  Pinning(Context context, Caller caller) {
    this.context = context;
    this.caller = caller;
  }

  enum Answer {
    YES,
    NO,
    /** The lock is to be read with its owner's rights, or cannot be read. */
    UNKNOWN
  }

  /** Read by the client, as it is now. */
  Answer of(Spec spec) throws IOException {
    String path = lock(spec);
    if (path.isEmpty()) {
      return Answer.NO;
    }
    if (caller.peer().uid() != spec.owner().uid() && spec.isConfined()) {
      return Answer.UNKNOWN;
    }
    try {
      byte[] text = CallerFiles.read(caller, path, Lock.LARGEST);
      boolean same =
          context.projectFiles().lock(path, text).environment().equals(spec.environment());
      return same ? Answer.YES : Answer.NO;
    } catch (RegException e) {
      return e.kind() == ErrorKind.NOT_FOUND ? Answer.NO : Answer.UNKNOWN;
    } catch (Mistakes e) {
      return Answer.UNKNOWN;
    }
  }

  /** The file that may pin it; empty when none may. */
  static String lock(Spec spec) {
    String recorded = spec.lock();
    if (recorded != null) {
      return recorded;
    }
    Spec.Project project = spec.project();
    return project == null ? "" : Wanted.below(project.path(), Lock.NAME);
  }
}
