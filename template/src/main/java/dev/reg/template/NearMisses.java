package dev.reg.template;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Known names that somebody may have meant. */
public final class NearMisses {
  private static final int MAX_DISTANCE = 2;
  private static final int MAX_SHOWN = 5;
  private static final int LONGEST = 128;

  private NearMisses() {}

  private record Candidate(String name, int distance) {}

  /**
   * Names at most two edits away (a swap of neighbours counts as one), then those that one begins
   * with the other; at most five, the nearest first.
   */
  public static List<String> of(String name, Collection<String> known) {
    if (name.isEmpty() || name.length() > LONGEST) {
      return List.of();
    }
    return known.stream()
        .distinct()
        .filter(other -> !other.equals(name) && other.length() <= LONGEST)
        .map(other -> new Candidate(other, distance(name, other)))
        .filter(candidate -> candidate.distance <= limit(name) || isPrefix(name, candidate.name))
        .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
        .limit(MAX_SHOWN)
        .map(Candidate::name)
        .toList();
  }

  /** Two edits turn any two-letter name into any other: the shorter, the fewer. */
  private static int limit(String name) {
    return Math.min(MAX_DISTANCE, (name.length() + 1) / 2);
  }

  private static boolean isPrefix(String a, String b) {
    return Math.min(a.length(), b.length()) >= 2 && (a.startsWith(b) || b.startsWith(a));
  }

  /** Edits between two short texts: optimal string alignment distance. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + change, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
