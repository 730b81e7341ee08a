package dev.reg.engine.container;

import dev.reg.engine.plan.SetupOp;
import dev.reg.engine.protocol.CallerTerminal;
import dev.reg.linux.Fd;

/**
 * A terminal that a program is to get.
 *
 * @param other the client that takes its other side
 * @param error whether it takes the place of standard error, too
 */
public record Terminal(CallerTerminal other, boolean error) implements AutoCloseable {
  /** What travels with the plan. */
  Fd socket() {
    return other.socket();
  }

  /**
   * The plan's operation.
   *
   * @param fd the index of {@link #socket} among the plan's descriptors
   */
  SetupOp.Terminal operation(int fd) {
    int streams = SetupOp.Terminal.INPUT | SetupOp.Terminal.OUTPUT;
    return new SetupOp.Terminal(
        fd, other.rows(), other.columns(), error ? streams | SetupOp.Terminal.ERROR : streams);
  }

  @Override
  public void close() {
    other.close();
  }
}
