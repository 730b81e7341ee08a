package dev.reg.store;

import dev.reg.linux.Directories;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;

/**
 * Every path that Reg keeps on disk; nobody else puts such paths together. Asking for a path
 * touches nothing: {@link #create} makes the directories.
 */
public final class Layout {
  private static final Path SYSTEM_ROOT = Path.of("/var/lib/reg");
  private static final Path SYSTEM_RUNTIME = Path.of("/run/reg");
  private static final Path SYSTEM_CONFIGURATION = Path.of("/etc/reg/engine.yaml");

  private static final String TEMPORARY = ".tmp-";

  private final Path root;
  private final Path runtime;

  /**
   * @param root durable state
   * @param runtime state that ends with the running kernel: sockets, logs, exit codes
   */
  public Layout(Path root, Path runtime) {
    this.root = root.toAbsolutePath().normalize();
    this.runtime = runtime.toAbsolutePath().normalize();
  }

  /** The host's own: /var/lib/reg and /run/reg. */
  public static Layout system() {
    return new Layout(SYSTEM_ROOT, SYSTEM_RUNTIME);
  }

  /** What {@code --root R} means: everything, runtime state included, below {@code R}. */
  public static Layout at(Path root) {
    return root.toAbsolutePath().normalize().equals(SYSTEM_ROOT)
        ? system()
        : new Layout(root, root.resolve("run"));
  }

  /**
   * Makes the directories that are missing: all 0700 but the runtime directory, which is 0755 so
   * that other users can reach the socket, unless it lies below the root. Existing ones keep their
   * mode. Directories in which builds come and go are spread over the filesystem.
   */
  public void create() throws IOException {
    for (Path directory :
        List.of(root, objects(), objectsTemporary(), templates(), environments(), bases())) {
      make(directory, "rwx------");
    }
    for (Path directory :
        List.of(containers(), spares(), trash(), aptCache().getParent(), aptCache())) {
      make(directory, "rwx------");
    }
    make(buildings(), "rwx------");
    for (Path directory : List.of(objectsTemporary(), buildings())) {
      Directories.spread(directory);
    }
    make(runtime, runtime.startsWith(root) ? "rwx------" : "rwxr-xr-x");
    make(exits(), "rwx------");
    make(runtimeRecords(), "rwx------");
  }

  private static void make(Path directory, String mode) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
  }

  public Path root() {
    return root;
  }

  public Path runtime() {
    return runtime;
  }

  /** Held by the one engine of this root; see {@link RootLock}. */
  public Path lock() {
    return root.resolve("lock");
  }

  /** The engine's configuration; need not exist. */
  public Path configuration() {
    return root.equals(SYSTEM_ROOT) ? SYSTEM_CONFIGURATION : root.resolve("engine.yaml");
  }

  // Objects

  public Path objects() {
    return root.resolve("objects");
  }

  /**
   * Files being ingested; emptied when the store is opened, but for a mark that there were some.
   */
  Path objectsTemporary() {
    return objects().resolve("tmp");
  }

  /** Exists while objects may be there that nothing refers to, because of a crash. */
  Path objectsUnsettled() {
    return objectsTemporary().resolve("unsettled");
  }

  /** The directory of the objects whose digest begins with these two hexadecimal digits. */
  Path objectDirectory(ObjectId object) {
    return objects().resolve(object.digest().hex().substring(0, 2));
  }

  Path object(ObjectId object, int replica) {
    return objectDirectory(object).resolve(object + "-" + replica);
  }

  // Templates

  public Path templates() {
    return root.resolve("templates");
  }

  /** All versions of a template. The name has been checked by whoever read it. */
  public Path template(String name) {
    return templates().resolve(component(name));
  }

  public Path template(String name, String version) {
    return template(name).resolve(component(version));
  }

  public Path templateFile(String name, String version) {
    return template(name, version).resolve("template.yaml");
  }

  public Path templateHead(String name, String version) {
    return template(name, version).resolve("head.json");
  }

  /** Where the files of a template come from; not there for one that was written by hand. */
  public Path templateProvenance(String name, String version) {
    return template(name, version).resolve("provenance.json");
  }

  /** What is to take the place of several templates, while it is written. */
  public Path templatesAside() {
    return templates().resolve(TEMPORARY + "aside");
  }

  /** The same, whole: there until all of it is in its place. */
  public Path templatesReplacing() {
    return templates().resolve(TEMPORARY + "replacing");
  }

  /** Versions of libraries that no template has any more; need not exist. */
  public Path replacedBuilds() {
    return root.resolve("cache").resolve("replaced-builds");
  }

  /** Runs that showed the template to be complete. */
  public Path templateTraces(String name, String version) {
    return template(name, version).resolve("traces.json");
  }

  // Environments

  public Path environments() {
    return root.resolve("environments");
  }

  public Path environment(Digest id) {
    return environments().resolve(id.hex());
  }

  /** Mounted read-only at {@code /usr}. */
  public Path environmentUsr(Digest id) {
    return usr(environment(id));
  }

  /** The lower directory of the container's {@code /}. */
  public Path environmentRoot(Digest id) {
    return root(environment(id));
  }

  static Path usr(Path environment) {
    return environment.resolve("usr");
  }

  static Path root(Path environment) {
    return environment.resolve("root");
  }

  static Path manifest(Path environment) {
    return environment.resolve("manifest");
  }

  /** An environment that is being made or removed; deleted when the store is opened. */
  Path environmentTemporary(String name) {
    return environments().resolve(TEMPORARY + name);
  }

  static boolean isTemporary(Path environment) {
    return String.valueOf(environment.getFileName()).startsWith(TEMPORARY);
  }

  /** Lower directories with what the host provides, by digest of their content. */
  public Path bases() {
    return root.resolve("bases");
  }

  public Path base(Digest id) {
    return bases().resolve(id.hex());
  }

  // Containers

  public Path containers() {
    return root.resolve("containers");
  }

  public Path container(String id) {
    return containers().resolve(component(id));
  }

  public Path containerRecord(String id) {
    return container(id).resolve("container.json");
  }

  /** The writable layer of a container's {@code /}. */
  public Path containerUpper(String id) {
    return container(id).resolve("upper");
  }

  /** Overlayfs' own directory beside the upper. */
  public Path containerWork(String id) {
    return container(id).resolve("work");
  }

  /** The copy made by {@code --project-mode copy}. */
  public Path containerProject(String id) {
    return container(id).resolve("project");
  }

  /** The output of a detached container. */
  public Path containerLog(String id) {
    return container(id).resolve("log");
  }

  /** Container directories made ahead, to be renamed to {@link #container}. */
  public Path spares() {
    return root.resolve("spares");
  }

  public Path spare(String name) {
    return spares().resolve(component(name));
  }

  /** Directories that are being deleted; emptied at start. */
  public Path trash() {
    return root.resolve("trash");
  }

  // Templates being built

  /** Where builders work; emptied at start. */
  public Path buildings() {
    return root.resolve("building");
  }

  public Path building(String name) {
    return buildings().resolve(component(name));
  }

  // Caches

  /** The private apt directory. */
  public Path aptCache() {
    return root.resolve("cache").resolve("apt");
  }

  // Runtime

  /** Where clients connect. */
  public Path socket() {
    return runtime.resolve("reg.sock");
  }

  public Path launcherSocket() {
    return runtime.resolve("launcher.sock");
  }

  public Path enginePid() {
    return runtime.resolve("engine.pid");
  }

  public Path engineLog() {
    return runtime.resolve("engine.log");
  }

  /** Exit codes that containers' inits wrote. */
  public Path exits() {
    return runtime.resolve("exits");
  }

  public Path exit(String containerId) {
    return exits().resolve(component(containerId));
  }

  /** Records of containers that do not outlive the kernel: those with {@code --rm}. */
  public Path runtimeRecords() {
    return runtime.resolve("containers");
  }

  public Path runtimeRecord(String containerId) {
    return runtimeRecords().resolve(component(containerId) + ".json");
  }

  /**
   * A single, visible file name; anything else here is a caller's bug, never an outsider's luck.
   */
  private static String component(String name) {
    if (name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0 || name.indexOf(0) >= 0) {
      throw new IllegalArgumentException("not a file name: " + Text.quote(name));
    }
    return name;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Layout layout
        && root.equals(layout.root)
        && runtime.equals(layout.runtime);
  }

  @Override
  public int hashCode() {
    return Objects.hash(root, runtime);
  }

  @Override
  public String toString() {
    return root + " (runtime " + runtime + ")";
  }
}
