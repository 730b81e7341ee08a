package dev.reg.engine.daemon;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Processes;
import dev.reg.linux.Sockets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for the engine to be ready, and the socket they may have opened for it: the
 * starter on a descriptor ({@code REG_READY_FD}), systemd by sd_notify(3) and sd_listen_fds(3).
 * Only one of the two: with a socket from systemd, descriptor 3 is that.
 */
final class Readiness {
  private static final System.Logger LOG = System.getLogger("engine");
  private static final int FIRST_PASSED = 3;
  private static final int SAID_MAX = 1000;

  private final @Nullable String notifySocket;
  private @Nullable Fd starter;
  private @Nullable Fd listener;

  private Readiness(@Nullable String notifySocket, @Nullable Fd starter, @Nullable Fd listener) {
    this.notifySocket = notifySocket;
    this.starter = starter;
    this.listener = listener;
  }

  static Readiness of(Map<String, String> environment) throws IOException {
    String notify = environment.get("NOTIFY_SOCKET");
    boolean passed =
        "1".equals(environment.get("LISTEN_FDS"))
            && Integer.toString(Processes.self()).equals(environment.get("LISTEN_PID"));
    if (passed) {
      return new Readiness(notify, null, inherited(FIRST_PASSED));
    }
    String number = environment.get("REG_READY_FD");
    Fd starter = number == null ? null : inherited(Integer.parseInt(number));
    return new Readiness(notify, starter, null);
  }

  /** Nobody waits. */
  static Readiness none() {
    return new Readiness(null, null, null);
  }

  private static Fd inherited(int number) throws IOException {
    Fd fd = Fd.adopt(number);
    Descriptors.setCloseOnExec(fd);
    return fd;
  }

  /** Whether a listening socket was passed. */
  boolean hasListener() {
    return listener != null;
  }

  /** The listening socket that was passed; the taker closes it. */
  Optional<Fd> takeListener() throws IOException {
    Fd passed = listener;
    listener = null;
    if (passed != null && !Sockets.isListener(passed)) {
      throw new IOException(
          "descriptor 3 from the service manager is not a listening SEQPACKET socket: use"
              + " ListenSequentialPacket= in the socket unit");
    }
    if (passed != null) {
      Sockets.listenAgain(passed);
    }
    return Optional.ofNullable(passed);
  }

  void ready() {
    tell("ready\n");
    announce("READY=1");
  }

  /** Says why there will be no engine. */
  void failed(String message) {
    String line = message.replace('\n', ' ');
    tell("failed: " + line.substring(0, Math.min(line.length(), SAID_MAX)) + "\n");
    announce("STATUS=" + line);
  }

  void stopping() {
    announce("STOPPING=1");
  }

  private void tell(String line) {
    Fd to = starter;
    starter = null;
    if (to == null) {
      return;
    }
    try (to) {
      Descriptors.write(to, line.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "the starter no longer waits", e);
    }
  }

  private void announce(String state) {
    if (notifySocket == null) {
      return;
    }
    try {
      Sockets.sendDatagram(notifySocket, state.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "telling the service manager: " + e.getMessage());
    }
  }
}
