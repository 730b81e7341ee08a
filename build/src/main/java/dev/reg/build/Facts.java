package dev.reg.build;

import dev.reg.build.PackageTree.Node;
import dev.reg.store.Digest;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.DistributionPackage.Kind;
import dev.reg.template.provenance.DistributionPackage.Licence;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the packages that a tree is made of.
 *
 * @param source what the template is made of
 * @param distribution null when nobody knows
 * @param controls of the packages
 * @param archives SHA-256 of packages' archives by name, in hexadecimal
 */
record Facts(
    BuiltFrom source,
    Provenance.@Nullable Distribution distribution,
    Collection<PackageControl> controls,
    Map<String, String> archives) {
  private static final String STATUS = "/var/lib/dpkg/status.d/";

  /** Bytes of a copyright file that are looked at for names of licences. */
  private static final int LARGEST = 1 << 20;

  /** Of downloaded archives. */
  static Facts of(
      BuiltFrom source,
      Provenance.Distribution distribution,
      Map<DebianPackage, Path> packages,
      Collection<PackageControl> controls) {
    Map<String, String> archives = new HashMap<>();
    packages.keySet().forEach(one -> archives.put(one.name(), one.sha256()));
    return new Facts(source, distribution, controls, archives);
  }

  /** A file of the template that says that a package is there. */
  record Status(String origin, String path, String content) {}

  /** The packages that a template has files of. */
  final class Used {
    private final TreeMap<String, PackageControl> byName = new TreeMap<>();
    private final Map<String, Integer> indexes = new HashMap<>();
    private final PackageTree tree;
    private final PackageGraph graph;

    Used(PackageTree tree, Map<String, Selection.Reason> reasons) {
      this.tree = tree;
      this.graph = new PackageGraph(tree, controls);
      Map<String, PackageControl> all = new HashMap<>();
      controls.forEach(control -> all.put(control.name(), control));
      for (Selection.Reason reason : reasons.values()) {
        PackageControl control = reason.origin() == null ? null : all.get(reason.origin());
        if (control != null && control.isIdentified()) {
          byName.put(control.name(), control);
        }
      }
      for (String name : byName.keySet()) {
        indexes.put(name, indexes.size());
      }
    }

    /** One for each of Debian's packages, as dpkg-query(1) would know it, sorted. */
    List<Status> status() {
      List<Status> all = new ArrayList<>();
      for (PackageControl control : byName.values()) {
        if (control.kind() == Kind.DEB) {
          all.add(new Status(control.name(), STATUS + control.name(), control.status()));
        }
      }
      return all;
    }

    /** The whole record, by the reasons of all files. */
    Provenance provenance(Map<String, Selection.Reason> reasons) throws IOException {
      TreeMap<String, Origin> files = new TreeMap<>();
      reasons.forEach(
          (path, reason) ->
              files.put(path, new Origin(index(reason.origin()), Reasons.plain(reason.why()))));
      List<DistributionPackage> packages = new ArrayList<>();
      for (PackageControl control : byName.values()) {
        packages.add(pack(control));
      }
      return new Provenance(source, distribution, packages, files);
    }

    private @Nullable Integer index(@Nullable String origin) {
      return origin == null ? null : indexes.get(origin);
    }

    private DistributionPackage pack(PackageControl control) throws IOException {
      String archive = archives.get(control.name());
      return new DistributionPackage(
          control.kind(),
          control.name(),
          control.version(),
          control.architecture(),
          control.source(),
          control.sourceVersion(),
          control.maintainer(),
          archive == null ? null : "sha256:" + archive,
          graph.depends(control.name()).stream().filter(byName::containsKey).sorted().toList(),
          licence(control.name()));
    }

    private @Nullable Licence licence(String name) throws IOException {
      String path = "/usr/share/doc/" + name + "/copyright";
      String real = tree.resolve(path).map(PackageTree.Resolved::path).orElse(path);
      if (!(tree.get(real) instanceof Node.File file)) {
        return null;
      }
      try (InputStream all = file.content().open();
          InputStream in = file.content().open()) {
        String text = new String(in.readNBytes(LARGEST), StandardCharsets.UTF_8);
        return new Licence(path, Digest.of(all).toString(), Licences.of(text));
      }
    }
  }
}
