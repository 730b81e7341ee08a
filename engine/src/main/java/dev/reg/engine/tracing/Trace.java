package dev.reg.engine.tracing;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.linux.OpenedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a container opens of its environment, from before its first program on. It sees every open
 * and every execution, of all processes that use the container's mounts; it does not see what was
 * only looked at (stat, access, readlink) or looked for in vain.
 */
public final class Trace implements AutoCloseable {
  /** Between two looks at the kernel's queue, in milliseconds. */
  private static final int PAUSE = 50;

  private record Inode(long device, long number) {}

  private final OpenedFiles files;
  private final Set<Inode> inodes = ConcurrentHashMap.newKeySet();
  private final Set<String> paths = ConcurrentHashMap.newKeySet();
  private final Thread reader;
  private volatile boolean ended;
  private volatile @Nullable IOException failure;

  private Trace(OpenedFiles files) {
    this.files = files;
    this.reader = Thread.ofPlatform().name("reg-trace").daemon().unstarted(this::readAll);
  }

  /** Watches nothing yet. */
  public static Trace create() throws IOException {
    return new Trace(OpenedFiles.create());
  }

  /**
   * Watches a container that is about to be started.
   *
   * @param root the mount for {@code /}
   * @param usr the mount for {@code /usr}
   */
  public void over(Fd root, Fd usr) throws IOException {
    files.watch(root);
    files.watch(usr);
    reader.start();
  }

  private void readAll() {
    try {
      while (!ended) {
        files.read(PAUSE, this::opened);
      }
      while (files.read(0, this::opened)) {
        // what came before the end
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  private void opened(Fd file) throws IOException {
    FileStatus status = Descriptors.status(file);
    if (status.isRegular()) {
      inodes.add(new Inode(status.device(), status.inode()));
      // Right for what is in the root itself: that mount is the topmost of its namespace.
      paths.add(Descriptors.path(file));
    }
  }

  /**
   * Ends watching: to be called when the container's last process is gone.
   *
   * @param usr the environment's tree that was mounted at /usr
   * @param known every path that the environment has a file at
   * @return of these, the ones that were opened
   */
  public SortedSet<String> end(Path usr, Set<String> known) throws IOException {
    if (reader.getState() == Thread.State.NEW) {
      throw new IllegalStateException("nothing was watched");
    }
    ended = true;
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the engine is stopping", e);
    }
    IOException why = failure;
    if (why != null) {
      throw new IOException("cannot tell what the container opened", why);
    }
    TreeSet<String> opened = new TreeSet<>();
    places(usr).forEach((inode, path) -> addIf(inodes.contains(inode), path, known, opened));
    paths.forEach(path -> addIf(!path.startsWith("/usr/"), path, known, opened));
    return opened;
  }

  private static void addIf(boolean is, String path, Set<String> known, Set<String> opened) {
    if (is && known.contains(path)) {
      opened.add(path);
    }
  }

  /** No inode is in one tree twice. */
  private static Map<Inode, String> places(Path usr) throws IOException {
    Map<Inode, String> places = new HashMap<>();
    List<Path> all;
    try (Stream<Path> walk = Files.walk(usr)) {
      all = walk.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)).toList();
    }
    for (Path path : all) {
      FileStatus status = Descriptors.status(path);
      places.put(
          new Inode(status.device(), status.inode()), "/usr/" + usr.relativize(path).toString());
    }
    return places;
  }

  @Override
  public void close() {
    ended = true;
    if (reader.isAlive()) {
      try {
        reader.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    files.close();
  }
}
