package dev.reg.template;

import dev.reg.error.RegException;
import dev.reg.store.ObjectId;
import dev.reg.template.elf.ElfException;
import dev.reg.template.elf.ElfFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a template needs beyond the libraries its author listed, as the paper's Figure 6 lists them:
 * without the program interpreter, and without what those libraries need in turn. It is taken from
 * the templates of the host; what none of them has is said, since it may be opened only if present.
 */
final class Completion {
  private final LibraryIndex libraries;
  private final Set<String> required;
  private final Function<ObjectId, Path> content;
  private final Consumer<String> notes;

  /** File names, which is what the loader searches for. */
  private final Set<String> names = new HashSet<>();

  private final Set<String> paths = new HashSet<>();
  private final Deque<Item> pending = new ArrayDeque<>();

  private record Item(String path, ObjectId object) {}

  /** Takes what is to be added. */
  interface Sink {
    void take(String name, LibraryIndex.Candidate library) throws RegException;
  }

  /**
   * @param required ids of the templates it requires: what they provide is there already
   * @param content where an object's bytes are
   * @param notes takes a sentence for each library that nothing provides
   */
  Completion(
      LibraryIndex libraries,
      Set<String> required,
      Function<ObjectId, Path> content,
      Consumer<String> notes) {
    this.libraries = libraries;
    this.required = required;
    this.content = content;
    this.notes = notes;
  }

  void complete(Template template, Sink sink) throws IOException, RegException {
    template.files().forEach(file -> has(file.path(), file.object()));
    template.libs().forEach(lib -> has(lib.placed(), lib.object()));
    template.libs().forEach(lib -> names.add(lib.soname()));
    template.links().keySet().forEach(this::has);
    while (!pending.isEmpty()) {
      Item item = pending.pop();
      ElfFile elf = elf(item.object);
      if (elf == null) {
        continue;
      }
      String interpreter = elf.interpreter();
      if (interpreter != null) {
        interpreter(template, item, interpreter, sink);
      }
      for (String needed : elf.needed()) {
        library(template, item, ContainerPath.fileName("/" + needed), sink);
      }
    }
  }

  private void has(String path, ObjectId object) {
    has(path);
    pending.add(new Item(path, object));
  }

  private void has(String path) {
    paths.add(path);
    names.add(ContainerPath.fileName(path));
  }

  private @Nullable ElfFile elf(ObjectId object) throws IOException {
    try {
      return ElfFile.read(content.apply(object));
    } catch (ElfException e) {
      return null; // a script, data, or for another machine
    }
  }

  private void interpreter(Template template, Item by, String path, Sink sink) throws RegException {
    String place = path.matches("/(bin|sbin|lib|lib64)/.*") ? "/usr" + path : path;
    if (paths.add(place)) {
      List<LibraryIndex.Candidate> found =
          libraries.find(ContainerPath.fileName(place), null, required).stream()
              .filter(each -> each.path().equals(place) || each.links().containsKey(place))
              .toList();
      take(template, by, ContainerPath.fileName(place), found.stream().findFirst(), sink);
    }
  }

  private void library(Template template, Item by, String soname, Sink sink) throws RegException {
    if (names.add(soname)) {
      take(template, by, soname, libraries.find(soname, null, required).stream().findFirst(), sink);
    }
  }

  private void take(
      Template template, Item by, String soname, Optional<LibraryIndex.Candidate> found, Sink sink)
      throws RegException {
    String name = TemplateLib.nameOf(soname);
    if (found.isEmpty() || name == null) {
      notes.accept(
          "%s: %s needs %s, which no stored template provides"
              .formatted(template.id(), Text.quote(by.path), Text.quote(soname)));
      return;
    }
    LibraryIndex.Candidate library = found.get();
    if (!required.contains(library.head().id())) {
      sink.take(name, library);
      has(library.path(), library.object());
      library.links().keySet().forEach(this::has);
    }
  }
}
