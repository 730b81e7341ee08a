package dev.reg.engine.container;

import dev.reg.linux.Fd;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A process that joined a container. */
record Exec(Guests guests, ProcessTable processes, @Nullable Container container, Run run)
    implements Guest {
  @Override
  public boolean joined() {
    return true;
  }

  @Override
  public boolean endsWithClient() {
    return false;
  }

  @Override
  public void abandoned() {
    guests.forget(this);
  }

  @Override
  public void exited(Exit exit) {
    run.exit(exit);
  }

  @Override
  public void gone(Exit exit) {
    guests.ended(this, exit);
  }

  @Override
  public OptionalInt code() {
    return run.ask(processes::exitCode);
  }

  /** It is in its container's pid namespace as long as it has not been reaped. */
  @Override
  public Optional<Fd> process() {
    Optional<Fd> process = processes.open(run.pid);
    if (process.isPresent() && !isInside()) {
      process.get().close();
      return Optional.empty();
    }
    return process;
  }

  private boolean isInside() {
    Optional<Run> life = container == null ? Optional.empty() : container.run();
    return life.isPresent() && Execs.shareNamespace(processes, run.pid, life.get().pid);
  }

  /** One that has not reached its program ends with its launcher. */
  @Override
  public void killUnknown() {}
}
