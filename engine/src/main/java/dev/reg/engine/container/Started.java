package dev.reg.engine.container;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A run whose program has been executed. */
public final class Started {
  /** A launcher that has not answered a start by then is taken for dead. */
  private static final long SECONDS = 60;

  private final Container container;
  private final Run run;

  Started(Container container, Run run) {
    this.container = container;
    this.run = run;
  }

  /**
   * Waits until the program has been executed.
   *
   * @param tried begins the message when it is not
   */
  static Started await(Container container, Run run, String tried)
      throws RegException, IOException {
    try {
      int pid = run.started.get(SECONDS, TimeUnit.SECONDS);
      if (pid <= 0) {
        throw new IOException("the launcher named pid " + pid + " for " + container);
      }
      return new Started(container, run);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Run.SetupFailed failed) {
        RegException why = SetupFailure.explain(run.plan, failed.operation, failed.errno);
        throw new RegException(why.kind(), tried + ": " + why.line(), failed);
      }
      throw unavailable(tried, "the launcher ended while it set the container up; try again", e);
    } catch (TimeoutException e) {
      throw unavailable(tried, "the launcher did not do it within " + SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(tried, "the engine is stopping", e);
    }
  }

  private static RegException unavailable(String tried, String why, Exception cause) {
    return new RegException(ErrorKind.UNAVAILABLE, tried + ": " + why, cause);
  }

  public Container container() {
    return container;
  }

  Run run() {
    return run;
  }
}
