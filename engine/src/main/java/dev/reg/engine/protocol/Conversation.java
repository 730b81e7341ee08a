package dev.reg.engine.protocol;

import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.NativeText;
import dev.reg.linux.Peer;
import dev.reg.linux.Poll;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** The caller at the other end of a socket. */
final class Conversation implements Caller {
  private static final System.Logger LOG = System.getLogger("client");

  /** Milliseconds for the client to answer: it opens one file, which may be on a slow network. */
  private static final int ANSWER_TIMEOUT = 60_000;

  /**
   * Milliseconds for the client to take output: it may be a pager with a person before it. The
   * command's thread waits, nobody else does.
   */
  private static final int SEND_TIMEOUT = 600_000;

  private static final int OUT_PART = 32 * 1024;

  private final Channel channel;
  private final Questions questions;
  private final AttachLoop loop;
  private final Peer peer;
  private final List<String> arguments;
  private final List<Fd> fds;
  private final List<Runnable> onGone = new ArrayList<>(1);
  private @Nullable Line line;
  private int nextGone;
  private boolean handedOver;
  private boolean farewell;

  private Conversation(
      Channel channel, AttachLoop loop, Peer peer, List<String> arguments, List<Fd> fds) {
    this.channel = channel;
    this.questions = new Questions(channel, peer);
    this.loop = loop;
    this.peer = peer;
    this.arguments = arguments;
    this.fds = fds;
  }

  static Conversation of(Channel channel, AttachLoop loop, Peer peer, Request request)
      throws IOException {
    Sockets.setReceiveTimeout(channel.socket(), ANSWER_TIMEOUT);
    Sockets.setSendTimeout(channel.socket(), SEND_TIMEOUT);
    return switch (request) {
      case Request.Hello hello ->
          new Conversation(channel, loop, peer, hello.arguments(), hello.fds());
      case Request.Resume resume -> new Conversation(channel, loop, peer, List.of(), List.of());
    };
  }

  @Override
  public List<String> arguments() {
    return arguments;
  }

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public Fd stdin() {
    return fd(0);
  }

  @Override
  public Fd stdout() {
    return fd(1);
  }

  @Override
  public Fd stderr() {
    return fd(2);
  }

  @Override
  public Fd cwd() {
    return fd(3);
  }

  private Fd fd(int number) {
    if (fds.isEmpty()) {
      throw new IllegalStateException("a resumed conversation has no descriptors");
    }
    return fds.get(number);
  }

  @Override
  public Fd open(String path, int flags, int mode) throws RegException, IOException {
    return ask().open(path, flags, mode);
  }

  @Override
  public List<DirectoryEntry> list(String path) throws RegException, IOException {
    return ask().list(path);
  }

  @Override
  public CallerTerminal terminal() throws RegException, IOException {
    return ask().terminal();
  }

  @Override
  public CallerCopy copy(CallerCopy.Order order) throws RegException, IOException {
    return ask().copy(order);
  }

  @Override
  public byte[] read(String path, int most) throws RegException, IOException {
    Questions questions = ask();
    // Others write a pipe when they like; that the client has left is seen all the same.
    Sockets.setReceiveTimeout(channel.socket(), 0);
    try {
      return questions.read(path, most);
    } finally {
      Sockets.setReceiveTimeout(channel.socket(), ANSWER_TIMEOUT);
    }
  }

  @Override
  public void rename(String from, String to) throws RegException, IOException {
    ask().rename(from, to);
  }

  @Override
  public void remove(String path) throws RegException, IOException {
    ask().remove(path);
  }

  @Override
  public Optional<String> variable(String name) throws IOException {
    return ask().variable(name);
  }

  private Questions ask() {
    if (handedOver || fds.isEmpty()) {
      throw new IllegalStateException("nothing can be asked of this caller");
    }
    return questions;
  }

  @Override
  public void out(CharSequence text) throws CallerGone {
    out(1, NativeText.encode(text.toString()));
  }

  @Override
  public void out(byte[] bytes) throws CallerGone {
    out(1, bytes);
  }

  @Override
  public void err(CharSequence text) throws CallerGone {
    out(2, NativeText.encode(text.toString()));
  }

  @Override
  public void hint(CharSequence text) {
    byte[] bytes = NativeText.encode(text.toString());
    if (bytes.length <= OUT_PART) {
      Packet packet = new Packet(Wire.CLIENT_OUT, 2, bytes.length).bytes(bytes);
      int ignored = channel.sendNow(packet.array(), packet.length());
    }
  }

  private void out(int fd, byte[] bytes) throws CallerGone {
    for (int at = 0; at < bytes.length; at += OUT_PART) {
      int count = Math.min(OUT_PART, bytes.length - at);
      send(new Packet(Wire.CLIENT_OUT, fd, count).bytes(bytes, at, count));
    }
  }

  private void send(Packet packet) throws CallerGone {
    try {
      channel.send(packet);
    } catch (IOException e) {
      throw Questions.gone(e);
    }
  }

  @Override
  public boolean isTerminal(int fd) {
    return !fds.isEmpty() && fd >= 0 && fd <= 2 && Descriptors.isTerminal(fds.get(fd));
  }

  @Override
  public boolean gone() {
    try {
      int events = Poll.await(channel.socket(), Poll.RDHUP, 0);
      return (events & (Poll.RDHUP | Poll.HUP | Poll.ERR)) != 0;
    } catch (SyscallException e) {
      return true;
    }
  }

  @Override
  public void onGone(Runnable action) {
    if (handedOver) {
      throw new IllegalStateException("the conversation is handed over already");
    }
    boolean first;
    synchronized (onGone) {
      onGone.add(action);
      first = onGone.size() == 1;
    }
    try {
      Line watched = line;
      if (first) {
        line = Line.watch(channel, loop, this::runOnGone);
      } else if (watched != null) {
        watched.watchAgain();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e); // no watches left: a limit of the machine
    }
  }

  /** On the loop's thread; each action once. */
  private void runOnGone() {
    while (true) {
      Runnable next;
      synchronized (onGone) {
        int index = nextGone++;
        if (index >= onGone.size()) {
          nextGone = index;
          return;
        }
        next = onGone.get(index);
      }
      next.run();
    }
  }

  @Override
  public Attachment attach(String containerId, String token, IntConsumer onSignal, Runnable onLost)
      throws CallerGone {
    Line watched = line;
    if (watched != null) {
      watched.suspend();
    }
    Packet started = new Packet(Wire.CLIENT_STARTED, 0, 160).string(containerId).string(token);
    // Never waiting: a client that was stopped is nobody else's to wait for.
    int errno = channel.sendNow(started.array(), started.length());
    if (errno != 0 && errno != Errno.EAGAIN) {
      throw new CallerGone("the client has left");
    }
    return handOver(onSignal, onLost, errno == 0 ? null : started);
  }

  @Override
  public Attachment hold(Runnable onLost) throws CallerGone {
    if (gone()) {
      throw new CallerGone("the client has left");
    }
    return handOver(signal -> {}, onLost, null);
  }

  @Override
  public void farewell() {
    farewell = true;
  }

  private Attachment handOver(IntConsumer onSignal, Runnable onLost, @Nullable Packet first)
      throws CallerGone {
    if (handedOver) {
      throw new IllegalStateException("the conversation is handed over already");
    }
    try {
      Line watched = line;
      if (watched == null) {
        watched = Line.attached(channel, loop, onSignal, onLost, first);
        line = watched;
      } else {
        watched.attach(onSignal, onLost, first);
      }
      handedOver = true;
      channel.release();
      return watched;
    } catch (IOException e) {
      throw Questions.gone(e);
    }
  }

  /** Ends the conversation with an exit code, also one that the command had handed over. */
  void finish(int code) {
    closeDescriptors();
    Line watched = line;
    if (watched != null) {
      if (handedOver) {
        watched.exit(code);
        return;
      }
      watched.unwatch();
    }
    int type = farewell ? Wire.CLIENT_FAREWELL : Wire.CLIENT_EXIT;
    try {
      // Waits while the client is behind with reading, as output does.
      channel.send(new Packet(type, code & 0xFF, 0));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "no exit code for a client that has left", e);
      farewell = false;
    } finally {
      if (!farewell) { // else the end of this process closes it: that is what the client waits for
        channel.closeGently();
      }
    }
  }

  /**
   * To be called by a thread that nobody waits for: a socket that lingers (SO_LINGER of socket(7))
   * lets whoever closes it last wait for its other end.
   */
  void closeDescriptors() {
    Fd.closeAll(fds);
  }
}
