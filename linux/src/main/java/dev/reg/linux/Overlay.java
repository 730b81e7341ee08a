package dev.reg.linux;

import java.nio.file.Path;
import java.util.List;

/**
 * What an overlay is made of.
 *
 * @param source its name in mountinfo, for whoever wants to find it there; at most 255 bytes
 * @param lowers read-only layers, the topmost first, at most 8; must never change while mounted
 * @param upper takes the changes; mounted at most once at a time
 * @param work an empty directory on the filesystem of {@code upper}
 * @param volatileSync never synced: faster to dismantle, but fsync does nothing and upper and work
 *     can not be mounted a second time
 */
public record Overlay(
    String source, List<Path> lowers, Path upper, Path work, boolean volatileSync) {
  private static final int MOST = 8;

  public Overlay {
    lowers = List.copyOf(lowers);
    if (lowers.isEmpty() || lowers.size() > MOST) {
      throw new IllegalArgumentException("an overlay of " + lowers.size() + " lower layers");
    }
  }
}
