package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * What is in a compressed file: as it is, or packed with gzip (RFC 1952) or Zstandard (RFC 8878),
 * told by its first bytes. Bounded: an expansion that no honest archive has ends it.
 */
final class LayerReader {
  private static final Duration LIMIT = Duration.ofMinutes(20);
  private static final int NO_SUCH_PROGRAM = 127;

  private final Path work;

  /**
   * @param work a directory for what has to lie in a file meanwhile
   */
  LayerReader(Path work) {
    this.work = work;
  }

  /** What is done with the content. */
  interface Use {
    void of(InputStream content) throws IOException, RegException;
  }

  /** Reads a layer to its end and compares both digests with what the image says. */
  void read(ImageFiles files, ImageManifest.Layer layer, Use use) throws IOException, RegException {
    MessageDigest packed = Digest.sha256OfContents();
    MessageDigest plain = Digest.sha256OfContents();
    try (InputStream in = new DigestInputStream(files.open(layer.file()), packed)) {
      sound(
          layer.file(),
          in,
          content -> {
            InputStream digested = new DigestInputStream(content, plain);
            use.of(digested);
            digested.transferTo(OutputStream.nullOutputStream());
          });
      in.transferTo(OutputStream.nullOutputStream());
    }
    Digest blob = layer.blob();
    if (blob != null) {
      ImageManifest.verify(layer.file(), blob, Digest.finish(packed));
    }
    ImageManifest.verify("the content of " + layer.file(), layer.content(), Digest.finish(plain));
  }

  /**
   * An archive that can be read anywhere in: the file itself when it is a regular one that is not
   * packed, else a copy.
   */
  FileChannel seekable(FileChannel input, boolean regular) throws IOException, RegException {
    InputStream in = new BufferedInputStream(Channels.newInputStream(input));
    in.mark(8);
    byte[] head = in.readNBytes(4);
    in.reset();
    if (regular && !isGzip(head) && !isZstd(head)) {
      return input;
    }
    Path copy = work.resolve("archive");
    sound("the archive", in, content -> copy(content, copy));
    return FileChannel.open(copy, StandardOpenOption.READ);
  }

  /** What is in a file; errors of the disk are others than those of what is read. */
  void sound(String name, InputStream packed, Use use) throws IOException, RegException {
    try {
      unpack(name, packed, use);
    } catch (IOException e) {
      if (DiskErrors.isOne(e)) {
        throw e;
      }
      throw ImageFiles.invalid(
          Text.quote(name) + " is damaged: " + Text.line(String.valueOf(e.getMessage())), e);
    }
  }

  private void unpack(String name, InputStream packed, Use use) throws IOException, RegException {
    CountingStream counted = new CountingStream(packed);
    InputStream in = new BufferedInputStream(counted, 65_536);
    in.mark(8);
    byte[] head = in.readNBytes(4);
    in.reset();
    if (isZstd(head)) {
      zstd(name, in, use);
    } else if (isGzip(head)) {
      use.of(new BoundedStream(new GZIPInputStream(in, 65_536), () -> counted.count));
    } else {
      use.of(new BoundedStream(in, () -> counted.count));
    }
  }

  /** Java has no Zstandard; the program of that name is run, on a file and with little memory. */
  private void zstd(String name, InputStream in, Use use) throws IOException, RegException {
    Path file = work.resolve("packed");
    copy(in, file);
    long size = Files.size(file);
    Subprocess.Result result =
        Subprocess.run(
            List.of("zstd", "-dcq", "--memory=128MB", "--", file.toString()),
            AptHost.environment(),
            LIMIT,
            out -> {
              use.of(new BoundedStream(out, () -> size));
              out.transferTo(OutputStream.nullOutputStream());
            });
    Files.delete(file);
    if (result.exit() == NO_SUCH_PROGRAM) {
      throw new RegException(
          ErrorKind.UNAVAILABLE,
          "cannot import the image: "
              + Text.quote(name)
              + " is packed with Zstandard; install the package zstd");
    }
    if (result.exit() != 0) {
      throw ImageFiles.invalid(
          Text.quote(name) + " is damaged: " + Text.line(result.err().strip()), null);
    }
  }

  private static void copy(InputStream in, Path file) throws IOException, RegException {
    long bytes = 0;
    byte[] buffer = new byte[65_536];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        bytes += n;
        if (bytes > PackageTree.LARGEST) {
          throw new RegException(
              ErrorKind.EXHAUSTED,
              "cannot import the image: it is larger than " + PackageTree.LARGEST + " bytes");
        }
        out.write(buffer, 0, n);
      }
    }
  }

  private static boolean isGzip(byte[] head) {
    return head.length >= 2 && head[0] == 0x1f && head[1] == (byte) 0x8b;
  }

  private static boolean isZstd(byte[] head) {
    return head.length == 4
        && head[0] == 0x28
        && head[1] == (byte) 0xb5
        && head[2] == 0x2f
        && head[3] == (byte) 0xfd;
  }
}
