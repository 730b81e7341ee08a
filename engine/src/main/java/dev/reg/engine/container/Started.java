package dev.reg.engine.container;

/** A run whose program has been executed. */
public final class Started {
  private final Container container;
  private final Run run;

  Started(Container container, Run run) {
    this.container = container;
    this.run = run;
  }

  public Container container() {
    return container;
  }

  Run run() {
    return run;
  }
}
