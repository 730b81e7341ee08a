package dev.reg.store;

import dev.reg.linux.FileStatus;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** The real disk, each call announced first; for tests to override. */
class ForwardingDisk implements Disk {
  private final Disk disk = new KernelDisk();

  /** Called before each operation. */
  void before(String operation, Path path) throws IOException {}

  @Override
  public WritableByteChannel create(Path file) throws IOException {
    before("create", file);
    return disk.create(file);
  }

  @Override
  public void seal(Path file, int mode) throws IOException {
    before("seal", file);
    disk.seal(file, mode);
  }

  @Override
  public void directory(Path directory, int mode) throws IOException {
    before("directory", directory);
    disk.directory(directory, mode);
  }

  @Override
  public boolean link(Path existing, Path link) throws IOException {
    before("link", link);
    return disk.link(existing, link);
  }

  @Override
  public void symbolicLink(Path link, String target) throws IOException {
    before("symbolicLink", link);
    disk.symbolicLink(link, target);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    before("move", to);
    disk.move(from, to);
  }

  @Override
  public void delete(Path path) throws IOException {
    before("delete", path);
    disk.delete(path);
  }

  @Override
  public void sync(Path directory) throws IOException {
    before("sync", directory);
    disk.sync(directory);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    before("syncDirectory", directory);
    disk.syncDirectory(directory);
  }

  @Override
  public FileStatus status(Path path) throws IOException {
    before("status", path);
    return disk.status(path);
  }
}
