package dev.reg.engine.container;

import dev.reg.engine.environment.BaseLayer;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import dev.reg.store.Layout;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A few spaces made ahead, so that a start does not pay for making directories. What is not used is
 * deleted when the engine stops, and after a crash when the next one starts.
 */
final class SpacePool implements AutoCloseable {
  private static final Logger LOG = System.getLogger(SpacePool.class.getName());

  private static final int CREATE = Open.O_WRONLY | Open.O_CREAT | Open.O_EXCL;
  private static final int DIRECTORY = Open.O_RDONLY | Open.O_DIRECTORY;

  private final Layout layout;
  private final BaseLayer base;
  private final Trash trash;
  private final int size;
  private final SecureRandom random = new SecureRandom();
  private final Queue<Space> spaces = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final Object signal = new Object();
  private final Thread filler;
  private volatile boolean closing;

  /**
   * @param size how many are kept ready; 0 for none, which makes each when it is taken
   */
  SpacePool(Layout layout, BaseLayer base, Trash trash, int size) {
    this.layout = layout;
    this.base = base;
    this.trash = trash;
    this.size = size;
    this.filler = Thread.ofPlatform().name("reg-spaces").daemon().unstarted(this::fill);
  }

  void open() {
    filler.start();
  }

  /** A space of the current base layer, from the pool or made now. */
  Space take() throws IOException {
    BaseLayer.Generation current = base.current();
    for (Space space = spaces.poll(); space != null; space = spaces.poll()) {
      if (count.decrementAndGet() <= size / 2) {
        wake();
      }
      if (space.base().equals(current)) {
        return space;
      }
      discard(space);
    }
    return make(current);
  }

  private void wake() {
    synchronized (signal) {
      signal.notifyAll();
    }
  }

  private void fill() {
    try {
      while (!closing) {
        if (count.get() < size) {
          spaces.add(make(base.current()));
          count.incrementAndGet();
          continue;
        }
        synchronized (signal) {
          if (!closing && count.get() > size / 2) {
            signal.wait();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // A start then makes its own, and fails with the reason if that fails too.
      LOG.log(Logger.Level.WARNING, "cannot make container directories ahead", e);
    }
  }

  private Space make(BaseLayer.Generation generation) throws IOException {
    byte[] bytes = new byte[48];
    random.nextBytes(bytes);
    String id = HexFormat.of().formatHex(bytes, 0, 32);
    String token = HexFormat.of().formatHex(bytes, 32, 48);
    Path directory = layout.spare(id);
    try (Fd spares = Descriptors.open(layout.spares(), DIRECTORY, 0)) {
      Descriptors.makeDirectoryAt(spares, id, 0700);
      Descriptors.makeDirectoryAt(spares, id + "/work", 0700);
      Descriptors.makeDirectoryAt(spares, id + "/upper", 0755);
      Descriptors.makeDirectoryAt(spares, id + "/upper/etc", 0755);
      try (Fd etc = Descriptors.openAt(spares, id + "/upper/etc", DIRECTORY, 0)) {
        writeNames(etc, generation, Space.hostname(id), CREATE);
      }
      Fd exit = openExit(id);
      return new Space(id, token, directory, generation, exit);
    } catch (IOException e) {
      undo(id, directory, e);
      throw e;
    }
  }

  private void undo(String id, Path directory, IOException cause) {
    try {
      new Exits(layout).delete(id);
      trash.delete(directory);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static void writeNames(
      Fd etc, BaseLayer.Generation generation, String hostname, int flags) throws SyscallException {
    write(etc, "hostname", hostname + "\n", flags);
    write(etc, "hosts", generation.hostsFor(hostname), flags);
  }

  private static void write(Fd directory, String name, String text, int flags)
      throws SyscallException {
    try (Fd file = Descriptors.openAt(directory, name, flags | Open.O_NOFOLLOW, 0644)) {
      Descriptors.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  /** Gives a space that no container has had yet another name than its id's. */
  void rename(Space space, String hostname) throws SyscallException {
    try (Fd etc = Descriptors.open(space.upper().resolve("etc"), DIRECTORY, 0)) {
      writeNames(etc, space.base(), hostname, Open.O_WRONLY | Open.O_TRUNC);
    }
  }

  /** The exit file of a container, empty, for its next run. */
  Fd openExit(String id) throws SyscallException {
    return Descriptors.open(
        layout.exit(id), Open.O_WRONLY | Open.O_CREAT | Open.O_TRUNC | Open.O_NOFOLLOW, 0600);
  }

  /** Moves a space to where its container's directory belongs; a mount of it does not mind. */
  void place(Space space) throws SyscallException {
    Path to = layout.container(space.id());
    try (Fd from = Descriptors.open(layout.spares(), DIRECTORY, 0);
        Fd containers = Descriptors.open(layout.containers(), DIRECTORY, 0)) {
      Descriptors.renameAt(from, space.id(), containers, to.getFileName().toString());
    }
  }

  /** Deletes a space that is not needed. */
  void discard(Space space) {
    space.exit().close();
    try {
      new Exits(layout).delete(space.id());
      trash.delete(space.directory());
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "cannot delete the unused " + space.directory(), e);
    }
  }

  /** Deletes what another engine left in the pool. */
  void clear() throws IOException {
    try (Fd spares = Descriptors.open(layout.spares(), DIRECTORY, 0)) {
      for (var entry : Descriptors.readDirectory(spares)) {
        trash.delete(layout.spare(entry.name()));
      }
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    closing = true;
    wake();
    try {
      filler.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Space space = spaces.poll(); space != null; space = spaces.poll()) {
      discard(space);
    }
  }
}
