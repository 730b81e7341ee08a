package dev.reg.engine.launcher;

import dev.reg.engine.protocol.Channel;
import dev.reg.engine.protocol.Message;
import dev.reg.engine.protocol.Packet;
import dev.reg.engine.protocol.Wire;
import dev.reg.linux.Fd;
import dev.reg.linux.Sockets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The launcher's side of the conversation, message by message. */
public final class ScriptedLauncher implements AutoCloseable {
  private final Fd listener;

  public ScriptedLauncher(Path socket) throws IOException {
    listener = Sockets.listen(socket, 0600);
  }

  /** Accepts the engine and exchanges HELLOs. */
  public Engine accept(String build, int running) throws IOException {
    Channel channel = new Channel(Sockets.accept(listener));
    Sockets.setReceiveTimeout(channel.socket(), 20_000);
    channel.send(hello(build, running));
    Engine engine = new Engine(channel);
    try (Message hello = engine.next(Wire.LAUNCHER_HELLO)) {
      if (hello.arg() != Wire.LAUNCHER_VERSION) {
        throw new AssertionError("version " + hello.arg());
      }
    }
    return engine;
  }

  /** Accepts without a word. */
  Channel acceptSilently() throws IOException {
    return new Channel(Sockets.accept(listener));
  }

  static Packet hello(String build, int running) {
    return new Packet(Wire.LAUNCHER_HELLO, Wire.LAUNCHER_VERSION, 32)
        .u32(4711)
        .u32(running)
        .string(build);
  }

  @Override
  public void close() {
    listener.close();
  }

  /** One connection of an engine. */
  public record Engine(Channel channel) implements AutoCloseable {
    /** The next message, which has to be of this type. */
    public Message next(int type) throws IOException {
      Message message = Objects.requireNonNull(channel.receive(), "the engine hung up");
      if (message.type() != type) {
        throw new AssertionError("type " + message.type() + " instead of " + type);
      }
      return message;
    }

    public boolean isOver() throws IOException {
      return channel.receive() == null;
    }

    public void send(int type, int arg, int... values) throws IOException {
      Packet packet = new Packet(type, arg, 16);
      for (int value : values) {
        packet.u32(value);
      }
      channel.send(packet, List.of());
    }

    @Override
    public void close() {
      channel.close();
    }
  }
}
