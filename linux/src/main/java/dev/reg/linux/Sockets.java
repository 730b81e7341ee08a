package dev.reg.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Unix sockets of type SOCK_SEQPACKET: whole messages, with descriptors (unix(7), cmsg(3)). */
public final class Sockets {
  /** Longest message either protocol has. */
  public static final int MAX_MESSAGE = 65536;

  /** Most descriptors a message carries. */
  public static final int MAX_FDS = 64;

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_PEERCRED = 17;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int SO_PEERGROUPS = 59;
  private static final int MSG_CTRUNC = 0x08;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  /** sun_path holds 108 bytes, the last a NUL. */
  private static final int MAX_PATH = 107;

  private static final int BACKLOG = 4096;

  private static final int CMSG_HEADER = 16;
  private static final int MSGHDR = 56;

  private Sockets() {}

  /**
   * A listening socket at {@code path}, which must be free, created with exactly these permission
   * bits whatever the umask clears.
   */
  public static Fd listen(Path path, int mode) throws SyscallException {
    Fd socket = socket(SOCK_SEQPACKET);
    try {
      // unix_bind() in net/unix/af_unix.c: the node's mode is the socket inode's less the umask,
      // so nobody ever sees it with more rights than this.
      Descriptors.changeMode(socket, mode);
      address(Sys.BIND, "bind", socket, path);
      Descriptors.check(
          Kernel.call(Scratch.get(), Sys.LISTEN, socket.number(), BACKLOG),
          "listen",
          path.toString());
      return socket;
    } catch (SyscallException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Makes this process the peer that later clients of a listening socket see (SO_PEERCRED), instead
   * of whoever made it listen before.
   */
  public static void listenAgain(Fd listener) throws SyscallException {
    Descriptors.check(
        Kernel.call(Scratch.get(), Sys.LISTEN, listener.number(), BACKLOG), "listen", listener);
  }

  /** A connection to who listens at {@code path}: ENOENT or ECONNREFUSED when nobody does. */
  public static Fd connect(Path path) throws SyscallException {
    Fd socket = socket(SOCK_SEQPACKET);
    try {
      address(Sys.CONNECT, "connect", socket, path);
      return socket;
    } catch (SyscallException e) {
      socket.close();
      throw e;
    }
  }

  /** Two connected sockets. */
  public static Pipe pair() throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long pair = s.zeroed(8);
      Descriptors.check(
          Kernel.call(s, Sys.SOCKETPAIR, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair),
          "socketpair",
          "");
      return new Pipe(Fd.adopt(s.getInt(pair)), Fd.adopt(s.getInt(pair + 4)));
    } finally {
      s.reset(mark);
    }
  }

  /** Waits for the next connection. */
  public static Fd accept(Fd listener) throws SyscallException {
    Scratch s = Scratch.get();
    long fd = Kernel.call(s, Sys.ACCEPT4, listener.number(), 0, 0, SOCK_CLOEXEC);
    return Descriptors.fd(fd, "accept4", listener);
  }

  /** Whether the descriptor is a listening SEQPACKET socket, as one from systemd must be. */
  public static boolean isListener(Fd fd) {
    try {
      return option(fd, SO_TYPE) == SOCK_SEQPACKET && option(fd, SO_ACCEPTCONN) == 1;
    } catch (SyscallException e) {
      return false; // ENOTSOCK: that is the answer
    }
  }

  /** Whether the descriptor is a connected, or at least not a listening, SEQPACKET Unix socket. */
  public static boolean isPacket(Fd fd) {
    try {
      return option(fd, SO_DOMAIN) == AF_UNIX
          && option(fd, SO_TYPE) == SOCK_SEQPACKET
          && option(fd, SO_ACCEPTCONN) == 0;
    } catch (SyscallException e) {
      return false; // ENOTSOCK: that is the answer
    }
  }

  /** Who is at the other end. Root's groups are not asked for: nothing depends on them. */
  public static Peer peer(Fd socket) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long value = s.zeroed(12);
      getOption(s, socket, SO_PEERCRED, value, 12);
      int uid = s.getInt(value + 4);
      List<Integer> groups = uid == 0 ? List.of() : groups(s, socket);
      return new Peer(s.getInt(value), uid, s.getInt(value + 8), groups);
    } finally {
      s.reset(mark);
    }
  }

  /** ERANGE for a peer with more supplementary groups than the buffer holds: 16,384. */
  private static List<Integer> groups(Scratch s, Fd socket) throws SyscallException {
    MemorySegment into = s.bulk();
    long size = s.zeroed(8);
    s.putInt(size, Scratch.BULK);
    Descriptors.check(
        Kernel.call(
            s, Sys.GETSOCKOPT, socket.number(), SOL_SOCKET, SO_PEERGROUPS, into.address(), size, 0),
        "getsockopt",
        socket);
    List<Integer> groups = new ArrayList<>();
    for (long at = 0; at < s.getInt(size); at += Integer.BYTES) {
      groups.add(into.get(JAVA_INT, at));
    }
    return groups;
  }

  /** Bounds every blocking send: EAGAIN after this many milliseconds, 0 for no bound. */
  public static void setSendTimeout(Fd socket, int milliseconds) throws SyscallException {
    setTimeout(socket, SO_SNDTIMEO, milliseconds);
  }

  /** Bounds every blocking receive: EAGAIN after this many milliseconds, 0 for no bound. */
  public static void setReceiveTimeout(Fd socket, int milliseconds) throws SyscallException {
    setTimeout(socket, SO_RCVTIMEO, milliseconds);
  }

  /** Ends both directions: a thread that is blocked in receive or accept wakes. */
  public static void shutdown(Fd socket) {
    long ignored = Kernel.call(Scratch.get(), Sys.SHUTDOWN, socket.number(), 2);
  }

  /** Lets nothing more in: the other end's sends fail with EPIPE, what is queued can be read. */
  public static void shutdownReceive(Fd socket) {
    long ignored = Kernel.call(Scratch.get(), Sys.SHUTDOWN, socket.number(), 0);
  }

  /** One datagram to a datagram socket; a name that starts with '@' is abstract (sd_notify(3)). */
  public static void sendDatagram(String address, byte[] bytes) throws SyscallException {
    try (Fd socket = socket(SOCK_DGRAM)) {
      byte[] path = NativeText.encode(address);
      if (path.length > 0 && path[0] == '@') {
        path[0] = 0;
      }
      address(Sys.CONNECT, "connect", socket, path, path.length, address);
      send(socket, bytes, bytes.length, List.of(), true);
    }
  }

  /**
   * Sends one message.
   *
   * @param length how much of {@code bytes} it is, at most {@link #MAX_MESSAGE}
   * @param fds at most {@link #MAX_FDS}; they stay open here
   * @param wait whether to block while the receiver is behind; without it EAGAIN
   * @throws SyscallException EPIPE when nobody reads any more, EAGAIN when it would take too long
   */
  public static void send(Fd socket, byte[] bytes, int length, List<Fd> fds, boolean wait)
      throws SyscallException {
    long sent = trySend(socket, bytes, length, fds, wait);
    Descriptors.check(sent, "sendmsg", socket);
  }

  /** As {@link #send}, but returns {@code -errno} instead of throwing. */
  public static long trySend(Fd socket, byte[] bytes, int length, List<Fd> fds, boolean wait) {
    Objects.checkFromIndexSize(0, length, Math.min(bytes.length, MAX_MESSAGE));
    if (fds.size() > MAX_FDS) {
      throw new IllegalArgumentException("more than " + MAX_FDS + " descriptors in a message");
    }
    Scratch s = Scratch.get();
    MemorySegment data = s.bulk();
    MemorySegment.copy(bytes, 0, data, JAVA_BYTE, 0, length);
    long mark = s.mark();
    try {
      long iov = vector(s, data, length);
      long control = fds.isEmpty() ? 0 : rights(s, fds);
      long header = header(s, iov, control, fds.isEmpty() ? 0 : space(fds.size()));
      int flags = MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT);
      return Kernel.call(s, Sys.SENDMSG, socket.number(), header, flags, 0);
    } finally {
      s.reset(mark);
    }
  }

  /**
   * Receives one message; null when the other end has closed.
   *
   * @throws SyscallException EAGAIN when the receive timeout passed
   * @throws IOException when the message was longer or had more descriptors than the protocols
   *     allow; its descriptors are closed
   */
  public static @Nullable Received receive(Fd socket) throws IOException {
    return receive(socket, true);
  }

  /** As {@link #receive(Fd)}; without {@code wait}, EAGAIN when there is no message yet. */
  public static @Nullable Received receive(Fd socket, boolean wait) throws IOException {
    Scratch s = Scratch.get();
    MemorySegment data = s.bulk();
    long mark = s.mark();
    try {
      long iov = vector(s, data, Scratch.BULK);
      int room = space(MAX_FDS);
      long control = s.zeroed(room);
      long header = header(s, iov, control, room);
      int flags = MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT);
      long n = Kernel.call(s, Sys.RECVMSG, socket.number(), header, flags, 0);
      if (n == 0 || n == -Errno.ECONNRESET) {
        Fd.closeAll(taken(s, header, control)); // an empty message may carry some
        return null;
      }
      Descriptors.check(n, "recvmsg", socket);
      List<Fd> fds = taken(s, header, control);
      if ((s.getInt(header + 48) & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        Fd.closeAll(fds);
        throw new IOException("receive: message or its descriptors exceed the protocol's limits");
      }
      return new Received(Descriptors.bytes(data, (int) n), fds);
    } finally {
      s.reset(mark);
    }
  }

  private static Fd socket(int type) throws SyscallException {
    return Descriptors.fd(
        Kernel.call(Scratch.get(), Sys.SOCKET, AF_UNIX, type | SOCK_CLOEXEC, 0, 0), "socket", "");
  }

  /** bind or connect; a path too long for sun_path goes through a descriptor of its directory. */
  private static void address(int number, String call, Fd socket, Path path)
      throws SyscallException {
    byte[] bytes = NativeText.encodePath(path.toString());
    if (bytes.length <= MAX_PATH) {
      address(number, call, socket, bytes, bytes.length + 1, path.toString());
      return;
    }
    Path parent = Objects.requireNonNull(path.toAbsolutePath().getParent());
    try (Fd dir = Descriptors.open(parent, Open.O_PATH | Open.O_DIRECTORY, 0)) {
      byte[] near =
          NativeText.encodePath("/proc/self/fd/" + dir.number() + "/" + path.getFileName());
      address(number, call, socket, near, near.length + 1, path.toString());
    }
  }

  private static void address(
      int number, String call, Fd socket, byte[] path, int length, String shown)
      throws SyscallException {
    if (path.length > MAX_PATH) {
      throw new SyscallException(call, shown, Errno.ENAMETOOLONG);
    }
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long address = s.zeroed(2 + MAX_PATH + 1L);
      s.putShort(address, (short) AF_UNIX);
      s.putBytes(address + 2, path);
      Descriptors.check(
          Kernel.call(s, number, socket.number(), address, 2L + length, 0), call, shown);
    } finally {
      s.reset(mark);
    }
  }

  private static long vector(Scratch s, MemorySegment data, int length) {
    long iov = s.zeroed(16);
    s.putLong(iov, data.address());
    s.putLong(iov + 8, length);
    return iov;
  }

  /** struct msghdr: name, its length, iov, its length, control, its length, flags. */
  private static long header(Scratch s, long iov, long control, int controlLength) {
    long header = s.zeroed(MSGHDR);
    s.putLong(header + 16, iov);
    s.putLong(header + 24, 1);
    s.putLong(header + 32, control);
    s.putLong(header + 40, controlLength);
    return header;
  }

  /** struct cmsghdr: u64 length, int level, int type, then the descriptors. */
  private static long rights(Scratch s, List<Fd> fds) {
    long control = s.zeroed(space(fds.size()));
    s.putLong(control, CMSG_HEADER + 4L * fds.size());
    s.putInt(control + 8, SOL_SOCKET);
    s.putInt(control + 12, SCM_RIGHTS);
    for (int i = 0; i < fds.size(); i++) {
      s.putInt(control + CMSG_HEADER + 4L * i, fds.get(i).number());
    }
    return control;
  }

  private static int space(int fds) {
    return CMSG_HEADER + (4 * fds + 7 & ~7);
  }

  /** The descriptors in a received control buffer. */
  private static List<Fd> taken(Scratch s, long header, long control) {
    long end = control + s.getLong(header + 40);
    if (end - control < CMSG_HEADER) {
      return List.of();
    }
    List<Fd> fds = new ArrayList<>(4);
    for (long at = control; at + CMSG_HEADER <= end; ) {
      long length = s.getLong(at);
      if (length < CMSG_HEADER || at + length > end) {
        break;
      }
      if (s.getInt(at + 8) == SOL_SOCKET && s.getInt(at + 12) == SCM_RIGHTS) {
        for (long fd = at + CMSG_HEADER; fd + 4 <= at + length; fd += 4) {
          fds.add(Fd.adopt(s.getInt(fd)));
        }
      }
      at += length + 7 & ~7L;
    }
    return fds;
  }

  private static int option(Fd socket, int option) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long value = s.zeroed(8);
      getOption(s, socket, option, value, 4);
      return s.getInt(value);
    } finally {
      s.reset(mark);
    }
  }

  private static void getOption(Scratch s, Fd socket, int option, long value, int length)
      throws SyscallException {
    long size = s.zeroed(8);
    s.putInt(size, length);
    Descriptors.check(
        Kernel.call(s, Sys.GETSOCKOPT, socket.number(), SOL_SOCKET, option, value, size, 0),
        "getsockopt",
        socket);
  }

  private static void setTimeout(Fd socket, int option, int milliseconds) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long time = s.zeroed(16);
      s.putLong(time, milliseconds / 1000);
      s.putLong(time + 8, milliseconds % 1000 * 1000L);
      Descriptors.check(
          Kernel.call(s, Sys.SETSOCKOPT, socket.number(), SOL_SOCKET, option, time, 16, 0),
          "setsockopt",
          socket);
    } finally {
      s.reset(mark);
    }
  }
}
