package dev.reg.engine.launcher;

import dev.reg.engine.protocol.Channel;
import dev.reg.engine.protocol.Message;
import dev.reg.engine.protocol.Packet;
import dev.reg.engine.protocol.ProtocolException;
import dev.reg.engine.protocol.Wire;
import dev.reg.linux.Fd;
import dev.reg.linux.Processes;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The launcher at the other end of its socket. One thread connects, starts a launcher when none
 * listens, delivers the events, and begins again when the connection ends. Calls are made from any
 * thread and wait for the connection.
 */
public final class LauncherLink implements Launcher, AutoCloseable {
  private static final System.Logger LOG = System.getLogger("launcher");

  /** Milliseconds a call waits for a connection, and for an answer. */
  private static final long TIMEOUT = 20_000;

  /** Milliseconds a send may wait: the launcher never blocks for long. */
  private static final int SEND_TIMEOUT = 10_000;

  /** Milliseconds between attempts after one failed. */
  private static final long RETRY = 500;

  private final LauncherProgram program;
  private final Thread thread =
      Thread.ofPlatform().name("launcher-link").daemon().unstarted(this::run);
  private final Object asking = new Object();

  // Under this object's lock.
  private @Nullable Listener listener;
  private @Nullable Channel channel;
  private @Nullable Identity identity;
  private @Nullable IOException failure;
  private @Nullable List<Item> items;
  private boolean listed;
  private boolean busy;
  private int connections;
  private boolean closed;

  public LauncherLink(LauncherProgram program) {
    this.program = program;
  }

  /** Begins to connect, and returns at once. */
  public void open() {
    thread.start();
  }

  /** Events arrive from here on; before that, nothing that waits for an answer gets one. */
  public synchronized void listen(Listener to) {
    listener = to;
    notifyAll();
  }

  @Override
  public void start(
      int slot,
      String containerId,
      byte[] plan,
      boolean init,
      boolean log,
      List<Fd> fds,
      @Nullable Fd group)
      throws IOException {
    int flags = (init ? Wire.START_INIT : 0) | (log ? Wire.START_LOG : 0);
    LauncherMessages.start(slot, flags, containerId).send(this::connected, plan, fds, group);
  }

  @Override
  public void join(
      int slot, int container, String id, byte[] plan, List<Fd> fds, @Nullable Fd group)
      throws IOException {
    if (!identity().canJoin()) {
      throw new IOException("the launcher that runs is too old to execute in a container");
    }
    LauncherMessages.join(slot, container, id).send(this::connected, plan, fds, group);
  }

  @Override
  public void signal(int slot, int signal) throws IOException {
    connected().send(new Packet(Wire.LAUNCHER_SIGNAL, slot, 4).u32(signal));
  }

  @Override
  public void forget(int slot) throws IOException {
    connected().send(new Packet(Wire.LAUNCHER_FORGET, slot, 0));
  }

  @Override
  public void adopt(int slot, String containerId, int pid, Fd pidfd, boolean joined)
      throws IOException {
    byte[] id = LauncherMessages.id(containerId);
    Packet packet = new Packet(Wire.LAUNCHER_ADOPT, slot, id.length + 8).bytes(id).u32(pid);
    connected().send(packet.u32(joined ? Wire.SLOT_JOINED : 0), List.of(pidfd));
  }

  @Override
  public List<Item> list() throws IOException {
    synchronized (asking) {
      Channel to = connected();
      synchronized (this) {
        items = new ArrayList<>();
        listed = false;
      }
      to.send(new Packet(Wire.LAUNCHER_LIST, 0, 0));
      synchronized (this) {
        long deadline = deadline();
        while (!listed) {
          checkStill(to);
          await(deadline, "LIST");
        }
        List<Item> found = items;
        items = null;
        return found == null ? List.of() : List.copyOf(found);
      }
    }
  }

  @Override
  public boolean quit() throws IOException {
    synchronized (asking) {
      Channel to = connected();
      synchronized (this) {
        busy = false;
        closed = true; // the end of this connection is what we want
      }
      to.send(new Packet(Wire.LAUNCHER_QUIT, 0, 0));
      synchronized (this) {
        long deadline = deadline();
        while (!busy && to.equals(channel)) {
          await(deadline, "QUIT");
        }
        closed = !busy;
        return !busy;
      }
    }
  }

  /** {@link #quit}, and waits for the end of its process: it may hold a mount busy. */
  public boolean quitAndEnd() throws IOException {
    Fd process;
    try {
      process = Processes.pidfd(identity().pid());
    } catch (SyscallException e) {
      return quit(); // it is just ending
    }
    try (process) {
      return quit() && Processes.awaitEnd(process, (int) TIMEOUT);
    }
  }

  @Override
  public Identity identity() throws IOException {
    Channel ignored = connected();
    synchronized (this) {
      Identity known = identity;
      if (known == null) {
        throw new IOException("the launcher is gone");
      }
      return known;
    }
  }

  public synchronized boolean isConnected() {
    return channel != null;
  }

  /** Offers the launcher the installed executable when it runs another build. */
  public void upgradeIfNewer() throws IOException {
    Optional<String> installed = program.build();
    String running = identity().build();
    if (installed.isEmpty() || installed.get().equals(running)) {
      return;
    }
    LOG.log(
        System.Logger.Level.INFO,
        "launcher build " + running + " is asked to become build " + installed.get());
    try (Fd executable = program.open()) {
      connected().send(new Packet(Wire.LAUNCHER_UPGRADE, 0, 0), List.of(executable));
    }
  }

  /** The connection, waiting for it if need be. */
  private synchronized Channel connected() throws IOException {
    long deadline = deadline();
    while (channel == null) {
      if (closed) {
        throw new IOException("the launcher's connection is closed");
      }
      if (failure != null) {
        throw new IOException(failure.getMessage(), failure);
      }
      await(deadline, "a connection");
    }
    return channel;
  }

  private void checkStill(Channel to) throws IOException {
    if (!to.equals(channel)) {
      throw new IOException("the launcher ended before it answered; it is being replaced");
    }
  }

  private static long deadline() {
    return System.nanoTime() + TIMEOUT * 1_000_000;
  }

  @SuppressWarnings("WaitNotInLoop") // each caller loops over what it waits for
  private void await(long deadline, String what) throws IOException {
    long left = (deadline - System.nanoTime()) / 1_000_000;
    if (left <= 0) {
      throw new IOException("the launcher does not answer (" + what + "): see launcher.log");
    }
    try {
      wait(left);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("waiting for the launcher was interrupted", e);
    }
  }

  // The link's thread

  private void run() {
    while (true) {
      Channel current;
      try {
        current = handshake();
      } catch (IOException e) {
        if (!failed(e)) {
          return;
        }
        continue;
      }
      if (!begin(current)) {
        current.close();
        return;
      }
      receiveAll(current);
      if (!ended(current)) {
        return;
      }
    }
  }

  private Channel handshake() throws IOException {
    Fd socket = program.connect();
    Channel fresh = new Channel(socket);
    boolean done = false;
    try {
      Sockets.setSendTimeout(socket, SEND_TIMEOUT);
      Sockets.setReceiveTimeout(socket, SEND_TIMEOUT);
      // It speaks first, so that an older one can be answered in its own version.
      try (Message hello = fresh.receive()) {
        int version = greeted(hello);
        fresh.send(new Packet(Wire.LAUNCHER_HELLO, version, 16).string("engine"));
      }
      Sockets.setReceiveTimeout(socket, 0);
      done = true;
      return fresh;
    } finally {
      if (!done) {
        fresh.close();
      }
    }
  }

  private synchronized int greeted(@Nullable Message hello) throws IOException {
    Identity found = LauncherMessages.identity(hello);
    identity = found;
    return found.version();
  }

  /** Tells those who wait, then pauses; false when nobody wants another attempt. */
  @SuppressWarnings("WaitNotInLoop") // a pause: waking early only means an earlier attempt
  private boolean failed(IOException e) {
    synchronized (this) {
      if (closed) {
        return false;
      }
      if (failure == null) {
        LOG.log(System.Logger.Level.ERROR, "no launcher: " + e.getMessage());
      }
      failure = e;
      notifyAll();
      try {
        wait(RETRY);
      } catch (InterruptedException interrupted) {
        return false;
      }
      return !closed;
    }
  }

  private boolean begin(Channel current) {
    boolean again;
    synchronized (this) {
      while (listener == null && !closed) {
        try {
          wait();
        } catch (InterruptedException e) {
          return false;
        }
      }
      if (closed) {
        return false;
      }
      channel = current;
      failure = null;
      again = connections++ > 0;
      notifyAll();
    }
    if (again) {
      LOG.log(System.Logger.Level.INFO, "launcher connected again");
      deliver(to -> to.restored());
    }
    return true;
  }

  private void receiveAll(Channel from) {
    try {
      while (true) {
        try (Message message = from.receive()) {
          if (message == null) {
            return;
          }
          handle(message);
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "launcher connection broken: " + e.getMessage());
    }
  }

  /** False when nobody wants another connection. */
  private boolean ended(Channel current) {
    boolean wanted;
    synchronized (this) {
      channel = null;
      identity = null;
      wanted = !closed;
      notifyAll();
    }
    if (wanted) {
      LOG.log(System.Logger.Level.WARNING, "the launcher's connection ended");
      deliver(to -> to.lost());
    }
    Sockets.shutdown(current.socket()); // so that close does not wait for a blocked send
    current.close();
    return wanted;
  }

  private void handle(Message message) throws IOException {
    int slot = message.arg();
    switch (message.type()) {
      case Wire.LAUNCHER_HELLO -> {
        int ignored = greeted(message); // again, after an upgrade
      }
      case Wire.LAUNCHER_STARTED -> {
        int pid = message.u32();
        deliver(to -> to.started(slot, pid));
      }
      case Wire.LAUNCHER_FAILED -> {
        int operation = message.u32();
        int errno = message.u32();
        deliver(to -> to.failed(slot, operation, errno));
      }
      case Wire.LAUNCHER_EXITED -> {
        int code = message.u32();
        deliver(to -> to.exited(slot, code));
      }
      case Wire.LAUNCHER_GONE -> {
        OptionalInt code = LauncherMessages.code(message.u32());
        deliver(to -> to.gone(slot, code));
      }
      case Wire.LAUNCHER_ITEM -> add(LauncherMessages.item(message));
      case Wire.LAUNCHER_LISTED -> {
        synchronized (this) {
          listed = true;
          notifyAll();
        }
      }
      case Wire.LAUNCHER_BUSY -> {
        synchronized (this) {
          busy = true;
          notifyAll();
        }
      }
      default -> throw new ProtocolException("the launcher sent type " + message.type());
    }
  }

  private synchronized void add(Item item) {
    List<Item> open = items;
    if (open != null) {
      open.add(item);
    }
  }

  /** A listener's failure is its own: the next event is delivered all the same. */
  private void deliver(Consumer<Listener> event) {
    Listener to;
    synchronized (this) {
      to = listener;
    }
    try {
      event.accept(Objects.requireNonNull(to));
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "handling a launcher's event", e);
    }
  }

  /** Ends the connection; the launcher and its containers stay. */
  @Override
  public void close() {
    Channel open;
    synchronized (this) {
      closed = true;
      open = channel;
      notifyAll();
    }
    if (open != null) {
      Sockets.shutdown(open.socket());
    }
  }
}
