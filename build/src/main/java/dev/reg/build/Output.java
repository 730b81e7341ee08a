package dev.reg.build;

import dev.reg.build.Selection.Chosen;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.template.TemplateFile;
import dev.reg.template.TemplateLib;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The files of a template beside its YAML: {@code files/usr/bin/x} for {@code /usr/bin/x}. A name
 * outside ASCII is percent-encoded.
 */
final class Output {
  private final Path directory;
  private final TreeMap<String, Placed> placed = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  /** {@code soname} is empty unless it is a library. */
  private record Placed(Path content, int mode, String soname) {}

  /** All there is, each in the order of the paths; {@code bytes} of their contents. */
  record Whole(List<TemplateFile> files, List<TemplateLib> libs, long bytes) {}

  Output(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectory(directory);
  }

  /** Takes a file as it is, by a hard link. */
  void link(String path, Chosen file) throws IOException {
    Path target = target(path);
    if (target != null) {
      file.content().linkTo(target);
      placed.put(path, new Placed(target, file.mode(), file.soname()));
    }
  }

  void write(String path, byte[] content, int mode) throws IOException {
    Path target = target(path);
    if (target != null) {
      Files.write(target, content);
      placed.put(path, new Placed(target, mode, ""));
    }
  }

  private @Nullable Path target(String path) throws IOException {
    if (placed.containsKey(path)) {
      problems.add("the file " + Text.quote(path) + " is given twice");
      return null;
    }
    Path target = directory.resolve(encoded(path));
    Files.createDirectories(target.getParent());
    return target;
  }

  private static String encoded(String path) {
    StringBuilder out = new StringBuilder();
    path.substring(1)
        .codePoints()
        .mapToObj(Character::toString)
        .forEach(
            c ->
                out.append(
                    PackageTree.isAscii(c) ? c : URLEncoder.encode(c, StandardCharsets.UTF_8)));
    return out.toString();
  }

  /** What contradicts itself, these links included. */
  List<String> problems(Collection<String> links) {
    List<String> out = new ArrayList<>(problems);
    TreeSet<String> all = new TreeSet<>(placed.keySet());
    for (String link : links) {
      if (!all.add(link)) {
        out.add(Text.quote(link) + " is given both as a link and as a file");
      }
    }
    for (String path : all) {
      String next = all.higher(path + "/");
      if (next != null && next.startsWith(path + "/")) {
        out.add(Text.quote(next) + " is below " + Text.quote(path) + ", which is no directory");
      }
    }
    return out;
  }

  int count() {
    return placed.size();
  }

  /** Reads all of it. */
  Whole whole() throws IOException, RegException {
    List<Digest> digests = Parallel.map(placed.values(), one -> Digest.of(one.content));
    List<TemplateFile> files = new ArrayList<>();
    List<TemplateLib> libs = new ArrayList<>();
    long bytes = 0;
    Iterator<Digest> next = digests.iterator();
    for (Map.Entry<String, Placed> each : placed.entrySet()) {
      String path = each.getKey();
      Placed one = each.getValue();
      String name = one.soname.isEmpty() ? null : TemplateLib.nameOf(one.soname);
      if (name == null) {
        String source = directory.getFileName() + "/" + encoded(path);
        files.add(new TemplateFile(source, path, next.next(), one.mode));
      } else {
        libs.add(new TemplateLib(name, path, next.next(), one.mode));
      }
      bytes += Files.size(one.content);
    }
    return new Whole(files, libs, bytes);
  }
}
