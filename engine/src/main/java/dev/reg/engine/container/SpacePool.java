package dev.reg.engine.container;

import dev.reg.engine.environment.Account;
import dev.reg.engine.environment.BaseLayer;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Directories;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import dev.reg.store.Environment;
import dev.reg.store.Layout;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A few spaces made ahead, so that a start does not pay for making directories; half as many have
 * their mounts, too, for a start like the last ones: only for a container that is removed when it
 * ends, since undoing a mount that nobody used would sync the disk otherwise. What is not used is
 * deleted when the engine stops, and after a crash when the next one starts.
 */
final class SpacePool implements AutoCloseable {
  private static final Logger LOG = System.getLogger(SpacePool.class.getName());

  private static final int CREATE = Open.O_WRONLY | Open.O_CREAT | Open.O_EXCL;
  private static final int DIRECTORY = Open.O_RDONLY | Open.O_DIRECTORY;

  /** Milliseconds between attempts after one failed. */
  private static final long RETRY = 10_000;

  private final Layout layout;
  private final BaseLayer base;
  private final Mounter mounter;
  private final Trash trash;
  private final int size;
  private final SecureRandom random = new SecureRandom();
  private final Thread filler;

  // Under this object's lock.
  private final Deque<Space> spaces = new ArrayDeque<>();
  private final Deque<Space> mounted = new ArrayDeque<>();
  private final Deque<Space> unfit = new ArrayDeque<>();
  private @Nullable Environment last;
  private @Nullable Environment likely;
  private boolean closing;

  // The filler's own.
  private boolean failing;

  /**
   * @param size how many without mounts are kept ready; 0 for none, which makes each when it is
   *     taken
   */
  SpacePool(Layout layout, BaseLayer base, Mounter mounter, Trash trash, int size) {
    this.layout = layout;
    this.base = base;
    this.mounter = mounter;
    this.trash = trash;
    this.size = size;
    this.filler = Thread.ofPlatform().name("reg-spaces").daemon().unstarted(this::fill);
  }

  void open() {
    filler.start();
  }

  /** A space of the current base layer, without mounts, from the pool or made now. */
  Space take() throws IOException {
    BaseLayer.Generation current = base.current();
    for (Space space = poll(); space != null; space = poll()) {
      if (space.base().equals(current)) {
        return space;
      }
      discard(space);
    }
    return make(current);
  }

  /**
   * As {@link #take()}, for a container that is removed when it ends; with mounts of this
   * environment when they have been made ahead.
   */
  Space takeFor(Environment environment) throws IOException {
    BaseLayer.Generation current = base.current();
    for (Space space = poll(environment); space != null; space = poll(environment)) {
      if (space.base().equals(current)) {
        return space;
      }
      discard(space);
    }
    return take();
  }

  private synchronized @Nullable Space poll() {
    Space space = spaces.poll();
    wakeIfLow();
    return space;
  }

  private synchronized @Nullable Space poll(Environment environment) {
    expect(environment);
    Space space = isSame(likely, environment) ? mounted.poll() : null;
    wakeIfLow();
    return space;
  }

  /** Two starts alike in a row announce more; one between others changes nothing. */
  private void expect(Environment environment) {
    boolean again = isSame(last, environment);
    last = environment;
    if (again && !isSame(likely, environment)) {
      likely = environment;
      unfit.addAll(mounted);
      mounted.clear();
    }
  }

  /** Another environment of the same digest is another tree. */
  @SuppressWarnings("ReferenceEquality")
  private static boolean isSame(@Nullable Environment one, Environment other) {
    return one == other;
  }

  private void wakeIfLow() {
    if (isLow()) {
      notifyAll();
    }
  }

  private boolean isLow() {
    return spaces.size() < size / 2
        || (likely != null && mounted.size() < size / 4)
        || !unfit.isEmpty();
  }

  private boolean isFull() {
    return spaces.size() >= size && !lacksMounted() && unfit.isEmpty();
  }

  private boolean lacksMounted() {
    return likely != null && mounted.size() < size / 2;
  }

  private void fill() {
    try {
      while (awaitNeed()) {
        discardUnfit();
        if (!addOne()) {
          pause();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * False when it cannot be: a start then makes its own, and fails with the reason if that fails
   * too.
   */
  private boolean addOne() {
    Environment environment = toMount();
    try {
      if (environment != null) {
        addMounted(environment);
      } else {
        addSpace();
      }
      failing = false;
      return true;
    } catch (IOException e) {
      if (!failing) {
        LOG.log(Logger.Level.WARNING, "cannot make container directories ahead", e);
      }
      failing = true;
      return false;
    }
  }

  /** What is lacking now, such as space on the disk, may be there later. */
  @SuppressWarnings("WaitNotInLoop") // waking early only means an earlier attempt
  private synchronized void pause() throws InterruptedException {
    if (!closing) {
      wait(RETRY);
    }
  }

  /** Once few are left, until all are there again; false when the filler is to end. */
  private synchronized boolean awaitNeed() throws InterruptedException {
    if (isFull()) {
      while (!closing && !isLow()) {
        wait();
      }
    }
    return !closing;
  }

  private void discardUnfit() {
    for (Space space = pollUnfit(); space != null; space = pollUnfit()) {
      discard(space);
    }
  }

  private synchronized @Nullable Space pollUnfit() {
    return unfit.poll();
  }

  private synchronized @Nullable Environment toMount() {
    return lacksMounted() ? likely : null;
  }

  private void addSpace() throws IOException {
    Space space = make(base.current());
    synchronized (this) {
      spaces.add(space);
    }
  }

  private void addMounted(Environment environment) throws IOException {
    Space space = make(base.current());
    try {
      Layers layers =
          Layers.mount(
              mounter, space.id(), environment, space.base(), space.upper(), space.work(), true);
      Space ready = space.with(layers);
      synchronized (this) {
        (isSame(likely, environment) ? mounted : unfit).add(ready);
      }
    } catch (IOException e) {
      discard(space);
      synchronized (this) {
        last = null;
        likely = null;
        unfit.addAll(mounted);
        mounted.clear();
      }
      // The environment may have been removed. If not, a start fails with the reason.
      LOG.log(Logger.Level.INFO, "cannot make mounts ahead", e);
    }
  }

  private Space make(BaseLayer.Generation generation) throws IOException {
    byte[] bytes = new byte[48];
    random.nextBytes(bytes);
    String id = HexFormat.of().formatHex(bytes, 0, 32);
    String token = HexFormat.of().formatHex(bytes, 32, 48);
    Path directory = layout.spare(id);
    try (Fd spares = Descriptors.open(layout.spares(), DIRECTORY, 0)) {
      Directories.makeDirectoryAt(spares, id, 0700);
      Directories.makeDirectoryAt(spares, id + "/work", 0700);
      Directories.makeDirectoryAt(spares, id + "/upper", 0755);
      Directories.makeDirectoryAt(spares, id + "/upper/etc", 0755);
      try (Fd etc = Descriptors.openAt(spares, id + "/upper/etc", DIRECTORY, 0)) {
        writeNames(etc, generation, Space.hostname(id), CREATE);
      }
      Fd exit = openExit(id);
      return new Space(id, token, directory, generation, exit, null);
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

  /** Gives a space that no container has had another user, with a home. */
  void addAccount(Space space, Environment environment, Account account) throws IOException {
    try (Fd upper = Descriptors.open(space.upper(), DIRECTORY, 0);
        Fd etc = Descriptors.openAt(upper, "etc", DIRECTORY, 0)) {
      write(etc, "passwd", account.passwd(standard(space, environment, "etc/passwd")), CREATE);
      write(etc, "group", account.group(standard(space, environment, "etc/group")), CREATE);
      Directories.makeDirectoryAt(upper, "home", 0755);
      String home = account.home().substring(1);
      Directories.makeDirectoryAt(upper, home, 0700);
      try (Fd directory = Descriptors.openAt(upper, home, DIRECTORY, 0)) {
        Descriptors.changeOwner(directory, account.uid(), account.gid());
      }
    }
  }

  /** What a container would have at this path: its environment's, or else the base layer's. */
  private static String standard(Space space, Environment environment, String path)
      throws IOException {
    Path own = environment.root().resolve(path);
    boolean has = Files.isRegularFile(own, LinkOption.NOFOLLOW_LINKS);
    return Files.readString(
        has ? own : space.base().directory().resolve(path), StandardCharsets.ISO_8859_1);
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
      Directories.renameAt(from, space.id(), containers, to.getFileName().toString());
    }
  }

  /** Deletes a space that is not needed. */
  void discard(Space space) {
    space.close();
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
      for (var entry : Directories.readDirectory(spares)) {
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
    synchronized (this) {
      closing = true;
      notifyAll();
    }
    try {
      filler.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      unfit.addAll(spaces);
      unfit.addAll(mounted);
      spaces.clear();
      mounted.clear();
    }
    discardUnfit();
  }
}
