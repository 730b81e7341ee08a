package dev.reg.engine.environment;

import dev.reg.store.Digest;
import dev.reg.store.Layout;
import dev.reg.template.Accounts;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The lowest layer of every container's {@code /}: its directories, the links into {@code /usr},
 * and what the host provides in /etc. A layer that is mounted must never change, so a change of the
 * host's resolv.conf or hosts makes a new generation beside the old one.
 */
public final class BaseLayer {
  /**
   * One immutable layer.
   *
   * @param id over its whole content
   * @param hosts what containers' own /etc/hosts begins with
   */
  public record Generation(Digest id, Path directory, String hosts) {
    /** A container's /etc/hosts: as the network is the host's, so are the names it knows. */
    public String hostsFor(String hostname) {
      return hosts + "127.0.1.1\t" + hostname + "\n";
    }
  }

  private static final Logger LOG = System.getLogger(BaseLayer.class.getName());

  /** How long a look at the host's files is good for. */
  private static final long LOOK_NANOS = 50_000_000;

  private static final int LARGEST = 1 << 16;

  private static final String DEFAULT_HOSTS =
      "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

  private static final String NSSWITCH =
      """
      passwd: files
      group: files
      shadow: files
      gshadow: files
      hosts: files dns
      networks: files
      protocols: files
      services: files
      ethers: files
      rpc: files
      """;

  /** Directory to mode. */
  private static final Map<String, String> DIRECTORIES = directories();

  private static Map<String, String> directories() {
    Map<String, String> modes = new LinkedHashMap<>();
    for (String name :
        List.of("app", "dev", "etc", "home", "mnt", "opt", "proc", "run", "srv", "sys", "usr")) {
      modes.put(name, "rwxr-xr-x");
    }
    for (String name : List.of("run/lock", "var", "var/cache", "var/lib", "var/log", "var/spool")) {
      modes.put(name, "rwxr-xr-x");
    }
    modes.put("root", "rwx------");
    modes.put("tmp", "rwxrwxrwx");
    modes.put("var/tmp", "rwxrwxrwx");
    return modes;
  }

  private static final SortedMap<String, String> LINKS =
      new TreeMap<>(
          Map.of(
              "bin", "usr/bin",
              "sbin", "usr/sbin",
              "lib", "usr/lib",
              "lib64", "usr/lib64",
              "etc/mtab", "../proc/self/mounts",
              "var/run", "/run",
              "var/lock", "/run/lock"));

  private final Layout layout;
  private final Path hostResolv;
  private final Path hostHosts;
  private volatile @Nullable Seen seen;

  /** What was looked at, when, and what came of it. */
  private record Seen(Object stamp, Generation generation, long nanos) {}

  public BaseLayer(Layout layout) {
    this(layout, Path.of("/etc/resolv.conf"), Path.of("/etc/hosts"));
  }

  /** For tests: with other files in place of the host's. */
  BaseLayer(Layout layout, Path hostResolv, Path hostHosts) {
    this.layout = layout;
    this.hostResolv = hostResolv;
    this.hostHosts = hostHosts;
  }

  /** The layer that agrees with the host's files as of the last 50 ms; made when it is missing. */
  public Generation current() throws IOException {
    long now = System.nanoTime();
    Seen last = seen;
    if (last != null && now - last.nanos() < LOOK_NANOS) {
      return last.generation();
    }
    Object stamp = List.of(stamp(hostResolv), stamp(hostHosts));
    if (last != null && last.stamp().equals(stamp)) {
      seen = new Seen(stamp, last.generation(), now);
      return last.generation();
    }
    Generation generation = make();
    seen = new Seen(stamp, generation, now);
    return generation;
  }

  /** Changes when the file does. */
  private static Object stamp(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      Object key = attributes.fileKey();
      return List.of(
          key == null ? "" : key, attributes.lastModifiedTime(), Long.valueOf(attributes.size()));
    } catch (IOException e) {
      return "";
    }
  }

  private synchronized Generation make() throws IOException {
    String hosts = read(hostHosts, DEFAULT_HOSTS);
    SortedMap<String, String> files = new TreeMap<>();
    files.put("etc/passwd", Accounts.STANDARD.passwd());
    files.put("etc/group", Accounts.STANDARD.groups());
    files.put("etc/nsswitch.conf", NSSWITCH);
    files.put("etc/resolv.conf", read(hostResolv, ""));
    files.put("etc/hosts", hosts);
    String content = DIRECTORIES + "\n" + LINKS + "\n" + files;
    Digest id = Digest.of(content.getBytes(StandardCharsets.UTF_8));
    Generation generation = new Generation(id, layout.base(id), hosts);
    if (!Files.isDirectory(generation.directory())) {
      write(generation.directory(), files);
    }
    return generation;
  }

  private static String read(Path file, String otherwise) {
    try {
      if (Files.size(file) > LARGEST) {
        LOG.log(Logger.Level.WARNING, file + " is too large for containers: left out");
        return otherwise;
      }
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
    } catch (NoSuchFileException e) {
      return otherwise;
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "cannot read " + file + " for containers: left out", e);
      return otherwise;
    }
  }

  private void write(Path target, SortedMap<String, String> files) throws IOException {
    Path temporary = layout.bases().resolve("new-" + ProcessHandle.current().pid());
    delete(temporary);
    Files.createDirectory(temporary);
    mode(temporary, "rwxr-xr-x");
    for (var directory : DIRECTORIES.entrySet()) {
      Path path = Files.createDirectory(temporary.resolve(directory.getKey()));
      mode(path, directory.getValue());
      if (directory.getKey().endsWith("tmp")) {
        // The sticky bit, which Java's permission strings lack.
        Files.setAttribute(path, "unix:mode", 01777);
      }
    }
    for (var link : LINKS.entrySet()) {
      Files.createSymbolicLink(temporary.resolve(link.getKey()), Path.of(link.getValue()));
    }
    for (var file : files.entrySet()) {
      Path path = temporary.resolve(file.getKey());
      Files.writeString(path, file.getValue(), StandardCharsets.ISO_8859_1);
      mode(path, "rw-r--r--");
    }
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException e) {
      delete(temporary);
    } catch (FileSystemException e) {
      if (!Files.isDirectory(target)) {
        throw e;
      }
      delete(temporary);
    }
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  /**
   * Deletes all generations; the next start makes its own again. Nobody may have one mounted. Done
   * when an engine starts: layers are not synced, so one from before a crash is not to be trusted.
   */
  public synchronized void clear() throws IOException {
    seen = null;
    try (Stream<Path> all = Files.list(layout.bases())) {
      for (Path directory : all.toList()) {
        delete(directory);
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
