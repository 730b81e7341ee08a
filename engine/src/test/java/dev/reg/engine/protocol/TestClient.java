package dev.reg.engine.protocol;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Sockets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The client's side of a conversation, message by message. */
public final class TestClient implements AutoCloseable {
  private final Channel channel;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  TestClient(Fd socket) throws IOException {
    channel = new Channel(socket);
    Sockets.setReceiveTimeout(socket, 20_000); // a test that hangs says where
  }

  public static TestClient connect(Path socket) throws IOException {
    return new TestClient(Sockets.connect(socket));
  }

  /** The first message, with /dev/null as standard streams. */
  public TestClient hello(String... arguments) throws IOException {
    try (Fd stream = Descriptors.open("/dev/null", Open.O_RDWR, 0)) {
      return hello(List.of(stream, stream, stream), arguments);
    }
  }

  TestClient hello(List<Fd> streams, String... arguments) throws IOException {
    Packet packet = new Packet(Wire.CLIENT_HELLO, Wire.CLIENT_VERSION, 64);
    for (String argument : arguments) {
      packet.string(argument);
    }
    try (Fd cwd = Descriptors.open("/", Open.O_PATH | Open.O_DIRECTORY, 0)) {
      List<Fd> fds = new ArrayList<>(streams);
      fds.add(cwd);
      channel.send(packet, fds);
    }
    return this;
  }

  void send(Packet packet, Fd... fds) throws IOException {
    channel.send(packet, List.of(fds));
  }

  /** The next message that is no output. */
  Message next() throws IOException {
    while (true) {
      Message message = Objects.requireNonNull(channel.receive(), "the engine hung up");
      if (message.type() != Wire.CLIENT_OUT) {
        return message;
      }
      byte[] bytes = message.text(message.remaining()).getBytes(StandardCharsets.UTF_8);
      (message.arg() == 1 ? out : err).writeBytes(bytes);
    }
  }

  /** The type of the next message that is no output. */
  public int nextType() throws IOException {
    return next().type();
  }

  /** Reads to EXIT and returns its code. */
  public int awaitExit() throws IOException {
    Message message = next();
    if (message.type() != Wire.CLIENT_EXIT) {
      throw new AssertionError("type " + message.type() + " instead of EXIT");
    }
    return message.arg();
  }

  /** Whether the engine has hung up without another word. */
  boolean isOver() throws IOException {
    return channel.receive() == null;
  }

  public String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  public String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    channel.close();
  }
}
