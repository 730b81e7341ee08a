package dev.reg.engine.building;

import dev.reg.store.Digest;
import dev.reg.store.Layout;
import dev.reg.store.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** Where builders work: what is left there was left by a crash. */
public final class BuildPlaces {
  /**
   * What the name of a file begins with that has the id of the environment in which a build's post
   * step runs: beside the build's directory, for in that the builder writes, too.
   */
  private static final String MARK = "@";

  static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Layout layout;

  BuildPlaces(Layout layout) {
    this.layout = layout;
  }

  /**
   * Makes a directory for the one build of this name. It is called otherwise each time, so that the
   * files of a build are not where those of the last one have just been deleted.
   */
  Path make(String name) throws IOException {
    Path place =
        layout.building(name + "=" + Long.toHexString(ThreadLocalRandom.current().nextLong()));
    return Files.createDirectory(place, PRIVATE);
  }

  /** A path that no build uses and that the next start empties. */
  Path workPlace(String name) {
    return layout.building("+" + name);
  }

  /** Notes in which environment a build is going on. */
  void mark(String name, Digest environment) throws IOException {
    Files.writeString(layout.building(MARK + name), environment.hex());
  }

  /** It is going on in none any more. */
  void unmark(String name) throws IOException {
    Files.deleteIfExists(layout.building(MARK + name));
  }

  /** Environments, of no use to anybody, in which a crash ended a build; until {@link #clear}. */
  public List<Digest> abandoned() throws IOException {
    List<Digest> all = new ArrayList<>();
    try (Stream<Path> builds = Files.list(layout.buildings())) {
      for (Path mark : builds.filter(BuildPlaces::isMark).toList()) {
        String id = Files.readString(mark);
        // A power cut may have left the file without its content.
        if (id.matches("[0-9a-f]{64}")) {
          all.add(new Digest(id));
        }
      }
    }
    return all;
  }

  private static boolean isMark(Path path) {
    return path.getFileName().toString().startsWith(MARK);
  }

  /** Deletes what builds left that a crash ended. */
  public void clear() throws IOException {
    try (Stream<Path> builds = Files.list(layout.buildings())) {
      for (Path left : builds.toList()) {
        Trees.deleteIfThere(left);
      }
    }
  }
}
