package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/** The files of a container image by name: those of a directory, or of a tar archive. */
final class ImageFiles {
  /** Files in an archive. */
  static final int MOST = 100_000;

  private static final int MOST_LINKS = 10;

  private final @Nullable Path directory;
  private final @Nullable FileChannel archive;
  private final Map<String, Place> places = new HashMap<>();

  /** Where a file lies in an archive, or which other file it is. */
  private record Place(long offset, long size, @Nullable String link) {}

  private ImageFiles(@Nullable Path directory, @Nullable FileChannel archive) {
    this.directory = directory;
    this.archive = archive;
  }

  /** Those below a directory that nobody else changes. */
  static ImageFiles of(Path directory) {
    return new ImageFiles(directory, null);
  }

  /**
   * Those of an uncompressed archive. Throws INVALID for one that is damaged or that has two files
   * of one name.
   */
  static ImageFiles of(FileChannel archive) throws IOException, RegException {
    ImageFiles files = new ImageFiles(null, archive);
    long length = archive.size();
    CountingStream counted = new CountingStream(Channels.newInputStream(archive.position(0)));
    // Closing it would close the channel, which is the caller's.
    @SuppressWarnings("resource")
    TarArchiveInputStream tar = new TarStream(counted);
    try {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        files.add(entry, counted.count, length);
      }
    } catch (IllegalArgumentException | IOException e) {
      throw invalid("it is no sound tar archive: " + Text.line(String.valueOf(e.getMessage())), e);
    }
    if (files.places.isEmpty()) {
      throw invalid("there is nothing in it that a tar archive has", null);
    }
    return files;
  }

  private void add(TarArchiveEntry entry, long offset, long length) throws RegException {
    if (entry.isDirectory()) {
      return;
    }
    String name = Unpacker.path("the image", entry.getName()).substring(1);
    Place place;
    if (entry.isLink() || entry.isSymbolicLink()) {
      String target =
          entry.isLink()
              ? Paths.target("/", "/" + entry.getLinkName())
              : Paths.target("/" + name, entry.getLinkName());
      place = new Place(0, 0, target.substring(1));
    } else if (!Unpacker.isPlain(entry)) {
      throw PackageTree.refused("the image", name, "is neither file, directory nor link");
    } else if (entry.getSize() < 0 || entry.getSize() > length - offset) {
      throw PackageTree.refused("the image", name, "is larger than the archive");
    } else {
      place = new Place(offset, entry.getSize(), null);
    }
    if (places.put(name, place) != null) {
      throw PackageTree.refused("the image", name, "is in the archive twice");
    }
    if (places.size() > MOST) {
      throw new RegException(
          ErrorKind.EXHAUSTED, "cannot import the image: it has more than " + MOST + " files");
    }
  }

  boolean has(String name) {
    return find(name) != null
        || (directory != null
            && Paths.problem("/" + name) == null
            && Files.isRegularFile(directory.resolve(name), LinkOption.NOFOLLOW_LINKS));
  }

  private @Nullable Place find(String name) {
    Place place = places.get(name);
    for (int i = 0; i < MOST_LINKS && place != null && place.link != null; i++) {
      place = places.get(place.link);
    }
    return place == null || place.link != null ? null : place;
  }

  /** Throws INVALID for what is not there. */
  InputStream open(String name) throws IOException, RegException {
    Place place = find(name);
    if (place != null && archive != null) {
      return new BufferedInputStream(new Part(archive, place.offset, place.size), 65_536);
    }
    if (directory == null || !has(name)) {
      throw invalid("it lacks the file " + Text.quote(name), null);
    }
    return new BufferedInputStream(Files.newInputStream(directory.resolve(name)), 65_536);
  }

  /** A small file as a whole. */
  byte[] read(String name, int most) throws IOException, RegException {
    try (InputStream in = open(name)) {
      byte[] content = in.readNBytes(most + 1);
      if (content.length > most) {
        throw invalid(Text.quote(name) + " is larger than " + most + " bytes", null);
      }
      return content;
    }
  }

  /** Some bytes of a file. */
  private static final class Part extends InputStream {
    private final FileChannel channel;
    private final long end;
    private long at;

    Part(FileChannel channel, long offset, long size) {
      this.channel = channel;
      this.at = offset;
      this.end = offset + size;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (at >= end) {
        return -1;
      }
      int n = channel.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(length, end - at)), at);
      at += Math.max(n, 0);
      return n;
    }
  }

  static RegException invalid(String why, @Nullable Throwable cause) {
    return new RegException(ErrorKind.INVALID, "cannot import the image: " + why, cause);
  }
}
