package dev.reg.template;

import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which stored templates provide a SONAME, in the directories the dynamic loader searches. */
final class LibraryIndex {
  /** The loader's directories, the first preferred. */
  private static final List<String> DIRECTORIES = directories(System.getProperty("os.arch", ""));

  /**
   * A library that a template provides.
   *
   * @param links from its SONAME, when the file has another name, to the file
   */
  record Candidate(Head head, String path, ObjectId object, SortedMap<String, String> links) {}

  private final Map<String, List<Candidate>> candidates = new HashMap<>();

  private static List<String> directories(String architecture) {
    String triplet = architecture.equals("aarch64") ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
    return List.of(
        "/usr/lib/" + triplet,
        "/usr/lib64",
        "/usr/lib",
        "/usr/local/lib/" + triplet,
        "/usr/local/lib");
  }

  /** Where a library goes that nobody placed. */
  static String defaultPath(String soname) {
    return DIRECTORIES.getFirst() + "/" + soname;
  }

  void add(Head head, Template template) {
    Map<String, ObjectId> files = new HashMap<>();
    template.files().forEach(file -> files.put(file.path(), file.object()));
    template.libs().forEach(lib -> files.put(lib.placed(), lib.object()));
    files.forEach((path, object) -> offer(head, path, path, object, new TreeMap<>()));
    template.links().forEach((link, target) -> follow(head, template, files, link));
    for (TemplateLib lib : template.libs()) {
      declared(head, lib);
    }
  }

  private void follow(Head head, Template template, Map<String, ObjectId> files, String link) {
    LinkWay way = LinkWay.follow(template, link);
    ObjectId object = way == null ? null : files.get(way.path());
    if (way != null && object != null) {
      offer(head, link, way.path(), object, way.links());
    }
  }

  /** A library listed as one, whose file is not called by its SONAME and that no link names. */
  private void declared(Head head, TemplateLib lib) {
    String path = lib.placed();
    String link = ContainerPath.parent(path) + "/" + lib.soname();
    boolean known =
        candidates.getOrDefault(lib.soname(), List.of()).stream()
            .anyMatch(candidate -> candidate.head.equals(head));
    if (!known) {
      TreeMap<String, String> links = new TreeMap<>();
      links.put(link, ContainerPath.fileName(path));
      offer(head, link, path, lib.object(), links);
    }
  }

  private void offer(
      Head head, String name, String path, ObjectId object, SortedMap<String, String> links) {
    String soname = ContainerPath.fileName(name);
    if (soname.contains(".so") && DIRECTORIES.contains(ContainerPath.parent(name))) {
      candidates
          .computeIfAbsent(soname, key -> new ArrayList<>())
          .add(new Candidate(head, path, object, links));
    }
  }

  /**
   * All that provide it, the best first: of a preferred template, of the highest template version,
   * in the directory searched first; then by name and path, so that the choice never depends on
   * chance.
   */
  List<Candidate> find(String soname, @Nullable Digest digest, Set<String> preferred) {
    Comparator<Candidate> order =
        Comparator.comparing((Candidate candidate) -> !preferred.contains(candidate.head.id()))
            .thenComparing(candidate -> candidate.head.version(), Comparator.reverseOrder())
            .thenComparingInt(candidate -> directory(candidate.path))
            .thenComparing(candidate -> candidate.head.name())
            .thenComparing(Candidate::path);
    return candidates.getOrDefault(soname, List.of()).stream()
        .filter(candidate -> digest == null || digest.equals(candidate.object.digest()))
        .sorted(order)
        .toList();
  }

  private static int directory(String path) {
    int index = DIRECTORIES.indexOf(ContainerPath.parent(path));
    return index < 0 ? DIRECTORIES.size() : index;
  }
}
