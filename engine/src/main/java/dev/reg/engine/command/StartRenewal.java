package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Spec;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.NativeLine;
import dev.reg.error.RegException;
import dev.reg.template.Closure;
import java.io.IOException;
import java.util.Optional;

/**
 * Has a container that is started again run on what its templates are now: the same versions of
 * them, with the libraries that have been mended since. What a lock of its project or script pins
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
    if (now.isEmpty() || now.get().id().equals(spec.environment())) {
      return;
    }
    // Pinned also when nobody can tell.
    if (new Pinning(context, caller).of(spec) != Pinning.Answer.NO) {
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
}
