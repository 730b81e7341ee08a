package dev.reg.build;

import dev.reg.build.PackageTree.Node;
import dev.reg.error.RegException;
import dev.reg.template.elf.ElfException;
import dev.reg.template.elf.ElfFile;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The links by which the loader finds libraries, as ldconfig(8) makes them: most packages bring
 * theirs, the others leave them to a trigger that we do not run.
 */
final class SonameLinks {
  private static final Pattern LIBRARY =
      Pattern.compile("/usr/lib(?:64)?/(?:[a-z0-9_]+-linux-gnu[a-z0-9]*/)?(lib[^/]*\\.so[^/]*)");

  private SonameLinks() {}

  /** Adds those that are missing in the loader's default directories. */
  static void add(PackageTree tree) throws IOException, RegException {
    for (Map.Entry<String, Node> entry : List.copyOf(new TreeMap<>(tree.nodes()).entrySet())) {
      if (entry.getValue() instanceof Node.File file && LIBRARY.matcher(entry.getKey()).matches()) {
        add(entry.getKey(), file, tree);
      }
    }
  }

  private static void add(String path, Node.File file, PackageTree tree)
      throws IOException, RegException {
    String soname;
    try {
      soname = ElfFile.read(file.content().onDisk()).soname();
    } catch (ElfException e) {
      // A linker script: libc.so of the development packages.
      return;
    }
    if (soname == null || soname.contains("/") || Paths.problem("/" + soname) != null) {
      return;
    }
    String link = Paths.parent(path) + "/" + soname;
    if (tree.get(link) == null) {
      tree.link(file.origin(), link, Paths.name(path));
    }
  }
}
