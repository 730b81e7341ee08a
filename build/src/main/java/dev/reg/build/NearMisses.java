package dev.reg.build;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Names somebody may have meant. */
final class NearMisses {
  private static final int MOST = 3;

  private NearMisses() {}

  /** At most three of {@code names}, the nearest first; a third of the letters may differ. */
  static List<String> of(String name, Collection<String> names) {
    int limit = Math.max(1, name.length() / 3);
    return names.stream()
        .filter(other -> Math.abs(other.length() - name.length()) <= limit)
        .map(other -> new Scored(other, distance(name, other)))
        .filter(scored -> scored.distance <= limit)
        .sorted(Comparator.comparingInt(Scored::distance).thenComparing(Scored::name))
        .limit(MOST)
        .map(Scored::name)
        .toList();
  }

  private record Scored(String name, int distance) {}

  /** Levenshtein's. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
