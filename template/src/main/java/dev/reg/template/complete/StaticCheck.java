package dev.reg.template.complete;

import dev.reg.store.Entry;
import dev.reg.store.ObjectId;
import dev.reg.store.Tree;
import dev.reg.template.Closure;
import dev.reg.template.Level;
import dev.reg.template.Template;
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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The closure of a stored template, with all that it requires in place: every dynamic ELF file of
 * the template is a root, wherever it lies, for a module is opened by somebody; so is every script
 * where programs are. Its links have to lead to something, too, and what its libraries open by name
 * has to be there unless the template waives it.
 */
public final class StaticCheck {
  private static final List<String> PROGRAMS =
      List.of("/usr/bin/", "/usr/sbin/", "/usr/games/", "/usr/local/bin/", "/usr/local/sbin/");

  private final Function<ObjectId, Path> objects;
  private final ElfFiles files;
  private final List<String> path;
  private final ProfileCheck profiles;
  private final Map<String, String> waive;
  private final SysRoot root;
  private final LoaderClosure closure;

  /** What an ELF file is to the question of completeness. */
  private final SortedMap<String, ElfFile> dynamic = new TreeMap<>();

  private final List<String> scripts = new ArrayList<>();
  private final List<Entry.Link> links = new ArrayList<>();
  private final List<String> damaged = new ArrayList<>();
  private int count;

  /**
   * What a template has itself, and what it says of itself.
   *
   * @param paths of files and links
   * @param environment variables
   * @param waive profiles that are left out, each with the reason
   */
  public record Own(Set<String> paths, Map<String, String> environment, Map<String, String> waive) {
    /** Of a resolved template. */
    public static Own of(Template template) {
      return new Own(
          Closure.entries(template).stream().map(Entry::path).collect(Collectors.toSet()),
          template.execution().environment(),
          template.waive());
    }
  }

  /**
   * Looks at the files of one template.
   *
   * @param tree of the template and everything it requires
   * @param own what is the template's own of it
   * @param objects where the content of each object is
   * @param files what is known of ELF files
   * @param path the directories in which its programs look for others, as in PATH
   */
  public StaticCheck(
      Tree tree, Own own, Function<ObjectId, Path> objects, ElfFiles files, List<String> path)
      throws IOException {
    this.objects = objects;
    this.files = files;
    this.path = List.copyOf(path);
    this.root = new SysRoot(new StoredTree(tree, objects));
    this.closure = new LoaderClosure(root, files, path);
    for (Entry entry : tree.entries()) {
      if (own.paths.contains(entry.path())) {
        switch (entry) {
          case Entry.File file -> look(file);
          case Entry.Link link -> links.add(link);
          case Entry.Directory directory -> {}
          case Entry.Text text -> {}
        }
      }
    }
    this.waive = own.waive;
    this.profiles = new ProfileCheck(root, own.paths, dynamic(), own.environment);
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

  private boolean isProgram(Entry.File file) {
    String place = file.path();
    return (file.object().mode() & 0111) != 0
        && (PROGRAMS.stream().anyMatch(place::startsWith)
            || path.contains(place.substring(0, place.lastIndexOf('/'))));
  }

  /** One sentence for each link that leads nowhere. */
  private List<String> dangling() throws IOException {
    List<String> problems = new ArrayList<>();
    for (Entry.Link link : links) {
      String lost = root.lost(link.path());
      if (lost != null && !ContainersOwn.has(lost)) {
        problems.add(
            link.path()
                + " leads to "
                + link.target()
                + (lost.equals(link.target()) ? "" : " (" + lost + ")")
                + ", which is missing");
      }
    }
    return problems;
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

  /**
   * What libraries open by name and no template of the closure has, waived or not: profile to one
   * sentence for each thing that is missing.
   */
  public SortedMap<String, List<String>> gaps() {
    return profiles.gaps();
  }

  /** The closure, as a verdict. */
  public Verdict verdict() throws IOException {
    return verdict(waive);
  }

  /** The verdict if the template waived these profiles, and no other. */
  public Verdict verdict(Map<String, String> waived) throws IOException {
    List<String> roots = new ArrayList<>(dynamic.keySet());
    roots.addAll(scripts);
    LoaderClosure.Result result = closure.resolve(roots);
    List<String> problems = new ArrayList<>(damaged);
    problems.addAll(result.problems());
    problems.addAll(dangling());
    problems.addAll(profiles.problems(waived));
    return new Verdict(
        Level.STATIC, count, dynamic.size(), scripts.size(), result.assumptions(), problems);
  }
}
