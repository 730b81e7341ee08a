package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Unpacks packages into a tree. Nothing in a package is believed: a path that leaves the tree, a
 * device, an unknown kind of entry or too much of anything ends the build. Owners, times, setuid
 * bits and maintainer scripts are left out on purpose.
 */
final class Unpacker {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  /** Packages that are taken apart before their turn: large ones are in nobody's way. */
  private static final int AHEAD = 12;

  private Unpacker() {}

  /** A package on its way: its tar stream, and how the program that makes it ended. */
  private record Coming(String name, long size, Conveyor stream, Future<Subprocess.Result> maker) {}

  /**
   * .deb archives (deb(5)) by the names of their packages, in that order. dpkg-deb takes them
   * apart, the next ones while we read the tar stream of one.
   */
  static void unpack(Map<String, Path> archives, PackageTree tree)
      throws IOException, RegException {
    ExecutorService threads = Executors.newFixedThreadPool(Parallel.THREADS);
    try {
      Iterator<Map.Entry<String, Path>> rest = archives.entrySet().iterator();
      Deque<Coming> coming = new ArrayDeque<>();
      while (rest.hasNext() || !coming.isEmpty()) {
        while (rest.hasNext() && coming.size() <= AHEAD) {
          Map.Entry<String, Path> next = rest.next();
          coming.add(takeApart(next.getKey(), next.getValue(), threads));
        }
        place(coming.remove(), tree);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Coming takeApart(String name, Path archive, ExecutorService threads)
      throws IOException {
    Conveyor stream = new Conveyor();
    List<String> command = List.of("dpkg-deb", "--fsys-tarfile", archive.toString());
    Future<Subprocess.Result> maker =
        threads.submit(
            () -> {
              try {
                return Subprocess.run(command, AptHost.environment(), LIMIT, stream::fill);
              } finally {
                stream.end();
              }
            });
    return new Coming(name, Files.size(archive), stream, maker);
  }

  private static void place(Coming one, PackageTree tree) throws IOException, RegException {
    InputStream bounded = new BoundedStream(one.stream, () -> one.size);
    untar(one.name, bounded, tree);
    bounded.transferTo(OutputStream.nullOutputStream());
    Subprocess.Result result = Parallel.result(one.maker);
    if (result.exit() != 0) {
      throw new RegException(
          ErrorKind.INVALID, "cannot unpack " + one.name + ": " + Text.line(result.err().strip()));
    }
  }

  /** Throws INVALID for what is wrong with the archive, IOException for what is with the disk. */
  static void untar(String name, InputStream stream, PackageTree tree)
      throws IOException, RegException {
    // Closing it would close the stream, which is the caller's.
    @SuppressWarnings("resource")
    TarArchiveInputStream tar = new TarStream(stream);
    try {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        place(name, entry, tar, tree);
      }
    } catch (IllegalArgumentException e) {
      throw damaged(name, String.valueOf(e), e);
    } catch (IOException e) {
      if (DiskErrors.isOne(e)) {
        throw e;
      }
      throw damaged(name, "it is damaged: " + e.getMessage(), e);
    }
  }

  private static RegException damaged(String name, String why, Exception cause) {
    return new RegException(
        ErrorKind.INVALID, "cannot unpack " + name + ": " + Text.line(why), cause);
  }

  private static void place(
      String name, TarArchiveEntry entry, TarArchiveInputStream tar, PackageTree tree)
      throws IOException, RegException {
    String path = path(name, entry.getName());
    if (path.equals("/") || (Paths.isMerged(path) && entry.isSymbolicLink())) {
      return;
    }
    path = Paths.merged(path);
    if (entry.isDirectory()) {
      tree.directory(name, path);
    } else if (entry.isSymbolicLink()) {
      tree.link(name, path, entry.getLinkName());
    } else if (entry.isLink()) {
      tree.hardLink(name, path, Paths.merged(path(name, entry.getLinkName())));
    } else if (isPlain(entry) && tar.canReadEntryData(entry)) {
      tree.file(name, path, entry.getMode(), tar);
    } else {
      throw PackageTree.refused(name, path, "is neither file, directory nor link");
    }
  }

  /** {@code isFile} would say so of devices, too. */
  static boolean isPlain(TarArchiveEntry entry) {
    byte type = entry.getLinkFlag();
    return (type == TarConstants.LF_NORMAL || type == TarConstants.LF_OLDNORM) && !entry.isSparse();
  }

  /** {@code ./usr/bin/} is {@code /usr/bin}; anything that is not below the root is refused. */
  static String path(String name, String text) throws RegException {
    if (text.startsWith("/")) {
      throw PackageTree.refused(name, text, "is absolute");
    }
    String path = text.startsWith("./") ? text.substring(2) : text;
    path = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    if (path.isEmpty() || path.equals(".")) {
      return "/";
    }
    // What is no UTF-8 has been replaced by this character when the header was read.
    String reason = path.contains("\ufffd") ? "is not UTF-8" : Paths.problem("/" + path);
    if (reason != null) {
      throw PackageTree.refused(name, text, reason);
    }
    return "/" + path;
  }
}
