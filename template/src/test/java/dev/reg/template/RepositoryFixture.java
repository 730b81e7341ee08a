package dev.reg.template;

import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Layout;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A repository in a directory of its own, with sources beside it. */
final class RepositoryFixture {
  final Layout layout;
  final Path sources;
  final ObjectStore objects;
  TemplateRepository templates;

  RepositoryFixture(Path directory) throws IOException {
    layout = Layout.at(directory.resolve("root"));
    layout.create();
    sources = Files.createDirectories(directory.resolve("sources"));
    objects = ObjectStore.open(layout);
    templates = TemplateRepository.open(layout, objects);
  }

  void reopen() throws IOException {
    templates = TemplateRepository.open(layout, objects);
  }

  /** Opens it again as after a crash: nothing is known but what is on disk. */
  void crash(TemplateGroup.Step step) throws IOException {
    templates = TemplateRepository.open(layout, ObjectStore.open(layout), step);
  }

  void source(String name, String content) throws IOException {
    Path file = sources.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  Template parse(String yaml) throws RegException {
    return TemplateReader.read("t.yaml", yaml.getBytes(StandardCharsets.UTF_8));
  }

  Head add(String yaml) throws IOException, RegException {
    return templates.add(parse(yaml), new DirectorySources(sources), false);
  }

  Head find(String ref) throws RegException {
    return templates.find(TemplateRef.parse(ref)).orElseThrow();
  }

  Closure resolve(String... refs) throws RegException {
    List<TemplateRef> wanted =
        Stream.of(refs).map(ref -> new TemplateRef(name(ref), prefix(ref))).toList();
    return new Resolver(templates).resolve(wanted);
  }

  private static String name(String ref) {
    return ref.contains("@") ? ref.substring(0, ref.indexOf('@')) : ref;
  }

  private static String prefix(String ref) {
    return ref.contains("@") ? ref.substring(ref.indexOf('@') + 1) : "";
  }

  Set<ObjectId> stored() throws IOException {
    try (Stream<ObjectId> all = objects.list()) {
      return all.collect(Collectors.toSet());
    }
  }

  static ObjectId object(String content, int mode) {
    return new ObjectId(Digest.of(content.getBytes(StandardCharsets.UTF_8)), mode);
  }

  /** Everything below the templates' directory. */
  List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(layout.templates())) {
      return all.filter(file -> !file.equals(layout.templates()))
          .map(file -> layout.templates().relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
