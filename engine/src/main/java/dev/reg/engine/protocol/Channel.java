package dev.reg.engine.protocol;

import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Received;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Logical messages over a SEQPACKET socket: joins parts, skips what is optional and unknown to its
 * reader, bounds everything. One thread receives; sends of different threads do not mix.
 */
public final class Channel implements AutoCloseable {
  private static final int PART = Wire.MESSAGE_MAX - Wire.HEADER_SIZE;

  private final Fd socket;
  private final Object sending = new Object();
  private final Shares.@Nullable Share share;

  public Channel(Fd socket) {
    this(socket, null);
  }

  /**
   * With a client.
   *
   * @param share what it takes up; null for one without a bound
   */
  Channel(Fd socket, Shares.@Nullable Share share) {
    this.socket = socket;
    this.share = share;
  }

  /** How a breach of the protocol is logged: not at all of one who could fill the disk with it. */
  System.Logger.Level trouble() {
    return share == null ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG;
  }

  /** The request has been dealt with, and its words are not needed any more. */
  void release() {
    if (share != null) {
      share.release();
    }
  }

  public Fd socket() {
    return socket;
  }

  /** Sends a message, in parts when it is long; descriptors ride on the first. */
  public void send(Packet packet, List<Fd> fds) throws IOException {
    byte[] all = packet.array();
    int length = packet.length();
    synchronized (sending) {
      if (!socket.isOpen()) {
        throw new SyscallException("sendmsg", "a closed conversation", Errno.EPIPE);
      }
      if (length <= Wire.MESSAGE_MAX) {
        Sockets.send(socket, all, length, fds, true);
      } else {
        sendParts(all, length, fds);
      }
    }
  }

  public void send(Packet packet) throws IOException {
    send(packet, List.of());
  }

  private void sendParts(byte[] all, int length, List<Fd> fds) throws IOException {
    if (length - Wire.HEADER_SIZE > Wire.LOGICAL_MAX) {
      throw new IllegalArgumentException("a message of " + length + " bytes");
    }
    int type = Message.intAt(all, 0);
    int arg = Message.intAt(all, 4);
    List<Fd> riding = fds;
    for (int at = Wire.HEADER_SIZE; at < length; at += PART) {
      int count = Math.min(PART, length - at);
      int marked = at + count < length ? type | Wire.TYPE_MORE : type;
      Packet part = new Packet(marked, arg, count).bytes(all, at, count);
      Sockets.send(socket, part.array(), part.length(), riding, true);
      riding = List.of();
    }
  }

  /**
   * Sends without waiting; for a message of one part.
   *
   * @return 0, or an errno: EAGAIN while the other end is behind
   */
  int sendNow(byte[] bytes, int length) {
    synchronized (sending) {
      if (!socket.isOpen()) {
        return Errno.EPIPE;
      }
      long sent = Sockets.trySend(socket, bytes, length, List.of(), false);
      return sent < 0 ? (int) -sent : 0;
    }
  }

  /** Waits for the next message; null when the other end has closed. */
  public @Nullable Message receive() throws IOException {
    while (true) {
      Received first = Sockets.receive(socket);
      if (first == null) {
        return null;
      }
      Message message = assemble(first);
      if (message != null) {
        return message;
      }
    }
  }

  /**
   * The next message without waiting for its beginning.
   *
   * @return null when the other end has closed
   * @throws SyscallException EAGAIN when there is none
   */
  @Nullable Message receiveNow() throws IOException {
    while (true) {
      Received first = Sockets.receive(socket, false);
      if (first == null) {
        return null;
      }
      if ((type(first) & Wire.TYPE_MORE) != 0) {
        first.close();
        throw new ProtocolException("a message in several parts where none belongs");
      }
      Message message = assemble(first);
      if (message != null) {
        return message;
      }
    }
  }

  /** Null for an optional message, which is skipped. */
  private @Nullable Message assemble(Received first) throws IOException {
    int type;
    try {
      type = type(first);
    } catch (ProtocolException e) {
      first.close();
      throw e;
    }
    int arg = Message.intAt(first.bytes(), 4);
    if ((type & Wire.TYPE_MORE) == 0) {
      if ((type & Wire.TYPE_OPTIONAL) != 0) {
        first.close();
        return null;
      }
      return new Message(type, arg, first.bytes(), Wire.HEADER_SIZE, first.fds());
    }
    List<Fd> fds = new ArrayList<>(first.fds());
    boolean whole = false;
    try {
      ByteArrayOutputStream payload = new ByteArrayOutputStream(4 * Wire.MESSAGE_MAX);
      append(payload, first);
      take(first);
      Received part = first;
      while ((type(part) & Wire.TYPE_MORE) != 0) {
        part = Sockets.receive(socket);
        if (part == null) {
          throw new ProtocolException("a message that ends in the middle");
        }
        fds.addAll(part.fds());
        if ((type(part) & ~Wire.TYPE_MORE) != (type & ~Wire.TYPE_MORE)) {
          throw new ProtocolException("a part of another message");
        }
        take(part);
        append(payload, part);
        if (payload.size() > Wire.LOGICAL_MAX || fds.size() > Wire.MESSAGE_FDS) {
          throw new ProtocolException("a message of more than 4 MiB or 64 descriptors");
        }
      }
      if ((type & Wire.TYPE_OPTIONAL) != 0) {
        return null;
      }
      whole = true;
      return new Message(type & ~Wire.TYPE_MORE, arg, payload.toByteArray(), 0, fds);
    } finally {
      if (!whole) {
        Fd.closeAll(fds);
      }
    }
  }

  /** A message of one part is not counted: there are no more of them than threads. */
  private void take(Received part) throws ProtocolException {
    if (share != null && !share.take(part.bytes().length)) {
      throw new ProtocolException("more than is kept of one user's messages");
    }
  }

  private static void append(ByteArrayOutputStream payload, Received part) {
    payload.write(part.bytes(), Wire.HEADER_SIZE, part.bytes().length - Wire.HEADER_SIZE);
  }

  private static int type(Received part) throws ProtocolException {
    if (part.bytes().length < Wire.HEADER_SIZE) {
      throw new ProtocolException("a message of " + part.bytes().length + " bytes");
    }
    return Message.intAt(part.bytes(), 0);
  }

  /**
   * Closes so that the other end still gets everything sent to it: closing with unread messages
   * would make its next receive fail with ECONNRESET (unix_release_sock and sock_error in the
   * kernel), so nothing more is let in and what is there is taken out first.
   */
  void closeGently() {
    Sockets.shutdownReceive(socket);
    try {
      while (true) {
        Received rest = Sockets.receive(socket, false);
        if (rest == null) {
          break;
        }
        rest.close();
      }
    } catch (IOException ignored) {
      // EAGAIN: empty. Anything else: the conversation is over all the same.
    } finally {
      close();
    }
  }

  /** Waits for a send under way, so that it can not hit a descriptor that has become another's. */
  @Override
  public void close() {
    synchronized (sending) {
      socket.close();
    }
    if (share != null) {
      share.end();
    }
  }
}
