package dev.reg.engine.project;

import dev.reg.store.Digest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a project's runtime was resolved to, reg.lock, or a script's, in a file beside it. A
 * template's digest is that of its canonical text, which has the digest of each of its objects.
 *
 * @param runtime {@code name@version} by what was wished for
 * @param templates digests by {@code name@version}, of the whole closure
 * @param environment the closure's id; over the templates, so that it shows a file that was cut
 *     short or changed by hand
 */
public record Lock(
    Map<String, String> runtime, SortedMap<String, Digest> templates, Digest environment) {
  /** Its name in the project's directory. */
  public static final String NAME = "reg.lock";

  /** Bytes that it may have: a closure of a thousand templates. */
  public static final int LARGEST = 256 * 1024;

  /** What a script's lock has after the script's name. */
  public static final String SUFFIX = ".lock";

  static final int VERSION = 1;

  public Lock {
    runtime = Collections.unmodifiableMap(new LinkedHashMap<>(runtime));
    templates = Collections.unmodifiableSortedMap(new TreeMap<>(templates));
  }

  /** Whether it was made for these wishes. */
  public boolean isFor(List<String> wishes) {
    return runtime.keySet().equals(Set.copyOf(wishes));
  }

  /** The text of a project's lock; {@link LockReader} reads it back. */
  public String text() {
    return text("reg.yaml", "reg generate --update");
  }

  /** The text of a script's lock. */
  public String scriptText() {
    return text("the script", "reg generate --update --script");
  }

  private String text(String of, String renewal) {
    StringBuilder out =
        new StringBuilder(
            "# What %s's runtime stands for. Written by reg, renewed by '%s'; keep it with %s.\n"
                .formatted(of, renewal, of));
    out.append("version: ").append(VERSION).append("\nruntime:\n");
    runtime.forEach((wish, id) -> line(out, wish, id));
    out.append("templates:\n");
    templates.forEach((id, digest) -> line(out, id, digest.toString()));
    return out.append("environment: ").append(environment).append('\n').toString();
  }

  private static void line(StringBuilder out, String key, String value) {
    out.append("  ").append(key).append(": ").append(value).append('\n');
  }

  /** What another one has instead, a line for each template; empty when it is the same. */
  public List<String> changesTo(Lock other) {
    List<String> changes = new ArrayList<>();
    Map<String, List<String>> before = byName(templates);
    Map<String, List<String>> after = byName(other.templates);
    Set<String> names = new java.util.TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      List<String> old = before.getOrDefault(name, List.of());
      List<String> fresh = after.getOrDefault(name, List.of());
      if (old.isEmpty()) {
        changes.add("added " + String.join(", ", fresh));
      } else if (fresh.isEmpty()) {
        changes.add("removed " + String.join(", ", old));
      } else if (!old.equals(fresh)) {
        changes.add(String.join(", ", old) + " became " + String.join(", ", fresh));
      } else if (!old.stream().allMatch(id -> sameDigest(other, id))) {
        changes.add(String.join(", ", old) + " has another content");
      }
    }
    if (changes.isEmpty() && !runtime.equals(other.runtime)) {
      changes.add("the runtime is now " + String.join(", ", other.runtime.keySet()));
    }
    return changes;
  }

  private boolean sameDigest(Lock other, String id) {
    Digest mine = templates.get(id);
    return mine != null && mine.equals(other.templates.get(id));
  }

  private static Map<String, List<String>> byName(SortedMap<String, Digest> templates) {
    Map<String, List<String>> names = new TreeMap<>();
    for (String id : templates.keySet()) {
      names.computeIfAbsent(id.substring(0, id.indexOf('@')), name -> new ArrayList<>()).add(id);
    }
    return names;
  }
}
