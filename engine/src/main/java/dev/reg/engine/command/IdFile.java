package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.NativeLine;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The file of {@code --cidfile}: made by the client before the container is, so that none is made
 * for nothing, and taken away again when there is no container to name.
 */
final class IdFile implements AutoCloseable {
  private final Caller caller;
  private final @Nullable String path;
  private final @Nullable Fd fd;
  private boolean written;

  private IdFile(Caller caller, @Nullable String path, @Nullable Fd fd) {
    this.caller = caller;
    this.path = path;
    this.fd = fd;
  }

  /** Does nothing, now and later, when the caller asks for none. */
  static IdFile create(Caller caller, Arguments arguments) throws RegException, IOException {
    String path = arguments.one(Grammar.CID_FILE);
    if (path == null) {
      return new IdFile(caller, null, null);
    }
    try {
      return new IdFile(caller, path, CallerFiles.create(caller, path));
    } catch (RegException e) {
      throw e.kind() != ErrorKind.ALREADY_EXISTS
          ? e
          : new RegException(
              e.kind(),
              arguments.command()
                  + ": the file of --cidfile, "
                  + path
                  + ", is there already: remove it if its container is none any more",
              e);
    }
  }

  /** The container is there already, so that a failure is told and no more. */
  void write(String id) throws IOException {
    if (fd != null) {
      written = true;
      try {
        Descriptors.write(fd, id.getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        caller.err(NativeLine.of("reg: the id was not written to " + path + ": " + e.getMessage()));
      }
    }
  }

  @Override
  public void close() throws RegException, IOException {
    if (fd != null && path != null) {
      fd.close();
      if (!written) {
        caller.remove(path);
      }
    }
  }
}
