package dev.reg.engine.protocol;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a client's first message asks for. */
sealed interface Request {
  /**
   * Run a command.
   *
   * @param fds standard input, output, error, working directory
   */
  record Hello(List<String> arguments, List<Fd> fds) implements Request {}

  /** Come back to a container. */
  record Resume(String containerId, String token) implements Request {}

  /** Reads it; on failure all descriptors are closed. */
  static Request read(Message message) throws RegException, IOException {
    boolean taken = false;
    try {
      if (message.arg() != Wire.CLIENT_VERSION) {
        throw new RegException(
            ErrorKind.INVALID,
            "client speaks version "
                + Integer.toUnsignedString(message.arg())
                + " of the protocol, this engine version "
                + Wire.CLIENT_VERSION
                + ": run `reg engine stop` and use one installation");
      }
      Request request =
          switch (message.type()) {
            case Wire.CLIENT_HELLO -> hello(message);
            case Wire.CLIENT_ATTACH -> resume(message);
            default -> throw new ProtocolException("a conversation began with " + message.type());
          };
      taken = true;
      return request;
    } finally {
      if (!taken) {
        message.close();
      }
    }
  }

  private static Hello hello(Message message) throws RegException, IOException {
    List<Fd> fds = message.fds();
    if (fds.size() != 4) {
      throw new ProtocolException("HELLO with " + fds.size() + " descriptors");
    }
    for (int i = 0; i < 3; i++) {
      checkStream(i, Descriptors.status(fds.get(i)));
    }
    if (!Descriptors.status(fds.get(3)).isDirectory()) {
      throw new ProtocolException("HELLO without a working directory");
    }
    List<String> arguments = new ArrayList<>();
    while (message.remaining() > 0) {
      arguments.add(message.string());
    }
    return new Hello(List.copyOf(arguments), fds);
  }

  /**
   * Only what can not be reopened with other rights or lead anywhere: through /proc a regular file
   * becomes writable, and a directory is a way out of the container.
   */
  private static void checkStream(int number, FileStatus status) throws RegException {
    if (status.isCharacterDevice() || status.isPipe() || status.isSocket()) {
      return;
    }
    String what = status.isRegular() ? "a regular file" : status.isDirectory() ? "a directory" : "";
    throw new RegException(
        ErrorKind.INVALID,
        "descriptor "
            + number
            + " of the client is "
            + (what.isEmpty() ? "of an unexpected kind" : what)
            + ": only pipes, sockets and character devices are taken");
  }

  private static Resume resume(Message message) throws IOException {
    Resume resume = new Resume(message.string(), message.string());
    message.end();
    if (!message.fds().isEmpty()) {
      throw new ProtocolException("ATTACH with descriptors");
    }
    return resume;
  }
}
