package dev.reg.build;

import dev.reg.template.elf.ElfFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is in a file of a package: on disk, or in memory until somebody wants it there. Most files
 * of packages become part of no template, and making a file takes the kernel longer than filling
 * it. Safe for use by several threads.
 */
final class FileContent {
  private static final Set<PosixFilePermission> EXECUTABLE =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private Path place;
  private byte @Nullable [] kept;

  private FileContent(Path place, byte @Nullable [] kept) {
    this.place = place;
    this.kept = kept;
  }

  /** What is on disk. */
  static FileContent at(Path file) {
    return new FileContent(file, null);
  }

  /**
   * Data that is to be written there, once it is wanted; its directory need not be there. No ELF
   * file, nor anything that is executed: a loader looks for these on disk.
   */
  static FileContent kept(Path place, byte[] data) {
    return new FileContent(place, data);
  }

  /** The kernel asks no interpreter for what is not executable, nor does who looks for it. */
  static void makeExecutable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, EXECUTABLE);
  }

  /** Where it lies, from now on at the latest. */
  synchronized Path onDisk() throws IOException {
    if (kept != null) {
      Files.createDirectories(place.getParent());
      write(kept, place);
    }
    return place;
  }

  /** Gives it another name, which must not exist, on the filesystem of the first. */
  synchronized void linkTo(Path link) throws IOException {
    if (kept != null) {
      write(kept, link);
    } else {
      Files.createLink(link, place);
    }
  }

  private void write(byte[] bytes, Path file) throws IOException {
    Files.write(file, bytes, StandardOpenOption.CREATE_NEW);
    place = file;
    kept = null;
  }

  /** Whether it is in memory still. */
  synchronized boolean isKept() {
    return kept != null;
  }

  synchronized boolean isElf() throws IOException {
    return kept == null && ElfFiles.isElf(place);
  }

  /** In bytes. */
  synchronized long size() throws IOException {
    return kept != null ? kept.length : Files.size(place);
  }

  synchronized InputStream open() throws IOException {
    return kept != null ? new ByteArrayInputStream(kept) : Files.newInputStream(place);
  }
}
