package dev.reg.engine.protocol;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Peer;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is asked of a client, and its answers, which are checked: who answers may be anybody. One
 * question at a time, by one thread.
 */
final class Questions {
  private static final int PATH_MAX = 4096;
  private static final int NAME_MAX = 255;

  private final Channel channel;
  private final Peer peer;
  private int lastRequest;

  Questions(Channel channel, Peer peer) {
    this.channel = channel;
    this.peer = peer;
  }

  Fd open(String path, int flags, int mode) throws RegException, IOException {
    checkName("path", path, PATH_MAX);
    int id = ++lastRequest;
    ask(new Packet(Wire.CLIENT_OPEN, id, path.length() + 9).u32(flags).u32(mode).string(path));
    try (Message answer = answer(Wire.CLIENT_FD, id)) {
      int errno = answer.u32();
      answer.end();
      if (answer.fds().size() != (errno == 0 ? 1 : 0)) {
        throw gone(new ProtocolException("an answer to OPEN without its descriptor"));
      }
      if (errno != 0) {
        throw ClientErrors.opening(path, errno);
      }
      return Fd.adopt(answer.fds().getFirst().release());
    }
  }

  List<DirectoryEntry> list(String path) throws RegException, IOException {
    checkName("path", path, PATH_MAX);
    int id = ++lastRequest;
    ask(new Packet(Wire.CLIENT_LIST, id, path.length() + 1).string(path));
    try (Message answer = answer(Wire.CLIENT_NAMES, id)) {
      int errno = answer.u32();
      if (errno != 0) {
        throw ClientErrors.listing(path, errno);
      }
      List<DirectoryEntry> entries = new ArrayList<>();
      while (answer.remaining() > 0) {
        entries.add(entry(answer));
      }
      return entries;
    }
  }

  byte[] read(String path, int most) throws RegException, IOException {
    checkName("path", path, PATH_MAX);
    int id = ++lastRequest;
    ask(new Packet(Wire.CLIENT_READ, id, path.length() + 5).u32(most).string(path));
    try (Message answer = answer(Wire.CLIENT_CONTENT, id)) {
      int errno = answer.u32();
      if (errno == Errno.EFBIG) {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot read " + path + ": it has more than the " + most + " bytes allowed");
      }
      if (errno != 0) {
        throw ClientErrors.reading(path, errno);
      }
      if (answer.remaining() > most) {
        throw gone(new ProtocolException("an answer to READ that is longer than asked"));
      }
      return answer.bytes();
    }
  }

  CallerTerminal terminal() throws RegException, IOException {
    int id = ++lastRequest;
    ask(new Packet(Wire.CLIENT_TERMINAL, id, 0));
    try (Message answer = answer(Wire.CLIENT_SIZE, id)) {
      int errno = answer.u32();
      int rows = answer.u16();
      int columns = answer.u16();
      answer.end();
      if (answer.fds().size() != (errno == 0 ? 1 : 0)) {
        throw gone(new ProtocolException("an answer to TERMINAL without its descriptor"));
      }
      if (errno != 0) {
        throw new RegException(
            ErrorKind.EXHAUSTED,
            "the client cannot take a terminal: " + Errno.describe(errno) + "; or use --no-tty");
      }
      Fd socket = answer.fds().getFirst();
      if (!isPairOf(peer, socket)) {
        throw gone(new ProtocolException("an answer to TERMINAL with something else than asked"));
      }
      return new CallerTerminal(Fd.adopt(socket.release()), rows, columns);
    }
  }

  CallerCopy copy(CallerCopy.Order order) throws RegException, IOException {
    boolean takesPart = order.part() != CallerCopy.Part.NONE;
    if (takesPart) {
      checkName("path", order.path(), PATH_MAX);
    }
    int options = (order.owners() ? Wire.COPY_OWNERS : 0) | (order.follow() ? Wire.COPY_FOLLOW : 0);
    int id = ++lastRequest;
    int size = order.path().length() + order.name().length() + 10;
    ask(
        new Packet(Wire.CLIENT_COPY, id, size)
            .u32(order.part().code)
            .u32(options)
            .string(order.path())
            .string(order.name()));
    try (Message answer = answer(Wire.CLIENT_PIPES, id)) {
      int errno = answer.u32();
      answer.end();
      if (answer.fds().size() != (errno != 0 ? 0 : takesPart ? 2 : 1)) {
        throw gone(new ProtocolException("an answer to COPY without its descriptors"));
      }
      if (errno != 0) {
        throw new RegException(
            ErrorKind.EXHAUSTED, "cp: the client cannot copy: " + Errno.describe(errno));
      }
      for (Fd fd : answer.fds()) {
        // A file could be opened anew in the container, with other rights.
        if (!Descriptors.status(fd).isPipe()) {
          throw gone(new ProtocolException("an answer to COPY with something else than pipes"));
        }
      }
      Fd messages = Fd.adopt(answer.fds().getFirst().release());
      Fd data = takesPart ? Fd.adopt(answer.fds().getLast().release()) : null;
      return new CallerCopy(messages, data);
    }
  }

  /**
   * Whether the client made both ends of the socket itself: root is going to send into it, which a
   * service that listens somewhere must not take for a word of root's.
   */
  private static boolean isPairOf(Peer client, Fd socket) {
    try {
      if (!Sockets.isPacket(socket)) {
        return false;
      }
      Peer maker = Sockets.peer(socket);
      return maker.pid() == client.pid() && maker.uid() == client.uid();
    } catch (SyscallException e) {
      return false;
    }
  }

  private DirectoryEntry entry(Message answer) throws IOException {
    String type = answer.text(1);
    String name = answer.string();
    boolean plain =
        !name.isEmpty()
            && name.length() <= NAME_MAX
            && name.indexOf('/') < 0
            && !name.equals(".")
            && !name.equals("..");
    if (!plain) {
      throw gone(new ProtocolException("a directory entry that is no file name"));
    }
    return new DirectoryEntry(
        name,
        switch (type) {
          case "d" -> DirectoryEntry.Type.DIRECTORY;
          case "f" -> DirectoryEntry.Type.FILE;
          case "l" -> DirectoryEntry.Type.LINK;
          default -> DirectoryEntry.Type.OTHER;
        });
  }

  void rename(String from, String to) throws RegException, IOException {
    checkName("path", to, PATH_MAX);
    move(from, to);
  }

  void remove(String path) throws RegException, IOException {
    move(path, "");
  }

  private void move(String from, String to) throws RegException, IOException {
    checkName("path", from, PATH_MAX);
    int id = ++lastRequest;
    int size = from.length() + to.length() + 2;
    ask(new Packet(Wire.CLIENT_RENAME, id, size).string(from).string(to));
    try (Message answer = answer(Wire.CLIENT_DONE, id)) {
      int errno = answer.u32();
      answer.end();
      if (errno != 0) {
        throw ClientErrors.renaming(from, to, errno);
      }
    }
  }

  Optional<String> variable(String name) throws IOException {
    if (name.isEmpty() || name.indexOf('\0') >= 0 || name.length() > PATH_MAX) {
      return Optional.empty();
    }
    ask(new Packet(Wire.CLIENT_GETENV, 0, name.length() + 1).string(name));
    try (Message answer = answer(Wire.CLIENT_ENV, -1)) {
      return answer.arg() == 1 ? Optional.of(answer.string()) : Optional.empty();
    }
  }

  private static void checkName(String what, String name, int limit) throws RegException {
    if (name.isEmpty() || name.indexOf('\0') >= 0 || name.length() > limit) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot use a "
              + what
              + " of "
              + name.length()
              + " characters: it is empty, contains a NUL or is longer than "
              + limit);
    }
  }

  private void ask(Packet packet) throws IOException {
    try {
      channel.send(packet);
    } catch (IOException e) {
      throw gone(e);
    }
  }

  /** The answer of this type and request id (-1: any); everything else is a violation. */
  private Message answer(int type, int id) throws IOException {
    Message message;
    try {
      message = channel.receive();
    } catch (IOException e) {
      throw gone(e);
    }
    if (message == null) {
      throw new CallerGone("the client has left");
    }
    if (message.type() != type || (id >= 0 && message.arg() != id)) {
      message.close();
      throw gone(new ProtocolException("type " + message.type() + " instead of an answer"));
    }
    return message;
  }

  /** What a failed send or receive says of the client. */
  static CallerGone gone(IOException e) {
    if (e instanceof SyscallException s) {
      return new CallerGone(
          s.errno() == Errno.EAGAIN ? "the client does not answer" : "the client has left", e);
    }
    return new CallerGone("the client does not keep to the protocol: " + e.getMessage(), e);
  }
}
