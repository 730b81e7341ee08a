package dev.reg.engine.limit;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Directories;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Directories and files of the control groups' filesystem; a directory made is full of files. */
interface GroupFiles {
  /** False when it was there. */
  boolean make(Path group) throws SyscallException;

  /** False while there are processes or groups in it; true also when there was none. */
  boolean remove(Path group) throws SyscallException;

  /** The running kernel's. */
  GroupFiles KERNEL =
      new GroupFiles() {
        @Override
        public boolean make(Path group) throws SyscallException {
          try (Fd parent = parent(group)) {
            Directories.makeDirectoryAt(parent, group.getFileName().toString(), 0755);
            return true;
          } catch (SyscallException e) {
            if (e.errno() == Errno.EEXIST) {
              return false;
            }
            throw e;
          }
        }

        @Override
        public boolean remove(Path group) throws SyscallException {
          try (Fd parent = parent(group)) {
            Directories.unlinkAt(parent, group.getFileName().toString(), Open.AT_REMOVEDIR);
          } catch (SyscallException e) {
            if (e.errno() == Errno.EBUSY || e.errno() == Errno.ENOTEMPTY) {
              return false;
            }
            if (e.errno() != Errno.ENOENT) {
              throw e;
            }
          }
          return true;
        }
      };

  private static Fd parent(Path group) throws SyscallException {
    return Descriptors.open(
        Objects.requireNonNull(group.getParent()), Open.O_PATH | Open.O_DIRECTORY, 0);
  }

  /** Writes in one write(2), which is what the kernel takes for one value. */
  static void write(Path file, String value) throws SyscallException {
    try (Fd fd = Descriptors.open(file, Open.O_WRONLY, 0)) {
      Descriptors.write(fd, value.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** The whole text, without white space at its end. */
  static String read(Path file) throws IOException {
    try (Fd fd = Descriptors.open(file, Open.O_RDONLY, 0)) {
      return new String(Descriptors.readAll(fd, 1 << 20), StandardCharsets.US_ASCII)
          .stripTrailing();
    }
  }

  /** The number after a name in a file of such lines; 0 when there is none. */
  static long number(Path file, String name) throws IOException {
    for (String line : read(file).split("\n", -1)) {
      if (line.startsWith(name + " ")) {
        return Long.parseLong(line.substring(name.length() + 1).strip());
      }
    }
    return 0;
  }

  /** Names of the groups within a group; none when it is not there. */
  static List<String> within(Path group) throws SyscallException {
    try (Fd directory = Descriptors.open(group, Open.O_RDONLY | Open.O_DIRECTORY, 0)) {
      return Directories.readDirectory(directory).stream()
          .filter(entry -> entry.type() == DirectoryEntry.Type.DIRECTORY)
          .map(entry -> entry.name())
          .toList();
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return List.of();
      }
      throw e;
    }
  }
}
