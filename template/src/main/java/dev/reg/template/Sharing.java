package dev.reg.template;

import dev.reg.store.ObjectId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What templates have in common, in bytes of objects: each object once, however often a template
 * has it, and without what the filesystem adds.
 *
 * @param templates in the order given
 * @param pairs of different templates with anything in common, the first before the second
 * @param bytes of all of them together on disk
 */
public record Sharing(List<Part> templates, List<Pair> pairs, long bytes) {
  public Sharing {
    templates = List.copyOf(templates);
    pairs = List.copyOf(pairs);
  }

  /**
   * One template's own files; what it requires is another's.
   *
   * @param total bytes of its objects
   * @param unique bytes of those that none of the others has: what it takes on disk beside them
   */
  public record Part(String id, long total, long unique) {
    /** Bytes of what others have, too. */
    public long shared() {
      return total - unique;
    }
  }

  /**
   * Two templates.
   *
   * @param shared bytes of the objects that both have
   * @param ofFirst fraction of the first's bytes, 0 to 1
   * @param ofSecond fraction of the second's bytes, 0 to 1
   */
  public record Pair(String first, String second, long shared, double ofFirst, double ofSecond) {}

  /** How large an object is. */
  public interface Sizes {
    long of(ObjectId object) throws IOException;
  }

  /** Compares resolved templates. */
  public static Sharing of(List<Template> templates, Sizes sizes) throws IOException {
    Map<ObjectId, Long> bytes = new HashMap<>();
    Map<ObjectId, Integer> holders = new HashMap<>();
    List<Set<ObjectId>> objects = new ArrayList<>();
    for (Template template : templates) {
      Set<ObjectId> own = References.of(template);
      objects.add(own);
      for (ObjectId object : own) {
        holders.merge(object, 1, Integer::sum);
        if (!bytes.containsKey(object)) {
          bytes.put(object, sizes.of(object));
        }
      }
    }
    List<Part> parts = new ArrayList<>();
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < templates.size(); i++) {
      long total = sum(objects.get(i), bytes);
      Set<ObjectId> alone = new HashSet<>(objects.get(i));
      alone.removeIf(object -> holders.getOrDefault(object, 0) > 1);
      parts.add(new Part(templates.get(i).id(), total, sum(alone, bytes)));
      for (int j = i + 1; j < templates.size(); j++) {
        Set<ObjectId> both = new HashSet<>(objects.get(i));
        both.retainAll(objects.get(j));
        long shared = sum(both, bytes);
        if (shared > 0) {
          pairs.add(
              new Pair(
                  templates.get(i).id(),
                  templates.get(j).id(),
                  shared,
                  (double) shared / total,
                  (double) shared / sum(objects.get(j), bytes)));
        }
      }
    }
    return new Sharing(parts, pairs, sum(bytes.keySet(), bytes));
  }

  private static long sum(Set<ObjectId> objects, Map<ObjectId, Long> bytes) {
    return objects.stream().mapToLong(object -> bytes.getOrDefault(object, 0L)).sum();
  }
}
