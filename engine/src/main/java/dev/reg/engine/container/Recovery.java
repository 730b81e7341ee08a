package dev.reg.engine.container;

import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.limit.Group;
import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds again what an earlier engine left. Three may know of a container: its record, the launcher,
 * and the kernel; whoever is nearer to the processes is right.
 */
final class Recovery {
  private static final Logger LOG = System.getLogger(Recovery.class.getName());

  private final Host host;
  private final Launcher launcher;
  private final Containers containers;
  private final RecordStore records;
  private final Starter starter;
  private final Runs runs;
  private final SpacePool spaces;
  private final Execs execs;
  private final Copies copies;

  Recovery(
      Host host,
      Launcher launcher,
      Containers containers,
      RecordStore records,
      Starter starter,
      Runs runs,
      SpacePool spaces,
      Execs execs,
      Copies copies) {
    this.host = host;
    this.launcher = launcher;
    this.containers = containers;
    this.records = records;
    this.starter = starter;
    this.runs = runs;
    this.spaces = spaces;
    this.execs = execs;
    this.copies = copies;
  }

  void recover() throws IOException, RegException {
    spaces.clear();
    host.groups().locate(host.processes().groups(launcher.identity().pid()));
    Map<String, Launcher.Item> items = new HashMap<>();
    List<Launcher.Item> joined = new ArrayList<>();
    for (Launcher.Item item : launcher.list()) {
      starter.skipSlots(item.slot());
      if (item.joined()) {
        joined.add(item);
      } else {
        items.put(item.containerId(), item);
      }
    }
    Map<String, Integer> orphans = host.processes().containers();
    orphans.keySet().removeAll(items.keySet());
    for (ContainerRecord recorded : records.load()) {
      String id = recorded.spec().id();
      recover(recorded, items.remove(id), orphans.remove(id));
    }
    for (Launcher.Item item : joined) {
      execs.recover(item);
    }
    List<Launcher.Item> strangers = new ArrayList<>();
    for (Launcher.Item item : items.values()) {
      if (!copies.recover(item)) {
        strangers.add(item);
      }
    }
    Map<String, Integer> unknown = new HashMap<>();
    for (Map.Entry<String, Integer> orphan : orphans.entrySet()) {
      if (!copies.recover(orphan.getKey(), orphan.getValue())) {
        unknown.put(orphan.getKey(), orphan.getValue());
      }
    }
    runs.replay();
    for (Launcher.Item stranger : strangers) {
      end(stranger);
    }
    for (Map.Entry<String, Integer> stranger : unknown.entrySet()) {
      end(stranger.getKey(), stranger.getValue());
    }
    deleteExits();
    sweepGroups();
    if (containers.list().stream().noneMatch(Container::isBusy)) {
      host.base().clear();
    }
  }

  /**
   * @param item what the launcher says of it
   * @param orphan its process that no launcher knows
   */
  private void recover(
      ContainerRecord recorded, Launcher.@Nullable Item item, @Nullable Integer orphan)
      throws IOException {
    Spec spec = recorded.spec();
    Container container = new Container(recorded, host.bootId());
    try {
      containers.claimName(spec.owner().uid(), spec.name(), spec.id());
    } catch (RegException e) {
      LOG.log(Logger.Level.ERROR, "two containers have one name: " + e.line());
    }
    containers.restore(container);
    Status.RunRecord run = recorded.status().run();
    String token = recorded.status().token() == null ? "" : recorded.status().token();
    if (item != null) {
      fromLauncher(container, token, run, item);
    } else if (orphan != null || run != null || recorded.status().state().isLive()) {
      fromKernel(container, token, run, orphan);
    }
  }

  private void fromLauncher(
      Container container, String token, Status.@Nullable RunRecord recorded, Launcher.Item item) {
    if (item.state() == Launcher.State.FAILED) {
      runs.neverBegan(container, item.slot());
      return;
    }
    Run run = new Run(item.slot(), token, null);
    run.pid = item.pid();
    findGroup(run, recorded);
    run.placed.complete(null);
    if (item.state() == Launcher.State.STARTING) {
      try {
        runs.begin(container, run);
      } catch (RegException e) {
        LOG.log(Logger.Level.ERROR, e.line());
      }
      return;
    }
    run.started.complete(item.pid());
    runs.adopt(container, run);
    switch (item.state()) {
      case RUNNING, STARTING -> runs.changed(container);
      case EXITED -> runs.resumeExited(item.slot(), item.exitCode());
      case GONE, FAILED -> runs.resumeGone(item.slot(), item.exitCode());
    }
  }

  /**
   * The launcher does not know it: it died too, or the machine did. A record that is a moment old
   * may not say which process it was; /proc does, while the process runs.
   */
  private void fromKernel(
      Container container,
      String token,
      Status.@Nullable RunRecord recorded,
      @Nullable Integer orphan)
      throws IOException {
    Run run = new Run(starter.nextSlot(), token, null);
    run.placed.complete(null);
    boolean sameBoot = recorded != null && recorded.bootId().equals(host.bootId());
    if (orphan != null) {
      run.pid = orphan;
    } else if (recorded != null && sameBoot && recorded.startTime() != 0) {
      // Without its start time a pid may be anybody's by now.
      run.pid = recorded.pid();
      run.startTime = recorded.startTime();
    }
    Optional<Fd> process = run.pid == 0 ? Optional.empty() : runs.life(container, run).process();
    process.ifPresent(run::watch);
    findGroup(run, sameBoot ? recorded : null);
    if (process.isEmpty() || host.processes().hasEnded(process.get())) {
      runs.endUnwatched(container, run, sameBoot);
      return;
    }
    run.started.complete(run.pid);
    runs.adopt(container, run);
    launcher.adopt(run.slot, container.id(), run.pid, process.get(), false);
    runs.changed(container);
  }

  /** As below, when its launcher died too. Only those that this engine's root knows of are ours. */
  private void end(String id, int pid) throws IOException {
    if (Files.exists(host.layout().exit(id))) {
      LOG.log(Logger.Level.WARNING, "ending process " + pid + ", a container without a record");
      runs.kill(pid);
    }
  }

  /** What runs without a record: its start was under way when the engine died. */
  private void end(Launcher.Item stranger) throws IOException {
    switch (stranger.state()) {
      case STARTING, RUNNING -> runs.killStranger(stranger.slot());
      case EXITED -> LOG.log(Logger.Level.DEBUG, "slot " + stranger.slot() + " is ending");
      case GONE, FAILED -> launcher.forget(stranger.slot());
    }
  }

  private void findGroup(Run run, Status.@Nullable RunRecord recorded) {
    String name = recorded == null ? null : recorded.group();
    run.group = host.groups().find(name, host.processes().groups(run.pid)).orElse(null);
  }

  /** Groups whose containers have ended, or never were. */
  private void sweepGroups() throws IOException {
    Set<String> inUse = new HashSet<>();
    for (Container container : containers.list()) {
      for (Run run : container.runs()) {
        Group group = run.group;
        if (group != null) {
          inUse.addAll(group.names());
        }
      }
    }
    host.groups().sweep(inUse);
  }

  private void deleteExits() throws IOException {
    try (Stream<Path> files = Files.list(host.layout().exits())) {
      List<Path> unknown =
          files.filter(f -> containers.byId(f.getFileName().toString()).isEmpty()).toList();
      for (Path file : unknown) {
        Files.deleteIfExists(file); // the cleaner may be faster
      }
    }
  }
}
