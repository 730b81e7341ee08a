package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Ingest;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import dev.reg.store.Tree;
import dev.reg.template.ContainerPath.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One template on its way in: its sources are read into an ingest and every gap is filled. */
final class Addition {
  private static final int MAX_DEPTH = 64;

  private final Template template;
  private final Sources sources;
  private final ObjectStore objects;
  private final Ingest ingest;
  private final LibraryIndex libraries;
  private final Set<String> preferred;
  private final Consumer<String> notes;

  private final List<TemplateFile> files = new ArrayList<>();
  private final List<TemplateLib> libs = new ArrayList<>();
  private final TreeMap<String, String> links;
  private final List<TemplateDirectory> directories;
  private final Set<String> names = new HashSet<>();
  private int opened;

  /**
   * Begins with what the template states.
   *
   * @param preferred ids of templates whose libraries win: those it requires
   * @param notes takes sentences about choices that were made
   */
  Addition(
      Template template,
      Sources sources,
      ObjectStore objects,
      Ingest ingest,
      LibraryIndex libraries,
      Set<String> preferred,
      Consumer<String> notes) {
    this.template = template;
    this.sources = sources;
    this.objects = objects;
    this.ingest = ingest;
    this.libraries = libraries;
    this.preferred = preferred;
    this.notes = notes;
    this.links = new TreeMap<>(template.links());
    this.directories = new ArrayList<>(template.directories());
  }

  Template resolve() throws IOException, RegException {
    template.files().forEach(file -> names.add(file.source()));
    readAhead();
    for (TemplateFile file : template.files()) {
      try {
        file(file);
      } catch (RegException e) {
        throw failed(e.kind(), "file " + Text.quote(file.source()) + ": " + e.line(), e);
      }
    }
    for (TemplateLib lib : template.libs()) {
      try {
        lib(lib);
      } catch (RegException e) {
        throw failed(e.kind(), "lib " + lib.name() + ": " + e.line(), e);
      }
    }
    if (template.libs().stream().anyMatch(lib -> lib.path() == null)) {
      new Completion(libraries, preferred, ingest::file, notes).complete(resolved(), this::take);
    }
    checkPaths();
    Template resolved = resolved();
    checkTree(resolved);
    return resolved;
  }

  /** Takes in, several at once, the files of which the template says what they are. */
  private void readAhead() {
    try (ReadAhead ahead = new ReadAhead(ingest)) {
      for (TemplateFile file : template.files()) {
        if (file.digest() != null && file.mode() != null && !isHere(file.object())) {
          ahead.add(file.object(), () -> sources.open(file.source()));
        }
      }
      for (TemplateLib lib : template.libs()) {
        if (lib.path() != null
            && lib.digest() != null
            && lib.mode() != null
            && !isHere(lib.object())) {
          ahead.add(lib.object(), () -> placed(lib));
        }
      }
    }
  }

  private boolean isHere(ObjectId object) {
    return ingest.has(object) || objects.contains(object);
  }

  private Template resolved() {
    return template.with(files, libs, links, directories);
  }

  /** What no environment could be made of must not be found out when one is wanted. */
  private void checkTree(Template resolved) throws RegException {
    try {
      Tree.of(Closure.entries(resolved));
    } catch (RegException e) {
      throw failed(e.kind(), e.line(), e);
    }
  }

  private void checkPaths() throws RegException {
    Problems problems = new Problems("cannot add template " + template.id());
    PathTable paths = new PathTable(problems);
    files.forEach(file -> paths.add(file.path(), 0, "file " + Text.quote(file.source()), true));
    libs.forEach(lib -> paths.add(lib.placed(), 0, "lib " + lib.name(), true));
    links.keySet().forEach(path -> paths.add(path, 0, "a link", true));
    directories.forEach(directory -> paths.add(directory.path(), 0, "a directory", false));
    if (!template.execution().accounts().isEmpty()) {
      Accounts.FILES.forEach(path -> paths.add(path, 0, "the accounts", true));
    }
    paths.checkParents();
    problems.throwIfAny();
  }

  private void file(TemplateFile file) throws IOException, RegException {
    if (file.digest() != null && file.mode() != null && isHere(file.object())) {
      files.add(file);
      return;
    }
    switch (sources.open(file.source())) {
      case Source.File content -> files.add(read(file, content));
      case Source.Directory directory -> {
        if (file.digest() != null || file.mode() != null) {
          throw new RegException(
              ErrorKind.INVALID, "it is a directory, which has neither digest nor mode of its own");
        }
        expand(file, directory);
      }
      case Source.Link link ->
          throw new RegException(
              ErrorKind.INVALID,
              "it is a symbolic link to "
                  + Text.quote(link.target())
                  + ": name the file it leads to, or write it under links");
    }
  }

  private TemplateFile read(TemplateFile file, Source.File content)
      throws IOException, RegException {
    ObjectId object = ingest(content, file.mode(), file.digest());
    return new TemplateFile(file.source(), file.path(), object.digest(), object.mode());
  }

  private ObjectId ingest(Source.File file, @Nullable Integer mode, @Nullable Digest digest)
      throws IOException, RegException {
    try (InputStream content = file.content()) {
      int plain = (file.mode() & 0111) != 0 ? 0755 : 0644;
      return ingest.add(content, mode == null ? plain : mode, digest);
    }
  }

  /** A directory still to be read. */
  private record Pending(String source, String path, Source.Directory directory, int depth) {}

  private void expand(TemplateFile top, Source.Directory directory)
      throws IOException, RegException {
    Deque<Pending> pending = new ArrayDeque<>();
    pending.push(new Pending(top.source(), top.path(), directory, 1));
    while (!pending.isEmpty()) {
      Pending next = pending.pop();
      if (next.directory.children().isEmpty()) {
        directories.add(new TemplateDirectory(next.path));
      }
      for (String child : next.directory.children()) {
        child(pending, next, child);
      }
    }
  }

  private void child(Deque<Pending> pending, Pending parent, String child)
      throws IOException, RegException {
    String source = parent.source + "/" + child;
    String path = checked(parent, child);
    if (++opened > PathTable.MAX_PATHS) {
      throw new RegException(ErrorKind.INVALID, "more than " + PathTable.MAX_PATHS + " paths");
    }
    try {
      switch (sources.open(source)) {
        case Source.File content ->
            files.add(read(new TemplateFile(unique(source), path, null, null), content));
        case Source.Directory directory -> {
          if (parent.depth >= MAX_DEPTH) {
            throw new RegException(
                ErrorKind.INVALID, "it is more than " + MAX_DEPTH + " directories deep");
          }
          pending.push(new Pending(source, path, directory, parent.depth + 1));
        }
        case Source.Link link -> {
          ContainerPath.checkTarget(path, link.target());
          link(path, link.target());
        }
      }
    } catch (Refused e) {
      throw new RegException(
          ErrorKind.INVALID,
          "the link " + Text.quote(source) + " within it has a target that " + e.getMessage(),
          e);
    } catch (RegException e) {
      throw new RegException(e.kind(), Text.quote(source) + " within it: " + e.line(), e);
    }
  }

  private static String checked(Pending parent, String child) throws RegException {
    try {
      ContainerPath.checkSource(child);
      ContainerPath.checkSource(parent.source + "/" + child);
      if (child.indexOf('/') >= 0) {
        throw new Refused("has a slash");
      }
      return ContainerPath.normalizeFile(parent.path + "/" + child);
    } catch (Refused e) {
      throw new RegException(
          ErrorKind.INVALID, "the name " + Text.quote(child) + " within it " + e.getMessage(), e);
    }
  }

  /** A source name is a key of the stored file: a second of the same name gets a mark. */
  private String unique(String source) {
    String name = source;
    for (int i = 2; !names.add(name); i++) {
      name = source + "~" + i;
    }
    return name;
  }

  private void link(String path, String target) throws RegException {
    String before = links.putIfAbsent(path, target);
    if (before != null && !before.equals(target)) {
      throw new RegException(
          ErrorKind.INVALID,
          "the link "
              + Text.quote(path)
              + " is to lead both to "
              + Text.quote(before)
              + " and to "
              + Text.quote(target));
    }
  }

  private void lib(TemplateLib lib) throws IOException, RegException {
    if (lib.path() == null) {
      unplaced(lib);
    } else if (lib.digest() != null && lib.mode() != null && isHere(lib.object())) {
      libs.add(lib);
    } else {
      Source.File content = placed(lib);
      ObjectId object = ingest(content, lib.mode(), lib.digest());
      libs.add(new TemplateLib(lib.name(), lib.path(), object.digest(), object.mode()));
    }
  }

  /** Beside the template by its SONAME, or, as a builder lays it out, below files/ at its path. */
  private Source.File placed(TemplateLib lib) throws IOException, RegException {
    Source source;
    try {
      source = sources.open(lib.soname());
    } catch (RegException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      source = sources.open("files" + lib.placed());
    }
    if (source instanceof Source.File content) {
      return content;
    }
    throw new RegException(
        ErrorKind.INVALID, "the source " + Text.quote(lib.soname()) + " is no regular file");
  }

  /** From the templates of the host, and only if none has it, from beside the template file. */
  private void unplaced(TemplateLib lib) throws IOException, RegException {
    List<LibraryIndex.Candidate> found = libraries.find(lib.soname(), lib.digest(), preferred);
    if (found.isEmpty()) {
      libs.add(beside(lib));
      return;
    }
    LibraryIndex.Candidate best = found.getFirst();
    if (found.stream().anyMatch(other -> !other.object().equals(best.object()))) {
      notes.accept(
          "%s: stored templates differ about %s; took that of %s"
              .formatted(template.id(), lib.soname(), best.head().id()));
    }
    take(lib.name(), best);
  }

  /** A library of a stored template becomes one of this, too. */
  private void take(String name, LibraryIndex.Candidate library) throws RegException {
    if (libs.stream().noneMatch(lib -> library.path().equals(lib.path()))) {
      libs.add(
          new TemplateLib(
              name, library.path(), library.object().digest(), library.object().mode()));
    }
    for (var link : library.links().entrySet()) {
      link(link.getKey(), link.getValue());
    }
  }

  private TemplateLib beside(TemplateLib lib) throws IOException, RegException {
    Source source;
    try {
      source = sources.open(lib.soname());
    } catch (RegException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      throw new RegException(
          ErrorKind.NOT_FOUND,
          "no stored template provides "
              + lib.soname()
              + (lib.digest() == null ? "" : " with digest " + lib.digest())
              + ": add a template that does, or put the file "
              + lib.soname()
              + " beside this one",
          e);
    }
    if (!(source instanceof Source.File content)) {
      throw new RegException(
          ErrorKind.INVALID, "the source " + Text.quote(lib.soname()) + " is no regular file");
    }
    ObjectId object = ingest(content, lib.mode(), lib.digest());
    return new TemplateLib(
        lib.name(), LibraryIndex.defaultPath(lib.soname()), object.digest(), object.mode());
  }

  private RegException failed(ErrorKind kind, String problem, RegException cause) {
    return new RegException(kind, "cannot add template " + template.id() + ": " + problem, cause);
  }
}
