package dev.reg.store;

import java.io.IOException;
import java.nio.file.Path;

/** A file system whose inodes take few links, where ext4's take 65,000. */
final class LinkLimitedDisk extends ForwardingDisk {
  private final int limit;

  LinkLimitedDisk(int limit) {
    this.limit = limit;
  }

  @Override
  public boolean link(Path existing, Path link) throws IOException {
    return status(existing).links() < limit && super.link(existing, link);
  }
}
