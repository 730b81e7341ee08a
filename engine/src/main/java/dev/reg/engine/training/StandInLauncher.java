package dev.reg.engine.training;

import dev.reg.engine.protocol.Channel;
import dev.reg.engine.protocol.Message;
import dev.reg.engine.protocol.Packet;
import dev.reg.engine.protocol.Wire;
import dev.reg.linux.Fd;
import dev.reg.linux.Processes;
import dev.reg.linux.Sockets;
import java.io.IOException;
import java.nio.file.Path;

/** Speaks a launcher's part and starts nothing: every program ends at once with 0. */
final class StandInLauncher implements AutoCloseable {
  /** Milliseconds: an engine whose start failed may still be connected. */
  private static final long GRACE = 1000;

  private final Fd listener;
  private final Thread thread;

  StandInLauncher(Path socket) throws IOException {
    listener = Sockets.listen(socket, 0600);
    thread = Thread.ofPlatform().name("stand-in-launcher").daemon().start(this::serve);
  }

  private void serve() {
    try (Channel engine = new Channel(Sockets.accept(listener))) {
      Packet hello = new Packet(Wire.LAUNCHER_HELLO, Wire.LAUNCHER_VERSION, 16);
      engine.send(hello.u32(Processes.self()).u32(0).string("rehearsal"));
      while (true) {
        try (Message message = engine.receive()) {
          if (message == null || message.type() == Wire.LAUNCHER_QUIT) {
            return;
          }
          answer(engine, message);
        }
      }
    } catch (IOException e) {
      System.getLogger("training").log(System.Logger.Level.WARNING, "stand-in ends", e);
    }
  }

  private static void answer(Channel engine, Message message) throws IOException {
    int slot = message.arg();
    switch (message.type()) {
      case Wire.LAUNCHER_LIST -> engine.send(new Packet(Wire.LAUNCHER_LISTED, 0, 0));
      case Wire.LAUNCHER_START -> {
        engine.send(new Packet(Wire.LAUNCHER_STARTED, slot, 4).u32(Processes.self()));
        engine.send(new Packet(Wire.LAUNCHER_EXITED, slot, 4).u32(0));
        engine.send(new Packet(Wire.LAUNCHER_GONE, slot, 4).u32(0));
      }
      default -> {} // nothing that has an answer
    }
  }

  @Override
  public void close() {
    Sockets.shutdown(listener);
    try {
      thread.join(GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    listener.close();
  }
}
