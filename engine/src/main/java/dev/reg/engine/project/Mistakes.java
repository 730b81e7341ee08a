package dev.reg.engine.project;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Everything that is wrong with a file of a project, told at once. */
public final class Mistakes extends Exception {
  private static final long serialVersionUID = 1L;

  private static final int SHOWN = 20;

  private final ArrayList<String> lines = new ArrayList<>();

  private Mistakes(String first) {
    super(first);
  }

  /** {@code reg.yaml:3: what is wrong}, in the order of lines; never empty. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  static Mistakes one(String origin, int line, String text) {
    Collector all = new Collector();
    all.add(line, text);
    return all.exception(origin);
  }

  private record Mistake(int line, String text) {}

  /** Gathers them while a file is read. */
  static final class Collector {
    private final List<Mistake> all = new ArrayList<>();
    private int count;

    /**
     * Adds one.
     *
     * @param line counts from 1; 0 for what concerns the whole file
     */
    void add(int line, String text) {
      count++;
      // A hostile file can have thousands; the first are enough to act upon.
      if (all.size() < 10 * SHOWN) {
        all.add(new Mistake(line, text));
      }
    }

    void throwIfAny(String origin) throws Mistakes {
      if (!all.isEmpty()) {
        throw exception(origin);
      }
    }

    private Mistakes exception(String origin) {
      all.sort(Comparator.comparingInt(Mistake::line));
      Mistakes mistakes = new Mistakes(line(origin, all.getFirst()));
      all.stream().limit(SHOWN).forEach(each -> mistakes.lines.add(line(origin, each)));
      if (count > SHOWN) {
        mistakes.lines.add(origin + ": and " + (count - SHOWN) + " more mistakes");
      }
      return mistakes;
    }

    private static String line(String origin, Mistake mistake) {
      return origin + (mistake.line > 0 ? ":" + mistake.line : "") + ": " + mistake.text;
    }
  }
}
