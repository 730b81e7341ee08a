package dev.reg.template.unify;

import dev.reg.template.ContainerPath;
import dev.reg.template.LinkWay;
import dev.reg.template.Template;
import dev.reg.template.TemplateDirectory;
import dev.reg.template.TemplateFile;
import dev.reg.template.TemplateLib;
import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Origin;
import dev.reg.template.provenance.Why;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Templates with moves carried out. */
public final class Rewrite {
  private Rewrite() {}

  /** The same template with other builds of its libraries; {@code moves}: of this template. */
  public static Template apply(Template template, List<Move> moves) {
    Map<String, Move> byPath = byPath(moves);
    List<TemplateFile> files = new ArrayList<>();
    for (TemplateFile file : template.files()) {
      Move move = byPath.get(file.path());
      files.add(
          move == null
              ? file
              : new TemplateFile(
                  file.source(), move.newPath(), move.to().digest(), move.to().mode()));
    }
    List<TemplateLib> libs = new ArrayList<>();
    for (TemplateLib lib : template.libs()) {
      Move move = byPath.get(Holding.path(lib));
      libs.add(
          move == null
              ? lib
              : new TemplateLib(lib.name(), move.newPath(), move.to().digest(), move.to().mode()));
    }
    return template.with(files, libs, links(template, byPath), template.directories());
  }

  private static SortedMap<String, String> links(Template template, Map<String, Move> byPath) {
    TreeMap<String, String> links = new TreeMap<>();
    template
        .links()
        .forEach(
            (link, target) -> {
              Move move = renamed(template, link, byPath);
              String before = move == null ? "" : ContainerPath.fileName(move.path());
              boolean direct =
                  move != null && (target.equals(before) || target.endsWith("/" + before));
              links.put(
                  link,
                  direct && move != null
                      ? target.substring(0, target.length() - before.length())
                          + ContainerPath.fileName(move.newPath())
                      : target);
            });
    return links;
  }

  private static @Nullable Move renamed(Template template, String link, Map<String, Move> byPath) {
    LinkWay way = LinkWay.follow(template, link);
    // Of a chain of links only the last names the file.
    if (way == null || way.links().size() != 1) {
      return null;
    }
    Move move = byPath.get(way.path());
    return move == null || move.path().equals(move.newPath()) ? null : move;
  }

  private static Map<String, Move> byPath(List<Move> moves) {
    Map<String, Move> byPath = new TreeMap<>();
    moves.forEach(move -> byPath.put(move.path(), move));
    return byPath;
  }

  /** Whether a template has anything at a path. */
  static boolean has(Template template, String path) {
    return template.files().stream().anyMatch(file -> file.path().equals(path))
        || template.libs().stream().anyMatch(lib -> Holding.path(lib).equals(path))
        || template.links().containsKey(path)
        || template.directories().stream().map(TemplateDirectory::path).anyMatch(path::equals);
  }

  /** Whether a link of a template leads to a path. */
  static boolean names(Template template, String path) {
    return template.links().keySet().stream().anyMatch(link -> leads(template, link, path));
  }

  /** Whether one link of a template leads to a path. */
  static boolean leads(@Nullable Template template, String link, String path) {
    LinkWay way = template == null ? null : LinkWay.follow(template, link);
    return way != null && way.path().equals(path);
  }

  /**
   * Where the files of the rewritten template come from: a replaced one from the package of its new
   * build, and it is there for the same reason as before. Links of a package go with its last file.
   *
   * @param links paths of the template's links
   * @param origins what is known of the template that each move takes a build from
   */
  public static Provenance apply(
      Provenance provenance,
      Set<String> links,
      List<Move> moves,
      Function<Move, Optional<Provenance>> origins) {
    List<DistributionPackage> packages = new ArrayList<>(provenance.packages());
    TreeMap<String, Origin> files = new TreeMap<>(provenance.files());
    Map<String, String> renamed = new TreeMap<>();
    Map<Integer, Integer> successors = new TreeMap<>();
    for (Move move : moves) {
      renamed.put(move.path(), move.newPath());
      Origin before = files.remove(move.path());
      if (before != null) {
        Integer index =
            origins
                .apply(move)
                .flatMap(origin -> origin.packageOf(move.originPath()))
                .map(from -> index(packages, from))
                .orElse(null);
        files.put(move.newPath(), new Origin(index, before.why()));
        if (before.index() != null && index != null) {
          successors.putIfAbsent(before.index(), index);
        }
      }
    }
    files.forEach(
        (path, origin) -> {
          if (origin.index() != null && !links.contains(path)) {
            successors.remove(origin.index());
          }
        });
    files.replaceAll(
        (path, origin) ->
            origin.index() == null
                ? origin
                : new Origin(
                    successors.getOrDefault(origin.index(), origin.index()), origin.why()));
    files.replaceAll((path, origin) -> new Origin(origin.index(), renamed(origin.why(), renamed)));
    return without(provenance, packages, files);
  }

  /** Its place among the packages, at whose end it comes when it was not there. */
  private static Integer index(List<DistributionPackage> packages, DistributionPackage from) {
    for (int i = 0; i < packages.size(); i++) {
      DistributionPackage known = packages.get(i);
      if (known.name().equals(from.name())
          && known.version().equals(from.version())
          && known.architecture().equals(from.architecture())) {
        return i;
      }
    }
    packages.add(from);
    return packages.size() - 1;
  }

  private static Why renamed(Why why, Map<String, String> renamed) {
    return switch (why) {
      case Why.Needed it ->
          new Why.Needed(renamed.getOrDefault(it.by(), it.by()), it.how(), it.name());
      case Why.Profile it -> new Why.Profile(it.name(), renamed.getOrDefault(it.by(), it.by()));
      case Why.Whole it ->
          it.by() == null ? it : new Why.Whole(renamed.getOrDefault(it.by(), it.by()));
      default -> why;
    };
  }

  /** By name and version, without those of which the last file has been replaced. */
  private static Provenance without(
      Provenance provenance, List<DistributionPackage> packages, Map<String, Origin> files) {
    Set<Integer> before = indexes(provenance.files());
    Set<Integer> after = indexes(files);
    List<DistributionPackage> left = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < packages.size(); i++) {
      if (after.contains(i) || (i < provenance.packages().size() && !before.contains(i))) {
        left.add(packages.get(i));
        names.add(packages.get(i).name());
      }
    }
    left.sort(
        Comparator.comparing(DistributionPackage::name)
            .thenComparing(DistributionPackage::version)
            .thenComparing(DistributionPackage::architecture));
    TreeMap<String, Origin> renumbered = new TreeMap<>();
    files.forEach(
        (path, origin) ->
            renumbered.put(
                path,
                origin.index() == null
                    ? origin
                    : new Origin(left.indexOf(packages.get(origin.index())), origin.why())));
    return new Provenance(
        provenance.source(),
        provenance.distribution(),
        left.stream().map(each -> dependingOn(each, names)).toList(),
        renumbered);
  }

  private static Set<Integer> indexes(Map<String, Origin> files) {
    Set<Integer> indexes = new HashSet<>();
    for (Origin origin : files.values()) {
      if (origin.index() != null) {
        indexes.add(origin.index());
      }
    }
    return indexes;
  }

  /** What it depends on need not be among the packages of another template. */
  private static DistributionPackage dependingOn(DistributionPackage from, Set<String> names) {
    return new DistributionPackage(
        from.kind(),
        from.name(),
        from.version(),
        from.architecture(),
        from.source(),
        from.sourceVersion(),
        from.maintainer(),
        from.digest(),
        from.depends().stream().filter(names::contains).toList(),
        from.licence());
  }
}
