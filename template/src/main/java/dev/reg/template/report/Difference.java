package dev.reg.template.report;

import dev.reg.store.Entry;
import dev.reg.template.Closure;
import dev.reg.template.Sharing;
import dev.reg.template.Template;
import dev.reg.template.TemplateRef;
import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What differs between two templates, without what they require.
 *
 * @param paths files, links and directories, sorted by path
 * @param settings what else templates state, sorted: {@code environment LANG}
 * @param packages by name, with their versions
 */
public record Difference(List<Path> paths, List<Value> settings, List<Value> packages) {
  public Difference {
    paths = List.copyOf(paths);
    settings = List.copyOf(settings);
    packages = List.copyOf(packages);
  }

  /**
   * What was one thing and is another.
   *
   * @param before null for what is only in the second
   * @param after null for what is only in the first
   */
  public record Value(String name, @Nullable String before, @Nullable String after) {}

  /** A path with what is there, by the rules of {@link Value}. */
  public record Path(String path, @Nullable Node before, @Nullable Node after) {}

  /**
   * What is at a path.
   *
   * @param kind {@code file}, {@code link} or {@code directory}
   * @param what digest and mode, target, or mode
   * @param bytes of a file
   */
  public record Node(String kind, String what, long bytes) {}

  /** Bytes of all files at those paths that are in the second, less those in the first. */
  public long growth() {
    return paths.stream().mapToLong(path -> bytes(path.after) - bytes(path.before)).sum();
  }

  private static long bytes(@Nullable Node node) {
    return node == null ? 0 : node.bytes();
  }

  /** Compares resolved templates; a provenance is null when nobody knows. */
  public static Difference of(
      Template a,
      @Nullable Provenance ofA,
      Template b,
      @Nullable Provenance ofB,
      Sharing.Sizes sizes)
      throws IOException {
    return new Difference(
        paths(nodes(a, sizes), nodes(b, sizes)),
        values(settings(a), settings(b)),
        ofA == null || ofB == null ? List.of() : values(versions(ofA), versions(ofB)));
  }

  private static SortedMap<String, Node> nodes(Template template, Sharing.Sizes sizes)
      throws IOException {
    TreeMap<String, Node> nodes = new TreeMap<>();
    for (Entry entry : Closure.entries(template)) {
      nodes.put(
          entry.path(),
          switch (entry) {
            case Entry.File file ->
                new Node("file", file.object().toString(), sizes.of(file.object()));
            case Entry.Link link -> new Node("link", link.target(), 0);
            case Entry.Directory directory ->
                new Node("directory", String.format("%04o", directory.mode()), 0);
            case Entry.Text text -> new Node("text", text.content(), 0);
          });
    }
    return nodes;
  }

  private static List<Path> paths(SortedMap<String, Node> a, SortedMap<String, Node> b) {
    List<Path> paths = new ArrayList<>();
    TreeSet<String> all = new TreeSet<>(a.keySet());
    all.addAll(b.keySet());
    for (String path : all) {
      Node before = a.get(path);
      Node after = b.get(path);
      if (!Objects.equals(before, after)) {
        paths.add(new Path(path, before, after));
      }
    }
    return paths;
  }

  private static List<Value> values(Map<String, String> a, Map<String, String> b) {
    List<Value> values = new ArrayList<>();
    TreeSet<String> all = new TreeSet<>(a.keySet());
    all.addAll(b.keySet());
    for (String name : all) {
      if (!Objects.equals(a.get(name), b.get(name))) {
        values.add(new Value(name, a.get(name), b.get(name)));
      }
    }
    return values;
  }

  private static Map<String, String> settings(Template template) {
    TreeMap<String, String> settings = new TreeMap<>();
    template
        .execution()
        .environment()
        .forEach((name, value) -> settings.put("environment " + name, value));
    for (TemplateRef required : template.requires()) {
      settings.put("requires " + required.name(), required.toString());
    }
    template
        .execution()
        .accounts()
        .forEach(account -> settings.put("account " + account.name(), account.toString()));
    if (!template.execution().command().isEmpty()) {
      settings.put("command", String.join(" ", template.execution().command()));
    }
    String user = template.execution().user();
    if (user != null) {
      settings.put("user", user);
    }
    settings.put("level", template.level().toString());
    return settings;
  }

  private static Map<String, String> versions(Provenance provenance) {
    TreeMap<String, String> versions = new TreeMap<>();
    for (DistributionPackage each : provenance.packages()) {
      versions.put(each.name(), each.version());
    }
    return versions;
  }
}
