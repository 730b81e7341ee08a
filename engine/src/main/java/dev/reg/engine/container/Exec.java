package dev.reg.engine.container;

import dev.reg.linux.Fd;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A process that joined a container. Its id is the run's token: whoever knows it may attach to it.
 *
 * @param container null when an earlier engine began it and nobody can tell any more where it is
 */
record Exec(Execs execs, ProcessTable processes, @Nullable Container container, Run run)
    implements Held {
  @Override
  public String id() {
    return run.token;
  }

  @Override
  public boolean joined() {
    return true;
  }

  @Override
  public void started() {
    run.started.complete(run.pid);
  }

  @Override
  public void abandoned() {
    execs.forget(this);
  }

  @Override
  public void gone(Exit exit) {
    execs.ended(this, exit);
  }

  @Override
  public OptionalInt code() {
    return run.ask(processes::exitCode);
  }

  /** Whether it is in a container of this user. */
  boolean isOf(int uid) {
    return container != null && container.spec().owner().uid() == uid;
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
