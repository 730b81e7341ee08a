package dev.reg.store;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;

/** The disk itself. */
final class KernelDisk implements Disk {
  private static final FileTime FIXED = FileTime.from(TIME);

  @Override
  public WritableByteChannel create(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
  }

  @Override
  public void seal(Path file, int mode) throws IOException {
    Files.setLastModifiedTime(file, FIXED);
    Files.setAttribute(file, "unix:mode", mode);
  }

  @Override
  public void directory(Path directory, int mode) throws IOException {
    Files.createDirectory(directory);
    Files.setAttribute(directory, "unix:mode", mode);
  }

  @Override
  public boolean link(Path existing, Path link) throws IOException {
    try {
      Files.createLink(link, existing);
      return true;
    } catch (FileSystemException e) {
      if (Failures.is(e, Errno.EMLINK)) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void symbolicLink(Path link, String target) throws IOException {
    Files.createSymbolicLink(link, Path.of(target));
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.delete(path);
  }

  @Override
  public void sync(Path directory) throws IOException {
    try (Fd fd = Descriptors.open(directory, Open.O_RDONLY | Open.O_DIRECTORY, 0)) {
      Descriptors.syncFilesystem(fd);
    }
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public FileStatus status(Path path) throws IOException {
    try {
      return Descriptors.status(path);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        NoSuchFileException missing = new NoSuchFileException(path.toString());
        missing.initCause(e);
        throw missing;
      }
      throw e;
    }
  }
}
