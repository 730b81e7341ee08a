package dev.reg.engine.limit;

import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A tree of files that behaves as control groups do when directories are made and removed. */
final class FakeKernel implements GroupFiles {
  private static final Map<Controller, List<String>> FIRST =
      Map.of(
          Controller.MEMORY,
          List.of("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control"),
          Controller.CPU,
          List.of("cpu.cfs_period_us", "cpu.cfs_quota_us"),
          Controller.CPUSET,
          List.of("cpuset.cpus", "cpuset.mems"),
          Controller.PIDS,
          List.of("pids.max"));

  private static final List<String> SECOND =
      List.of(
          "cgroup.controllers",
          "cgroup.subtree_control",
          "memory.max",
          "memory.swap.max",
          "memory.events",
          "cpu.max",
          "cpuset.cpus",
          "cpuset.cpus.effective",
          "pids.max");

  final Path top;
  final List<Path> removed = new ArrayList<>();

  /** The error that making a group ends in; 0 for none. */
  int failing;

  /** Files that this kernel does not have. */
  final List<String> lacking = new ArrayList<>();

  FakeKernel(Path top) {
    this.top = top;
  }

  /** Each controller mounted by itself, with a machine of two processors. */
  List<String> firstVersion() throws IOException {
    List<String> mounts = new ArrayList<>();
    for (Controller controller : Controller.values()) {
      Path mount = top.resolve(controller.kernelName());
      Files.createDirectories(mount);
      fill(mount);
      mounts.add(
          "30 29 0:1 / " + mount + " rw,relatime - cgroup cgroup rw," + controller.kernelName());
    }
    Files.writeString(top.resolve("cpuset/cpuset.cpus"), "0-1\n");
    Files.writeString(top.resolve("cpuset/cpuset.mems"), "0\n");
    return mounts;
  }

  /** One hierarchy, where the launcher is in a service's group. */
  List<String> secondVersion(String controllers) throws IOException {
    Path mount = top.resolve("unified");
    Files.createDirectories(mount.resolve("reg.service"));
    fill(mount);
    fill(mount.resolve("reg.service"));
    Files.writeString(mount.resolve("cgroup.controllers"), controllers + "\n");
    make(mount.resolve("reg.service/reg-1"));
    return List.of("30 29 0:1 / " + mount + " rw shared:4 - cgroup2 cgroup2 rw,nsdelegate");
  }

  private void fill(Path group) throws IOException {
    List<String> files = new ArrayList<>(SECOND);
    if (!group.startsWith(top.resolve("unified"))) {
      Controller controller =
          Controller.valueOf(
              top.relativize(group).getName(0).toString().toUpperCase(java.util.Locale.ROOT));
      files = new ArrayList<>(FIRST.get(controller));
      files.add("tasks");
    }
    files.removeAll(lacking);
    for (String file : files) {
      Files.writeString(group.resolve(file), file.equals("cpuset.cpus.effective") ? "0-1\n" : "");
    }
  }

  @Override
  public boolean make(Path group) throws SyscallException {
    if (failing != 0) {
      throw new SyscallException("mkdirat", group.toString(), failing);
    }
    try {
      if (Files.exists(group)) {
        return false;
      }
      Files.createDirectory(group);
      fill(group);
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As the kernel: files are no obstacle, groups are. */
  @Override
  public boolean remove(Path group) throws SyscallException {
    try {
      if (!Files.exists(group)) {
        return true;
      }
      try (Stream<Path> within = Files.list(group)) {
        if (within.anyMatch(Files::isDirectory)) {
          return false;
        }
      }
      try (Stream<Path> within = Files.list(group)) {
        for (Path file : within.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(group);
      removed.add(group);
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All groups below the hierarchies, by their paths from the top. */
  List<String> groups() throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      return all.filter(Files::isDirectory)
          .map(path -> top.relativize(path).toString())
          .filter(path -> path.contains("/c-"))
          .sorted()
          .toList();
    }
  }
}
