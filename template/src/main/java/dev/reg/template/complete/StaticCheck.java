package dev.reg.template.complete;

import dev.reg.store.Entry;
import dev.reg.store.ObjectId;
import dev.reg.store.Tree;
import dev.reg.template.Level;
import dev.reg.template.elf.ElfException;
import dev.reg.template.elf.ElfFile;
import dev.reg.template.elf.ElfFiles;
import dev.reg.template.elf.LoaderClosure;
import dev.reg.template.elf.SysRoot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The closure of a stored template, with all that it requires in place: every dynamic ELF file of
 * the template is a root, wherever it lies, for a module is opened by somebody; so is every script
 * where programs are.
 */
public final class StaticCheck {
  private static final List<String> PROGRAMS =
      List.of("/usr/bin/", "/usr/sbin/", "/usr/games/", "/usr/local/bin/", "/usr/local/sbin/");

  private final Function<ObjectId, Path> objects;
  private final ElfFiles files;
  private final SysRoot root;
  private final LoaderClosure closure;

  /** What an ELF file is to the question of completeness. */
  private final SortedMap<String, ElfFile> dynamic = new TreeMap<>();

  private final List<String> scripts = new ArrayList<>();
  private final List<String> damaged = new ArrayList<>();
  private int count;

  /**
   * Looks at the files of one template.
   *
   * @param tree of the template and everything it requires
   * @param own paths of the template's own files
   * @param objects where the content of each object is
   * @param files what is known of ELF files
   */
  public StaticCheck(
      Tree tree, Collection<String> own, Function<ObjectId, Path> objects, ElfFiles files)
      throws IOException {
    this.objects = objects;
    this.files = files;
    this.root = new SysRoot(new StoredTree(tree, objects));
    this.closure = new LoaderClosure(root, files, LoaderClosure.PATH);
    for (Entry entry : tree.entries()) {
      if (entry instanceof Entry.File file && own.contains(file.path())) {
        look(file);
      }
    }
  }

  private void look(Entry.File file) throws IOException {
    count++;
    Path content = objects.apply(file.object());
    byte[] head;
    try (InputStream in = Files.newInputStream(content, LinkOption.NOFOLLOW_LINKS)) {
      head = in.readNBytes(4);
    }
    if (ElfFiles.isElf(head)) {
      elf(file, content);
    } else if (head.length > 2 && head[0] == '#' && head[1] == '!' && isProgram(file)) {
      scripts.add(file.path());
    }
  }

  private void elf(Entry.File file, Path content) throws IOException {
    try {
      ElfFile elf = files.read(content);
      if (elf.interpreter() != null || !elf.needed().isEmpty()) {
        dynamic.put(file.path(), elf);
      }
    } catch (ElfException e) {
      // A program that cannot be read cannot run; data that only looks like one is data.
      if (isProgram(file) || file.path().matches(".*\\.so(\\.[^/]*)?")) {
        damaged.add(file.path() + " is not a sound ELF file: " + e.getMessage());
      }
    }
  }

  private static boolean isProgram(Entry.File file) {
    return (file.object().mode() & 0111) != 0
        && PROGRAMS.stream().anyMatch(file.path()::startsWith);
  }

  /** The template's dynamic programs and libraries, by path. */
  public SortedMap<String, ElfFile> dynamic() {
    return Collections.unmodifiableSortedMap(dynamic);
  }

  /** What the loader would say of one of them. */
  public LoaderClosure.Listing listing(String path) throws IOException {
    return closure.listing(path);
  }

  /** Where a path of the container leads, free of links; itself when nowhere. */
  public String place(String path) throws IOException {
    SysRoot.Place place = root.file(path);
    return place == null ? path : place.path();
  }

  /** The closure, as a verdict. */
  public Verdict verdict() throws IOException {
    List<String> roots = new ArrayList<>(dynamic.keySet());
    roots.addAll(scripts);
    LoaderClosure.Result result = closure.resolve(roots);
    List<String> problems = new ArrayList<>(damaged);
    problems.addAll(result.problems());
    return new Verdict(
        Level.STATIC, count, dynamic.size(), scripts.size(), result.assumptions(), problems);
  }
}
