package dev.reg.template.report;

import dev.reg.store.Entry;
import dev.reg.store.ObjectId;
import dev.reg.template.Closure;
import dev.reg.template.Sharing;
import dev.reg.template.Template;
import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How much a template has, without what it requires, in files and bytes of objects: each object
 * once, however often the template has it.
 *
 * @param files regular files, every path
 * @param packages the largest first; files of no package are under the empty name
 * @param kinds the largest first
 */
public record Bulk(int files, long bytes, List<Part> packages, List<Part> kinds) {
  public Bulk {
    packages = List.copyOf(packages);
    kinds = List.copyOf(kinds);
  }

  /**
   * Some of the files.
   *
   * @param version of a package; else empty
   */
  public record Part(String name, String version, int files, long bytes) {}

  /**
   * Weighs a resolved template.
   *
   * @param provenance null when nobody knows; all files are then of no package
   */
  public static Bulk of(Template template, @Nullable Provenance provenance, Sharing.Sizes sizes)
      throws IOException {
    Map<String, Part> packages = new TreeMap<>();
    Map<String, Part> kinds = new TreeMap<>();
    Set<ObjectId> seen = new HashSet<>();
    int files = 0;
    long bytes = 0;
    for (Entry entry : Closure.entries(template)) {
      if (entry instanceof Entry.File file) {
        long size = seen.add(file.object()) ? sizes.of(file.object()) : 0;
        files++;
        bytes += size;
        Optional<DistributionPackage> from =
            provenance == null ? Optional.empty() : provenance.packageOf(file.path());
        add(
            packages,
            new Part(
                from.map(DistributionPackage::name).orElse(""),
                from.map(DistributionPackage::version).orElse(""),
                1,
                size));
        add(kinds, new Part(kind(file.path()), "", 1, size));
      }
    }
    return new Bulk(files, bytes, sorted(packages), sorted(kinds));
  }

  private static void add(Map<String, Part> parts, Part part) {
    parts.merge(
        part.name(),
        part,
        (a, b) -> new Part(a.name(), a.version(), a.files() + b.files(), a.bytes() + b.bytes()));
  }

  private static List<Part> sorted(Map<String, Part> parts) {
    return parts.values().stream()
        .sorted(Comparator.comparingLong(Part::bytes).reversed().thenComparing(Part::name))
        .toList();
  }

  /** By the Filesystem Hierarchy Standard: programs, libraries, configuration, data. */
  private static String kind(String path) {
    if (path.matches("/usr/(?:local/)?(?:s?bin|games|libexec)/.*")) {
      return "programs";
    }
    if (path.matches(".*\\.so(?:\\.[^/]*)?|.*/lib[^/]*\\.a")) {
      return "libraries";
    }
    return path.startsWith("/etc/") ? "configuration" : "data";
  }
}
