package dev.reg.store;

import dev.reg.error.RegException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A store in a test's own directory. */
record StoreFixture(Layout layout, ObjectStore objects, EnvironmentStore environments) {
  static StoreFixture in(Path directory) throws IOException {
    return in(directory, new KernelDisk());
  }

  static StoreFixture in(Path directory, Disk disk) throws IOException {
    Layout layout = Layout.at(directory.resolve("root"));
    ObjectStore objects = ObjectStore.open(layout, disk);
    return new StoreFixture(layout, objects, EnvironmentStore.open(layout, objects));
  }

  ObjectId put(String content, int mode) throws IOException, RegException {
    try (Ingest ingest = objects.begin()) {
      ObjectId object = ingest.add(stream(content), mode, null);
      ingest.commit();
      return object;
    }
  }

  static ByteArrayInputStream stream(String content) {
    return new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8));
  }

  static Digest id(String name) {
    return Digest.of(name.getBytes(StandardCharsets.UTF_8));
  }

  /** All paths below the root's objects and environments, for "nothing was left behind". */
  List<String> everything() throws IOException {
    List<String> all = new ArrayList<>();
    for (Path top : List.of(layout.objects(), layout.environments())) {
      try (Stream<Path> paths = Files.walk(top)) {
        paths.map(path -> layout.root().relativize(path).toString()).sorted().forEach(all::add);
      }
    }
    return all;
  }
}
