package dev.reg.engine.container;

import dev.reg.engine.plan.SetupOp;
import dev.reg.engine.protocol.CallerTerminal;
import dev.reg.linux.Fd;
import org.jspecify.annotations.Nullable;

/**
 * A terminal that a program is to get.
 *
 * @param other the client that takes its other side
 * @param error whether it takes the place of standard error, too
 * @param type the program's TERM; null for what its container has
 */
public record Terminal(CallerTerminal other, boolean error, @Nullable String type)
    implements AutoCloseable {
  /** Of the type that its container has. */
  public Terminal(CallerTerminal other, boolean error) {
    this(other, error, null);
  }

  /** Of another type. */
  public Terminal typed(@Nullable String other) {
    return new Terminal(this.other, error, other);
  }

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
