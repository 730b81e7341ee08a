package dev.reg.store;

import dev.reg.linux.Descriptors;
import dev.reg.linux.FileStatus;
import dev.reg.linux.Processes;
import dev.reg.linux.SyscallException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether others than root decide what is at a path. */
public final class Guarded {
  private static final int OTHERS_WRITE = 022;
  private static final int STICKY = 01000;

  private Guarded() {}

  /**
   * The first of a path and of the directories above it that others than root, or than who runs
   * this, can write; of a directory with the sticky bit they replace only what is theirs. A link on
   * the way is looked at, not followed.
   *
   * @param path absolute
   */
  public static Optional<Path> writable(Path path) throws SyscallException {
    for (@Nullable Path each = path; each != null; each = each.getParent()) {
      FileStatus status = Descriptors.status(each);
      boolean owned = status.uid() == 0 || status.uid() == Processes.userId();
      boolean open =
          !status.isSymbolicLink()
              && (status.permissions() & OTHERS_WRITE) != 0
              && !(status.isDirectory() && (status.permissions() & STICKY) != 0);
      if (!owned || open) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }
}
