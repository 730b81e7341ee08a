package dev.reg.build;

import dev.reg.build.Selection.Chosen;
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
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The files of a template beside its YAML: {@code files/usr/bin/x} for {@code /usr/bin/x}. A name
 * outside ASCII is percent-encoded.
 */
final class Output {
  private final Path directory;
  private final TreeMap<String, TemplateFile> files = new TreeMap<>();
  private final TreeMap<String, TemplateLib> libs = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();
  private long bytes;

  Output(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectory(directory);
  }

  /** Takes a file as it is, by a hard link. */
  void link(String path, Chosen file) throws IOException {
    Path target = target(path);
    if (target != null) {
      Files.createLink(target, file.content());
      add(path, target, file.mode(), file.soname());
    }
  }

  void write(String path, byte[] content, int mode) throws IOException {
    Path target = target(path);
    if (target != null) {
      Files.write(target, content);
      add(path, target, mode, "");
    }
  }

  private @Nullable Path target(String path) throws IOException {
    if (files.containsKey(path) || libs.containsKey(path)) {
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

  private void add(String path, Path content, int mode, String soname) throws IOException {
    Digest digest = Digest.of(content);
    String name = soname.isEmpty() ? null : TemplateLib.nameOf(soname);
    if (name == null) {
      String source = directory.getFileName() + "/" + encoded(path);
      files.put(path, new TemplateFile(source, path, digest, mode));
    } else {
      libs.put(path, new TemplateLib(name, path, digest, mode));
    }
    bytes += Files.size(content);
  }

  /** What contradicts itself, these links included. */
  List<String> problems(Collection<String> links) {
    List<String> out = new ArrayList<>(problems);
    TreeSet<String> all = new TreeSet<>(files.keySet());
    all.addAll(libs.keySet());
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

  List<TemplateFile> files() {
    return List.copyOf(files.values());
  }

  List<TemplateLib> libs() {
    return List.copyOf(libs.values());
  }

  int count() {
    return files.size() + libs.size();
  }

  long bytes() {
    return bytes;
  }
}
