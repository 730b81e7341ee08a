package dev.reg.engine.building;

import dev.reg.store.Digest;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Where builders work: what is left there was left by a crash. */
public final class BuildPlaces {
  /** A file with the id of the environment that a post step runs in. */
  private static final String ENVIRONMENT = "environment";

  static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Layout layout;

  BuildPlaces(Layout layout) {
    this.layout = layout;
  }

  /** That of the one build of this name. */
  Path of(String name) {
    return layout.building(name);
  }

  /** A path that no build uses and that the next start empties. */
  Path workPlace(String name) {
    return layout.building("+" + name);
  }

  /** Deletes a tree that only the builder and we write. */
  static void delete(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** Notes in which environment a build in this place is going on. */
  static void mark(Path place, Digest environment) throws IOException {
    Files.writeString(place.resolve(ENVIRONMENT), environment.hex());
  }

  /** Environments, of no use to anybody, in which a crash ended a build; until {@link #clear}. */
  public List<Digest> abandoned() throws IOException {
    List<Digest> all = new ArrayList<>();
    if (Files.isDirectory(layout.buildings())) {
      try (Stream<Path> builds = Files.list(layout.buildings())) {
        for (Path mark : builds.map(build -> build.resolve(ENVIRONMENT)).toList()) {
          String id = Files.exists(mark) ? Files.readString(mark) : "";
          // A power cut may have left the file without its content.
          if (id.matches("[0-9a-f]{64}")) {
            all.add(new Digest(id));
          }
        }
      }
    }
    return all;
  }

  /** Deletes what builds left that a crash ended. */
  public void clear() throws IOException {
    delete(layout.buildings());
  }
}
