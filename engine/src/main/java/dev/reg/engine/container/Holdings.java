package dev.reg.engine.container;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many containers each user who is not root has, and how much the engine remembers of them, so
 * that no user uses up the machine's processes and descriptors or the engine's memory.
 */
final class Holdings {
  /** Characters of command lines, variables and mounts of one user's containers. */
  private static final long TEXT = 4_000_000;

  private final int containers;
  private final Map<Integer, Holding> byUser = new HashMap<>();

  private record Holding(int containers, long text) {}

  /**
   * A bound for each user.
   *
   * @param containers of one user, in whatever state
   */
  Holdings(int containers) {
    this.containers = containers;
  }

  /** How many containers one user may have. */
  int bound() {
    return containers;
  }

  /**
   * Counts a container.
   *
   * @throws RegException EXHAUSTED when its owner has all that one user gets
   */
  synchronized void add(Spec spec) throws RegException {
    if (!spec.isConfined()) {
      return;
    }
    Holding held = of(spec);
    if (held.containers() >= containers) {
      throw new RegException(
          ErrorKind.EXHAUSTED,
          "you have "
              + held.containers()
              + " containers, and one user gets no more than "
              + containers
              + " (`containers-per-user` in engine.yaml); remove some");
    }
    if (held.text() + text(spec) > TEXT) {
      throw new RegException(
          ErrorKind.EXHAUSTED,
          "the command lines and variables of your containers come to more than "
              + TEXT / 1_000_000
              + " million characters, which is all that one user gets; remove some containers");
    }
    restore(spec);
  }

  /** Counts one that was made before the bound was asked. */
  synchronized void restore(Spec spec) {
    if (spec.isConfined()) {
      Holding held = of(spec);
      byUser.put(spec.owner().uid(), new Holding(held.containers() + 1, held.text() + text(spec)));
    }
  }

  synchronized void remove(Spec spec) {
    if (spec.isConfined()) {
      Holding held = of(spec);
      Holding left = new Holding(held.containers() - 1, held.text() - text(spec));
      if (left.containers() > 0) {
        byUser.put(spec.owner().uid(), left);
      } else {
        byUser.remove(spec.owner().uid());
      }
    }
  }

  private Holding of(Spec spec) {
    return byUser.getOrDefault(spec.owner().uid(), new Holding(0, 0));
  }

  private static long text(Spec spec) {
    long text = length(spec.command()) + length(spec.variables()) + length(spec.tmpfs());
    for (Spec.Volume volume : spec.volumes()) {
      text += length(List.of(volume.source(), volume.target()));
    }
    return text + length(List.of(spec.workdir()));
  }

  private static long length(List<String> texts) {
    long length = 0;
    for (String text : texts) {
      length += text.length();
    }
    return length;
  }
}
