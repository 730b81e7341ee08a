package dev.reg.engine.container;

import dev.reg.engine.access.Access;
import dev.reg.engine.limit.Limits;
import dev.reg.store.Digest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a container is: decided when it is generated, and never changed but for the name, and for
 * the environment when its templates have changed between two runs.
 *
 * @param id 64 lower-case hexadecimal digits
 * @param templates as the caller wished for them, {@code python@3}
 * @param resolved all templates of the closure, {@code python@3.11.2}
 * @param environment the closure's id
 * @param command the program and its arguments; never empty
 * @param variables {@code NAME=value}, the templates' and then the caller's
 * @param project null without one
 * @param tmpfs places of fresh, empty filesystems
 * @param remove whether it is removed when its program has ended
 * @param terminal the caller's TERM, when there was a terminal
 * @param stopSignal what {@code stop} sends first
 * @param limits on what its processes may use
 * @param lock the file that may pin its environment, absolute; empty when none may; null when that
 *     was not recorded, as it was not at first
 */
public record Spec(
    String id,
    String name,
    Owner owner,
    Instant created,
    List<String> templates,
    List<String> resolved,
    Digest environment,
    List<String> command,
    List<String> variables,
    String workdir,
    User user,
    String hostname,
    @Nullable Project project,
    List<Volume> volumes,
    List<String> tmpfs,
    boolean readOnly,
    boolean init,
    boolean remove,
    @Nullable String terminal,
    int stopSignal,
    Limits limits,
    @Nullable String lock) {
  public Spec {
    templates = List.copyOf(templates);
    resolved = List.copyOf(resolved);
    command = List.copyOf(command);
    variables = List.copyOf(variables);
    volumes = List.copyOf(volumes);
    tmpfs = List.copyOf(tmpfs);
  }

  /** The same container by another name. */
  Spec named(String newName) {
    return new Spec(
        id,
        newName,
        owner,
        created,
        templates,
        resolved,
        environment,
        command,
        variables,
        workdir,
        user,
        hostname,
        project,
        volumes,
        tmpfs,
        readOnly,
        init,
        remove,
        terminal,
        stopSignal,
        limits,
        lock);
  }

  /** The same container on another environment. */
  Spec on(Digest other) {
    return new Spec(
        id,
        name,
        owner,
        created,
        templates,
        resolved,
        other,
        command,
        variables,
        workdir,
        user,
        hostname,
        project,
        volumes,
        tmpfs,
        readOnly,
        init,
        remove,
        terminal,
        stopSignal,
        limits,
        lock);
  }

  /** Who generated it: the peer of the connection. */
  public record Owner(int uid, int gid) {}

  /**
   * Whom the program runs as.
   *
   * @param groups supplementary ones
   */
  public record User(int uid, int gid, String home, List<Integer> groups) {
    public User {
      groups = List.copyOf(groups);
    }

    /** With no supplementary group. */
    public User(int uid, int gid, String home) {
      this(uid, gid, home, List.of());
    }
  }

  /** Whether its programs have no more than their user's own rights: its owner is not root. */
  public boolean isConfined() {
    return Access.isConfined(owner.uid());
  }

  /**
   * The caller's directory, at {@link #PLACE}.
   *
   * @param path on the host, absolute; the source of the copy in mode COPY
   */
  public record Project(ProjectMode mode, String path) {
    public static final String PLACE = "/app";
  }

  /** How the project reaches the container. */
  public enum ProjectMode {
    RW,
    RO,
    /** A copy of the container's own. */
    COPY
  }

  /**
   * A file or directory of the host.
   *
   * @param source absolute path on the host
   * @param target absolute, normalised path in the container
   */
  public record Volume(String source, String target, boolean readOnly) {}

  /** The first twelve digits of the id, as lists show it. */
  public String shortId() {
    return id.substring(0, 12);
  }
}
