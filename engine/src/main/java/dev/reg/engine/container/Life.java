package dev.reg.engine.container;

import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A container's processes, from the order to start them until the last one is gone. */
record Life(Runs runs, ProcessTable processes, Exits exits, Container container, Run run)
    implements Held {
  private static final Logger LOG = System.getLogger(Life.class.getName());

  @Override
  public String id() {
    return container.id();
  }

  @Override
  public boolean joined() {
    return false;
  }

  @Override
  public void started() {
    try {
      container.started(run, Instant.now());
    } catch (RegException e) {
      LOG.log(Logger.Level.ERROR, e.line());
    }
    run.started.complete(run.pid);
    runs.changed(container);
  }

  @Override
  public void abandoned() {
    container.abandon(run);
  }

  @Override
  public void exited(Exit exit) {
    runs.ending(run);
    run.exit(exit);
  }

  @Override
  public void gone(Exit exit) throws RegException {
    if (container.gone(run, exit)) {
      runs.settle(container, run, exit);
    }
  }

  /** From its init, or else from the kernel. */
  @Override
  public OptionalInt code() {
    try {
      OptionalInt written = exits.read(container.id());
      return written.isPresent() ? written : run.ask(processes::exitCode);
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "cannot read the exit file of " + container, e);
      return OptionalInt.empty();
    }
  }

  @Override
  public Optional<Fd> process() {
    Optional<Fd> process = processes.open(run.pid);
    if (process.isEmpty()) {
      return process;
    }
    OptionalLong time = processes.startTime(run.pid);
    boolean same =
        time.isPresent()
            && (run.startTime == 0
                ? processes.isFirst(run.pid, container.id())
                : time.getAsLong() == run.startTime);
    if (!same) {
      process.get().close();
      return Optional.empty();
    }
    run.startTime = time.getAsLong();
    return process;
  }

  @Override
  public void killUnknown() throws IOException {
    runs.killFirst(container.id());
  }
}
