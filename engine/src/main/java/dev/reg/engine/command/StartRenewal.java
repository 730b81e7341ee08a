package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Spec;
import dev.reg.engine.project.Lock;
import dev.reg.engine.project.Mistakes;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.NativeLine;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Closure;
import java.io.IOException;
import java.util.Optional;

/**
 * Has a container that is started again run on what its templates are now: the same versions of
 * them, with the libraries that have been mended since. What a {@code reg.lock} of its project pins
 * stays.
 */
final class StartRenewal {
  private final Context context;
  private final Caller caller;

  StartRenewal(Context context, Caller caller) {
    this.context = context;
    this.caller = caller;
  }

  /** Before a start; when it cannot be done, the container starts with what it has. */
  void renew(Container container) throws IOException {
    Spec spec = container.spec();
    Optional<Closure> now = context.templates().again(spec.templates(), spec.resolved());
    if (now.isEmpty() || now.get().id().equals(spec.environment()) || isPinned(spec)) {
      return;
    }
    try {
      context.containers().renew(container, now.get().id(), now.get()::tree);
    } catch (RegException e) {
      caller.err(
          NativeLine.of(
              "reg: " + spec.name() + " starts with the libraries that it had: " + e.line()));
    }
  }

  /** Also when nobody can tell. */
  private boolean isPinned(Spec spec) throws IOException {
    Spec.Project project = spec.project();
    if (project == null) {
      return false;
    }
    if (caller.peer().uid() != spec.owner().uid() && spec.isConfined()) {
      return true; // its lock is to be read with its owner's rights
    }
    String path = Wanted.below(project.path(), Lock.NAME);
    try {
      byte[] text = CallerFiles.read(caller, path, Lock.LARGEST);
      return context.projectFiles().lock(path, text).environment().equals(spec.environment());
    } catch (RegException e) {
      return e.kind() != ErrorKind.NOT_FOUND;
    } catch (Mistakes e) {
      return true;
    }
  }
}
