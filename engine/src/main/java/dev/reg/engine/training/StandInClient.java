package dev.reg.engine.training;

import dev.reg.engine.protocol.Channel;
import dev.reg.engine.protocol.Message;
import dev.reg.engine.protocol.Packet;
import dev.reg.engine.protocol.ProtocolException;
import dev.reg.engine.protocol.Wire;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Does what the client does, in this process. */
final class StandInClient {
  private final Path socket;
  private final Path directory;

  /** {@code directory} stands for the client's working directory. */
  StandInClient(Path socket, Path directory) {
    this.socket = socket;
    this.directory = directory;
  }

  /** Runs one command line; its output goes nowhere. */
  int run(String... arguments) throws IOException {
    try (Channel engine = new Channel(Sockets.connect(socket))) {
      hello(engine, arguments);
      while (true) {
        try (Message message = engine.receive()) {
          if (message == null) {
            throw new ProtocolException("the engine hung up");
          }
          if (message.type() == Wire.CLIENT_EXIT || message.type() == Wire.CLIENT_FAREWELL) {
            return message.arg();
          }
          answer(engine, message);
        }
      }
    }
  }

  private void hello(Channel engine, String... arguments) throws IOException {
    Packet hello = new Packet(Wire.CLIENT_HELLO, Wire.CLIENT_VERSION, 256);
    for (String argument : arguments) {
      hello.string(argument);
    }
    try (Fd stream = Descriptors.open("/dev/null", Open.O_RDWR, 0);
        Fd cwd = Descriptors.open(directory, Open.O_PATH | Open.O_DIRECTORY, 0)) {
      engine.send(hello, List.of(stream, stream, stream, cwd));
    }
  }

  private void answer(Channel engine, Message message) throws IOException {
    int id = message.arg();
    switch (message.type()) {
      case Wire.CLIENT_OPEN -> open(engine, id, message.u32(), message.u32(), message.string());
      case Wire.CLIENT_GETENV -> engine.send(new Packet(Wire.CLIENT_ENV, 0, 0));
      case Wire.CLIENT_LIST -> engine.send(new Packet(Wire.CLIENT_NAMES, id, 4).u32(0));
      default -> {} // output and STARTED
    }
  }

  private void open(Channel engine, int id, int flags, int mode, String path) throws IOException {
    Packet answer = new Packet(Wire.CLIENT_FD, id, 4);
    Fd fd;
    try {
      fd = Descriptors.open(directory.resolve(path), flags, mode);
    } catch (SyscallException e) {
      engine.send(answer.u32(e.errno()));
      return;
    }
    try (fd) {
      engine.send(answer.u32(0), List.of(fd));
    }
  }
}
