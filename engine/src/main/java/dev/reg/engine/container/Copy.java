package dev.reg.engine.container;

import dev.reg.linux.Fd;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A copier alone with the mounts of a container that does not run, which it keeps from starting.
 */
record Copy(Guests guests, Runs runs, ProcessTable processes, Container container, Run run)
    implements Guest {
  /** Nobody's process: the first of a pid namespace of its own. */
  @Override
  public boolean joined() {
    return false;
  }

  /** Its input may be somebody's who never ends it. */
  @Override
  public boolean endsWithClient() {
    return true;
  }

  @Override
  public void abandoned() {
    container.release(run);
    guests.forget(this);
  }

  /** Its client is told when its mounts are gone: the next command finds the container free. */
  @Override
  public void exited(Exit exit) {}

  @Override
  public void gone(Exit exit) {
    container.release(run);
    guests.ended(this, exit);
  }

  @Override
  public OptionalInt code() {
    return run.ask(processes::exitCode);
  }

  @Override
  public Optional<Fd> process() {
    Optional<Fd> process = processes.open(run.pid);
    if (process.isPresent() && !processes.isFirst(run.pid, id())) {
      process.get().close();
      return Optional.empty();
    }
    return process;
  }

  @Override
  public void killUnknown() throws IOException {
    runs.killFirst(id());
  }
}
