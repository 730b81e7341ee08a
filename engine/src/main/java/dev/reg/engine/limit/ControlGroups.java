package dev.reg.engine.limit;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The control groups that hold containers to their limits: beside the engine's and the launcher's
 * own, in {@code reg-NAME/c-…}, and only in hierarchies that a limit needs. Knows the control
 * groups' filesystem (the kernel's Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst); safe for
 * use by several threads.
 */
public final class ControlGroups implements AutoCloseable {
  private static final Logger LOG = System.getLogger(ControlGroups.class.getName());

  private static final String PREFIX = "c-";

  /** Of groups that only this engine's own processes are in. */
  private static final String OWN = "b-";

  private final Hierarchies hierarchies;
  private final GroupFiles files;
  private final Path swaps;
  private final SecureRandom random = new SecureRandom();
  private final GroupPool pool;

  /** Keeps none ready. */
  private final GroupPool own;

  private final HeldGroups held = new HeldGroups();

  private final Place place;

  ControlGroups(Hierarchies hierarchies, GroupFiles files, Path swaps, int spares) {
    this.hierarchies = hierarchies;
    this.files = files;
    this.swaps = swaps;
    this.place = new Place(hierarchies, files);
    this.pool = new GroupPool(hierarchy -> fresh(hierarchy, PREFIX), this::removeNow, spares);
    this.own = new GroupPool(hierarchy -> fresh(hierarchy, OWN), this::removeNow, 0);
  }

  /** This machine's. */
  public static ControlGroups host(int spares) throws IOException {
    return new ControlGroups(
        Hierarchies.of(Files.readAllLines(Path.of("/proc/self/mountinfo"))),
        GroupFiles.KERNEL,
        Path.of("/proc/swaps"),
        spares);
  }

  /** A machine without any. */
  public static ControlGroups none() {
    return new ControlGroups(
        Hierarchies.of(List.of()), GroupFiles.KERNEL, Path.of("/proc/swaps"), 0);
  }

  /**
   * Finds the place for groups: beside the launcher's; again when there is another launcher.
   *
   * @param launcher lines of the launcher's /proc/PID/cgroup
   */
  public void locate(List<String> launcher) {
    if (place.locate(launcher)) {
      pool.drain();
    }
  }

  /**
   * FAILED_PRECONDITION, in a line that says what is missing and what to do, when the machine
   * cannot enforce a limit. What is needed for it is made ready, once.
   */
  public void check(Limits limits) throws RegException {
    if (!limits.needGroups()) {
      return;
    }
    for (Controller controller : Controller.neededBy(limits)) {
      place.prepare(controller);
    }
    Refusals.checkProcessors(limits, Runtime.getRuntime().availableProcessors());
    if (limits.cpuset() != null) {
      Refusals.checkCpuset(limits.cpuset(), processors());
    }
    if (limits.memory() != 0
        && limits.memorySwap() != Limits.UNLIMITED
        && !countsSwap()
        && (limits.memorySwap() != 0 || hasSwap())) {
      throw Refusals.noSwapAccounting(limits);
    }
  }

  private boolean countsSwap() {
    Path first = hierarchies.first().get(Controller.MEMORY);
    return first != null
        ? Files.exists(first.resolve("memory.memsw.limit_in_bytes"))
        : Files.exists(Objects.requireNonNull(place.secondBase()).resolve("memory.swap.max"));
  }

  private boolean hasSwap() {
    try {
      return GroupFiles.read(swaps).lines().count() > 1;
    } catch (IOException e) {
      return false; // a kernel without swap has no such file
    }
  }

  private String processors() throws RegException {
    Path first = hierarchies.first().get(Controller.CPUSET);
    Path file =
        first != null
            ? first.resolve("cpuset.cpus")
            : Objects.requireNonNull(place.secondBase()).resolve("cpuset.cpus.effective");
    try {
      return GroupFiles.read(file);
    } catch (IOException e) {
      throw Refusals.unusable(Controller.CPUSET, "reading " + file, e);
    }
  }

  /** A group of the engine's own beside the containers', removed with the last of them. */
  Path make(Controller controller, String name) throws RegException, IOException {
    Path group = place.baseOf(controller).resolve(name);
    files.make(group);
    return group;
  }

  /** Groups with these limits, for a container that is about to start. */
  public Group take(Limits limits) throws RegException {
    return limited(limits, pool::take);
  }

  /**
   * Groups with these limits for processes that end with this engine: none are made ahead, and what
   * a crash left of them the next engine removes. UNAVAILABLE when this one is stopping.
   */
  public Group hold(Limits limits) throws RegException {
    held.checkOpen();
    Group group = limited(limits, own::take);
    try {
      held.add(group);
      return group;
    } catch (RegException e) {
      remove(group);
      throw e;
    }
  }

  /** Has a leaf in each of these hierarchies. */
  private interface Leaves {
    Map<Path, Leaf> in(Set<Path> hierarchies) throws IOException;
  }

  private Group limited(Limits limits, Leaves source) throws RegException {
    check(limits);
    Map<Controller, Path> needed = new EnumMap<>(Controller.class);
    for (Controller controller : Controller.neededBy(limits)) {
      needed.put(controller, hierarchyOf(controller));
    }
    Group group = null;
    boolean done = false;
    try {
      Map<Path, Leaf> leaves = source.in(new LinkedHashSet<>(needed.values()));
      group = new Group(List.copyOf(leaves.values()));
      for (Map.Entry<Controller, Path> entry : needed.entrySet()) {
        limit(Objects.requireNonNull(leaves.get(entry.getValue())), entry.getKey(), limits);
      }
      done = true;
      return group;
    } catch (IOException e) {
      throw new RegException(
          Refusals.isExhausted(e) ? ErrorKind.EXHAUSTED : ErrorKind.FAILED_PRECONDITION,
          "cannot make a control group with limits: " + e.getMessage(),
          e);
    } finally {
      if (!done && group != null) {
        remove(group);
      }
    }
  }

  /** Where the hierarchy that has this controller is mounted. */
  private Path hierarchyOf(Controller controller) {
    Path first = hierarchies.first().get(controller);
    return first != null ? first : Objects.requireNonNull(hierarchies.second());
  }

  /** A new group without limits and without a process. */
  private Leaf fresh(Path hierarchy, String prefix) throws IOException {
    String name = prefix + HexFormat.of().toHexDigits(random.nextLong()).substring(0, 12);
    boolean second = hierarchy.equals(hierarchies.second());
    Path directory =
        second
            ? Objects.requireNonNull(place.secondBase()).resolve(name)
            : place.groupIn(hierarchy, name);
    Leaf leaf = new Leaf(directory, second);
    boolean done = false;
    try {
      files.make(directory);
      leaf.open();
      done = true;
      return leaf;
    } finally {
      if (!done) {
        removeNow(leaf);
      }
    }
  }

  private static void limit(Leaf leaf, Controller controller, Limits limits) throws IOException {
    List<LimitFile> wanted =
        leaf.isSecond()
            ? LimitFile.second(controller, limits)
            : LimitFile.first(controller, limits, nodes(controller, leaf.directory()));
    for (LimitFile file : wanted) {
      write(leaf.directory().resolve(file.name()), file);
    }
  }

  private static String nodes(Controller controller, Path directory) throws IOException {
    return controller == Controller.CPUSET
        ? GroupFiles.read(directory.resolveSibling("cpuset.mems"))
        : "";
  }

  private static void write(Path path, LimitFile file) throws IOException {
    try {
      GroupFiles.write(path, file.value());
    } catch (SyscallException e) {
      if (!file.optional() || e.errno() != Errno.ENOENT) {
        throw new SyscallException("writing " + file.value() + " to", path.toString(), e.errno());
      }
    }
  }

  /**
   * Groups of a run that an earlier engine began.
   *
   * @param name {@link Group#name} as it was recorded; null when it was not
   * @param process lines of /proc/PID/cgroup of its process; none when that has ended
   */
  public Optional<Group> find(@Nullable String name, List<String> process) {
    Set<String> names = new LinkedHashSet<>();
    if (name != null) {
      Group.namesIn(name).stream().filter(ControlGroups::isOurs).forEach(names::add);
    }
    Path mount = hierarchies.second();
    Path second = null;
    for (String line : process) {
      String[] parts = line.split(":", 3);
      Path path = parts.length == 3 ? Path.of(parts[2]) : Path.of("/");
      Path last = path.getFileName();
      if (last != null && isOurs(last.toString())) {
        names.add(last.toString());
        if (parts[0].equals("0") && mount != null && path.startsWith(hierarchies.secondRoot())) {
          second = mount.resolve(hierarchies.secondRoot().relativize(path));
        }
      }
    }
    List<Leaf> leaves = new ArrayList<>();
    for (Path base : place.bases()) {
      for (String known : names) {
        Path directory = base.resolve(known);
        if (!base.equals(place.secondBase())) {
          if (Files.isDirectory(directory)) {
            leaves.add(new Leaf(directory, false));
          }
        } else if (second == null && Files.isDirectory(directory)) {
          second = directory;
        }
      }
    }
    if (second != null) {
      leaves.add(new Leaf(second, true));
    }
    return leaves.isEmpty() ? Optional.empty() : Optional.of(new Group(leaves));
  }

  private static boolean isOurs(String name) {
    return name.startsWith(PREFIX) && name.indexOf('/') < 0;
  }

  /** Removes groups whose processes are gone. Waits a moment for those that are just going. */
  public void remove(Group group) {
    held.remove(group);
    group.leaves().forEach(this::removeNow);
  }

  private void removeNow(Leaf leaf) {
    leaf.close();
    if (!removed(leaf.directory())) {
      LOG.log(Logger.Level.WARNING, "control group " + leaf + " stays: it is in use");
    }
  }

  private boolean removed(Path directory) {
    try {
      for (int tries = 0; tries < 50; tries++) {
        if (files.remove(directory)) {
          return true;
        }
        Thread.sleep(10);
      }
    } catch (SyscallException e) {
      LOG.log(Logger.Level.WARNING, "cannot remove control group " + directory, e);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  /**
   * Removes what an earlier engine left.
   *
   * @param keep names of groups that containers are in
   */
  public void sweep(Set<String> keep) throws IOException {
    for (Path group : place.bases()) {
      for (String name : GroupFiles.within(group)) {
        if (name.startsWith(OWN) || (name.startsWith(PREFIX) && !keep.contains(name))) {
          removed(group.resolve(name));
        }
      }
    }
  }

  /**
   * What there is, for people.
   *
   * @param controllers by their kernel names: {@code 1} or {@code 2}, the version they are in
   * @param spares groups that were made ahead and that nobody has had, in all hierarchies
   * @param sparesMost never more than these
   */
  public record Report(Map<String, Integer> controllers, int spares, int sparesMost) {
    public Report {
      controllers = Collections.unmodifiableMap(new LinkedHashMap<>(controllers));
    }
  }

  /** What this machine can limit, and what is kept ready. */
  public Report report() {
    Map<String, Integer> controllers = new LinkedHashMap<>();
    Set<Path> usable = new HashSet<>();
    for (Controller controller : Controller.values()) {
      boolean first = hierarchies.first().containsKey(controller);
      if (first || place.isInSecond(controller)) {
        controllers.put(controller.kernelName(), first ? 1 : 2);
        usable.add(hierarchyOf(controller));
      }
    }
    return new Report(controllers, pool.ready(), pool.size() * usable.size());
  }

  /**
   * Removes what no container is in, and ends the processes of {@link #hold}. Groups of running
   * containers stay, for the next engine.
   */
  @Override
  public void close() {
    pool.close();
    held.close(this::remove);
    for (Path group : place.bases()) {
      try {
        if (GroupFiles.within(group).stream().anyMatch(name -> name.startsWith(PREFIX))) {
          continue;
        }
        files.remove(group.resolve(RepositoryGroup.NAME));
        if (group.equals(place.secondBase())) {
          place.disable();
        }
        files.remove(group); // the launcher, or the engine, may still be in it, and removes it then
      } catch (SyscallException e) {
        LOG.log(Logger.Level.DEBUG, "control group " + group + " stays", e);
      }
    }
  }
}
