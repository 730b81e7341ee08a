package dev.reg.engine.protocol;

import dev.reg.linux.Epoll;
import dev.reg.linux.Errno;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The far end of a conversation as the attach loop serves it: first only watched for the client's
 * leaving while a worker talks with it, then attached.
 *
 * <p>All state is under the object's lock, also the use of the socket by the loop, so that no
 * thread uses a descriptor number another one has closed. Callbacks run without it.
 */
final class Line implements Attachment {
  private static final System.Logger LOG = System.getLogger("attach");

  /** Bytes that may wait for a client that does not read; then it counts as gone. */
  private static final int QUEUE_MAX = 4 << 20;

  /** Bytes that may wait before somebody who awaits room goes on. */
  private static final int ROOM = 128 << 10;

  private static final int OUT_PART = 32 * 1024;

  private enum State {
    /** A worker talks; the loop only notices the end. */
    WATCHED,
    ATTACHED,
    /** EXIT or GOODBYE is in the queue. */
    ENDING,
    ENDED
  }

  private final Channel channel;
  private final AttachLoop loop;
  private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
  private State state = State.WATCHED;
  private long key;
  private int queued;
  private @Nullable IntConsumer onSignal;
  private @Nullable Runnable onLost;

  private Line(Channel channel, AttachLoop loop) {
    this.channel = channel;
    this.loop = loop;
  }

  /** Watches for the client's leaving while its worker goes on. */
  static Line watch(Channel channel, AttachLoop loop, Runnable onGone) throws IOException {
    Line line = new Line(channel, loop);
    synchronized (line) {
      line.onLost = onGone;
      line.key = loop.add(line, channel.socket(), Epoll.RDHUP | Epoll.ONESHOT);
    }
    return line;
  }

  /**
   * Attached from the beginning.
   *
   * @param first what the client is to hear before all else; null for nothing
   */
  static Line attached(
      Channel channel,
      AttachLoop loop,
      IntConsumer onSignal,
      Runnable onLost,
      @Nullable Packet first)
      throws IOException {
    Line line = new Line(channel, loop);
    synchronized (line) {
      line.begin(onSignal, onLost);
      line.key = loop.add(line, channel.socket(), Epoll.IN | Epoll.RDHUP);
      line.say(first);
    }
    return line;
  }

  /** Has the watch's action run again if the client has left: there is more to do by then. */
  synchronized void watchAgain() throws IOException {
    if (state == State.WATCHED) {
      loop.change(key, channel.socket(), Epoll.RDHUP | Epoll.ONESHOT);
    }
  }

  /** From here on who leaves is lost, not gone: the watch's action does not run any more. */
  synchronized void suspend() {
    if (state == State.WATCHED) {
      onLost = null;
    }
  }

  /** From watched to attached; whoever left meanwhile is noticed at once: events are levels. */
  synchronized void attach(IntConsumer signals, Runnable lost, @Nullable Packet first)
      throws IOException {
    if (state != State.WATCHED) {
      throw new CallerGone("the client has left");
    }
    begin(signals, lost);
    loop.change(key, channel.socket(), Epoll.IN | Epoll.RDHUP);
    say(first);
  }

  private void say(@Nullable Packet first) {
    if (first != null) {
      post(first);
    }
  }

  private void begin(IntConsumer signals, Runnable lost) {
    onSignal = signals;
    onLost = lost;
    state = State.ATTACHED;
  }

  /** The worker is done with a line that was only watched: the socket stays open and its own. */
  synchronized void unwatch() {
    if (state == State.WATCHED) {
      state = State.ENDED;
      loop.remove(key);
    }
  }

  /** The loop has seen events. */
  void ready(int events) {
    Runnable lost = null;
    IntConsumer consumer = null;
    int signal = 0;
    synchronized (this) {
      switch (state) {
        case WATCHED -> {
          // ONESHOT: not again by itself. The worker finds out and closes.
          lost = onLost;
        }
        case ATTACHED, ENDING -> {
          if ((events & Epoll.OUT) != 0) {
            flush();
          }
          if ((events & ~Epoll.OUT) != 0 && state != State.ENDED) {
            signal = receive();
            consumer = onSignal;
          }
          if (signal < 0) {
            lost = state == State.ATTACHED ? onLost : null;
            end();
          }
        }
        case ENDED -> {}
      }
    }
    if (signal > 0 && consumer != null) {
      consumer.accept(signal);
    }
    if (lost != null) {
      lost.run();
    }
  }

  /** A signal's number, 0 for nothing to do, -1 when the client has left. */
  private int receive() {
    try (Message message = channel.receiveNow()) {
      if (message == null) {
        return -1;
      }
      int number = message.arg();
      if (message.type() != Wire.CLIENT_SIGNAL || number < 1 || number > 64) {
        throw new ProtocolException("an attached client sent type " + message.type());
      }
      return state == State.ATTACHED ? number : 0;
    } catch (IOException e) {
      if (e instanceof SyscallException s && s.errno() == Errno.EAGAIN) {
        return 0;
      }
      LOG.log(channel.trouble(), "attached client dropped: " + e.getMessage());
      return -1;
    }
  }

  @Override
  public void out(int fd, byte[] bytes) {
    synchronized (this) {
      for (int at = 0; at < bytes.length && state == State.ATTACHED; at += OUT_PART) {
        int count = Math.min(OUT_PART, bytes.length - at);
        post(new Packet(Wire.CLIENT_OUT, fd, count).bytes(bytes, at, count));
      }
    }
  }

  @Override
  public synchronized boolean awaitRoom() {
    try {
      while (state == State.ATTACHED && queued > ROOM) {
        wait();
      }
      return state == State.ATTACHED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public synchronized void exit(int code) {
    finish(Wire.CLIENT_EXIT, code & 0xFF);
  }

  @Override
  public synchronized void goodbye() {
    finish(Wire.CLIENT_GOODBYE, 0);
  }

  private void finish(int type, int arg) {
    if (state == State.ATTACHED) {
      post(new Packet(type, arg, 0));
      if (state == State.ATTACHED) {
        state = State.ENDING;
        notifyAll();
        if (queue.isEmpty()) {
          end();
        }
      }
    }
  }

  /** Sends at once, or queues behind what waits. */
  private void post(Packet packet) {
    int length = packet.length();
    if (queue.isEmpty()) {
      int errno = channel.sendNow(packet.array(), length);
      if (errno == 0) {
        return;
      }
      if (errno != Errno.EAGAIN) {
        return; // it has left: the loop is about to see it
      }
      interest(Epoll.IN | Epoll.RDHUP | Epoll.OUT);
    }
    queued += length;
    if (queued > QUEUE_MAX) {
      LOG.log(channel.trouble(), "a client that does not read was dropped");
      queue.clear();
      // The other end's hang-up event brings the loop here, which runs onLost in its own thread.
      Sockets.shutdown(channel.socket());
      return;
    }
    queue.add(Arrays.copyOf(packet.array(), length));
  }

  private void flush() {
    while (!queue.isEmpty()) {
      byte[] next = queue.peek();
      int errno = channel.sendNow(next, next.length);
      if (errno == Errno.EAGAIN) {
        return;
      }
      queue.remove();
      queued -= next.length;
      if (queued <= ROOM) {
        notifyAll();
      }
    }
    if (state == State.ENDING) {
      end();
    } else {
      interest(Epoll.IN | Epoll.RDHUP);
    }
  }

  private void interest(int events) {
    try {
      loop.change(key, channel.socket(), events);
    } catch (SyscallException e) {
      throw new IllegalStateException(e); // a descriptor we own and registered
    }
  }

  private void end() {
    state = State.ENDED;
    notifyAll();
    queue.clear();
    loop.remove(key);
    channel.closeGently();
  }

  /** Ends without a word and without callbacks. */
  synchronized void drop() {
    if (state == State.ATTACHED || state == State.ENDING) {
      end();
    } else if (state == State.WATCHED) {
      unwatch();
    }
  }
}
