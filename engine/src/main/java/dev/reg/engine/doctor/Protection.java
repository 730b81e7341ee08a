package dev.reg.engine.doctor;

import dev.reg.linux.Descriptors;
import dev.reg.linux.FileStatus;
import dev.reg.store.Guarded;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Whether anybody but root can reach the one copy of a library that all containers run. */
final class Protection implements Doctor.Group {
  private static final int OTHERS = 077;

  /** A group that is admitted to the engine finds its socket through the root, and nothing else. */
  private static final int GROUP_SEARCH = 010;

  private static final int OTHERS_WRITE = 022;
  private static final String NEEDED = "root's alone, below directories that only root writes";

  private final Layout layout;

  Protection(Layout layout) {
    this.layout = layout;
  }

  @Override
  public String name() {
    return "protection";
  }

  @Override
  public void examine(List<Check> found) throws IOException {
    if (!Files.exists(layout.root())) {
      return; // the filesystem's check says why it could not be made
    }
    Path root = layout.root().toRealPath();
    found.add(check(root));
  }

  private Check check(Path root) throws IOException {
    FileStatus own = Descriptors.status(root);
    if (own.uid() != 0 || (own.permissions() & OTHERS & ~GROUP_SEARCH) != 0) {
      return failed(
          root + " has mode 0%o and belongs to uid %d".formatted(own.permissions(), own.uid()),
          "chown root: " + root + " && chmod 0700 " + root);
    }
    boolean searched = (own.permissions() & GROUP_SEARCH) != 0;
    for (Path part : List.of(layout.objects(), layout.environments(), layout.containers())) {
      if (!Files.exists(part)) {
        continue;
      }
      FileStatus status = Descriptors.status(part);
      if (status.uid() != 0 || (status.permissions() & (searched ? OTHERS : OTHERS_WRITE)) != 0) {
        return failed(
            part
                + " has mode 0%o and belongs to uid %d"
                    .formatted(status.permissions(), status.uid()),
            "chown root: " + part + " && chmod 0700 " + part);
      }
    }
    Path parent = root.getParent();
    Optional<Path> above = parent == null ? Optional.empty() : Guarded.writable(parent);
    if (above.isPresent()) {
      return failed(
          above.get()
              + " can be written by others than root: who can rename "
              + root
              + " replaces it",
          "keep the root below directories that only root can write: reg --root DIR");
    }
    return Check.ok(name(), root + ", 0%o, root's".formatted(own.permissions()), NEEDED);
  }

  /** Whoever can replace the repository can only hurt those who trust this root. */
  private Check failed(String found, String advice) {
    return Check.fail(name(), found, NEEDED, advice);
  }
}
