package dev.reg.engine.protocol;

import dev.reg.linux.Fd;

/**
 * A client that is ready to be the other side of a container's terminal.
 *
 * @param socket where the terminal's master is to be sent; whoever has this record closes it
 * @param rows of the caller's own terminal, 0..65535; 0 when it has none
 * @param columns likewise
 */
public record CallerTerminal(Fd socket, int rows, int columns) implements AutoCloseable {
  @Override
  public void close() {
    socket.close();
  }
}
