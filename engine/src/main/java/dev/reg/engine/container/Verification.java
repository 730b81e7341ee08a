package dev.reg.engine.container;

import dev.reg.engine.lifecycle.State;
import dev.reg.error.RegException;
import dev.reg.linux.Mapping;
import dev.reg.linux.Processes;
import dev.reg.store.EnvironmentStore;
import dev.reg.store.Inode;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Checks the condition of a container's state: the paper's section 3.1, made decidable.
 *
 * @param state what the container was in when it was looked at
 * @param condition what has to hold, as a sentence
 * @param violations one sentence each; empty when it holds
 */
public record Verification(State state, String condition, List<String> violations) {
  /** Looks at the environment's files, at /proc and at the container's directory. */
  public static Verification of(Container container, Layout layout, EnvironmentStore environments)
      throws IOException, RegException {
    State state = container.state();
    return switch (state) {
      case GENERATING -> new Verification(state, "the environment is being generated", List.of());
      case GENERATED ->
          new Verification(
              state,
              "every file of the closure is present in the tree and whole",
              generated(container, environments));
      case RUNNING, INSERTING ->
          new Verification(
              state,
              "every file of the closure is present in the tree and whole, and every runtime file"
                  + " that a process has mapped is the repository's own inode",
              running(container, environments));
      case STOPPED ->
          new Verification(
              state,
              "its processes and mounts are gone, and what the run wrote is kept",
              stopped(container, layout));
      case REMOVED -> new Verification(state, "its space is gone", removed(container, layout));
    };
  }

  private static List<String> generated(Container container, EnvironmentStore environments)
      throws IOException, RegException {
    return environments.problems(container.spec().environment());
  }

  /**
   * Whatever a process has mapped that the kernel names below /usr has to be one of the
   * environment's inodes; other mappings are of the container's own files, and of none.
   */
  private static List<String> running(Container container, EnvironmentStore environments)
      throws IOException, RegException {
    List<String> violations = new ArrayList<>();
    Optional<Run> run = container.run();
    if (run.isEmpty() || run.get().pid == 0) {
      return List.of("it is Running, but has no process");
    }
    violations.addAll(generated(container, environments));
    if (!violations.isEmpty()) {
      // Whose inodes a damaged environment has nobody can say.
      return violations;
    }
    Set<Inode> own = environments.inodes(container.spec().environment());
    List<Integer> processes = Processes.inPidNamespaceOf(run.get().pid);
    if (processes.isEmpty()) {
      violations.add("it is Running, but process " + run.get().pid + " is gone");
    }
    Set<Mapping> checked = new HashSet<>();
    for (int pid : processes) {
      for (Mapping mapping : Processes.mappings(pid)) {
        boolean runtime = mapping.path().startsWith("/usr/");
        if (runtime
            && checked.add(mapping)
            && !own.contains(new Inode(mapping.device(), mapping.inode()))) {
          violations.add(
              "process "
                  + pid
                  + " has mapped "
                  + mapping.path()
                  + " (inode "
                  + mapping.inode()
                  + "), which is not the repository's");
        }
      }
    }
    return violations;
  }

  private static List<String> stopped(Container container, Layout layout) throws IOException {
    List<String> violations = new ArrayList<>();
    if (container.run().isPresent()) {
      violations.add("it still has processes");
    }
    if (container.copy().isPresent()) {
      violations.add("files are being copied into or out of it");
    }
    Path upper = layout.containerUpper(container.id());
    if (!Files.isDirectory(upper)) {
      violations.add("what the run wrote is not at " + upper);
    }
    String directory = layout.container(container.id()) + "/";
    for (String line :
        Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
      if (line.contains(" " + directory) || line.contains("=" + directory)) {
        violations.add("a mount of it is left: " + line);
      }
    }
    return violations;
  }

  private static List<String> removed(Container container, Layout layout) {
    Path directory = layout.container(container.id());
    return Files.exists(directory) ? List.of(directory + " is still there") : List.of();
  }
}
