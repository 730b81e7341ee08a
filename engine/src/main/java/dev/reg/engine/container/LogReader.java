package dev.reg.engine.container;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a detached container's log as its logger writes it (docs/protocol.md): one record a line,
 * {@code 2026-11-23T08:00:00.123456789Z stdout F text}. The log is renamed to {@code log.1} when it
 * is large; a reader that follows it goes on with the new one.
 */
public final class LogReader implements Closeable {
  /** The text is at most 16 KiB; what is longer than this is no record of the logger's. */
  private static final int LONGEST = 20_000;

  private static final byte[] OUT = "stdout".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ERR = "stderr".getBytes(StandardCharsets.US_ASCII);

  /**
   * What a program wrote at once, newline included.
   *
   * @param stream 1 for standard output, 2 for standard error
   * @param time when it was read from the program, as it stands in the log
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  public record Chunk(int stream, String time, byte[] bytes) {
    /** Whether the program's line ends here. */
    public boolean endsLine() {
      return bytes.length > 0 && bytes[bytes.length - 1] == '\n';
    }
  }

  /**
   * The times that are wanted, both included. Times of one form and zone compare as text.
   *
   * @param since null for the log's beginning
   * @param until null for no end
   */
  public record Window(@Nullable Instant since, @Nullable Instant until) {
    /** All times. */
    public static final Window ALL = new Window(null, null);
  }

  /** As the logger writes them. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Path log;
  private final @Nullable String since;
  private final @Nullable String until;
  private @Nullable FileChannel file;
  private @Nullable Object identity;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).flip();

  /** Whether the line that the buffer begins with is the rest of one that was too long. */
  private boolean rest;

  private LogReader(Path log, Window window) {
    this.log = log;
    this.since = window.since() == null ? null : TIME.format(window.since());
    this.until = window.until() == null ? null : TIME.format(window.until());
  }

  /** A container that never ran detached has no log; that reads as an empty one. */
  public static LogReader open(Path log) throws IOException {
    return open(log, Window.ALL);
  }

  /** As {@link #open(Path)}; what was written at other times is passed over. */
  public static LogReader open(Path log, Window window) throws IOException {
    LogReader reader = new LogReader(log, window);
    if (!reader.use(log.resolveSibling(log.getFileName() + ".1"))) {
      reader.use(log);
    }
    return reader;
  }

  private boolean use(Path path) throws IOException {
    while (true) {
      Object before = identity(path);
      if (before == null) {
        return false;
      }
      FileChannel next;
      try {
        next = FileChannel.open(path, StandardOpenOption.READ);
      } catch (NoSuchFileException e) {
        continue;
      }
      if (before.equals(identity(path))) {
        close();
        file = next;
        identity = before;
        return true;
      }
      next.close(); // renamed meanwhile: which of the two is open nobody knows
    }
  }

  private static @Nullable Object identity(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** The next record; null at the end of what is whole by now. */
  public @Nullable Chunk next() throws IOException {
    while (true) {
      byte[] line = line();
      if (line == null) {
        if (!succeed()) {
          return null;
        }
        continue;
      }
      Chunk chunk = parse(line);
      if (chunk != null && isWanted(chunk.time())) {
        return chunk;
      }
    }
  }

  private boolean isWanted(String time) {
    return (since == null || time.compareTo(since) >= 0)
        && (until == null || time.compareTo(until) <= 0);
  }

  /** At the end of a file: whether there is a newer one, which is read from now on. */
  private boolean succeed() throws IOException {
    Object current = identity(log);
    if (current == null || current.equals(identity)) {
      return false;
    }
    // Only now is the old one surely complete: it was renamed before the new one was made.
    FileChannel old = file;
    if (old != null && (buffer.hasRemaining() || old.position() < old.size())) {
      if (fill(old)) {
        return true;
      }
    }
    buffer.clear().flip();
    rest = false;
    return use(log);
  }

  /** A whole line without its newline; null when there is none yet. */
  private byte @Nullable [] line() throws IOException {
    FileChannel channel = file;
    if (channel == null) {
      return null;
    }
    int from = buffer.position();
    while (true) {
      for (int i = from; i < buffer.limit(); i++) {
        if (buffer.get(i) == '\n') {
          byte[] line = new byte[i - buffer.position()];
          buffer.get(line);
          buffer.get();
          if (!rest && line.length <= LONGEST) {
            return line;
          }
          rest = false;
        }
      }
      if (buffer.remaining() > LONGEST) {
        buffer.position(buffer.limit());
        rest = true;
      }
      int seen = buffer.remaining();
      if (!fill(channel)) {
        return null;
      }
      from = buffer.position() + seen;
    }
  }

  private boolean fill(FileChannel channel) throws IOException {
    buffer.compact();
    try {
      return channel.read(buffer) > 0;
    } finally {
      buffer.flip();
    }
  }

  /** Null for a line that no logger wrote. */
  private static @Nullable Chunk parse(byte[] line) {
    int stream = index(line, 0) + 1;
    int tag = stream == 0 ? 0 : index(line, stream) + 1;
    if (tag == 0 || tag + 2 > line.length || line[tag + 1] != ' ') {
      return null;
    }
    boolean out = Arrays.equals(line, stream, tag - 1, OUT, 0, OUT.length);
    boolean err = Arrays.equals(line, stream, tag - 1, ERR, 0, ERR.length);
    boolean whole = line[tag] == 'F';
    if ((!out && !err) || (!whole && line[tag] != 'P')) {
      return null;
    }
    byte[] bytes = Arrays.copyOfRange(line, tag + 2, line.length + (whole ? 1 : 0));
    if (whole) {
      bytes[bytes.length - 1] = '\n';
    }
    String time = new String(line, 0, stream - 1, StandardCharsets.ISO_8859_1);
    return new Chunk(out ? 1 : 2, time, bytes);
  }

  /** Where the next space is, or -1. */
  private static int index(byte[] line, int from) {
    for (int i = from; i < line.length; i++) {
      if (line[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  /** Skips to where the last {@code lines} lines, of both streams together, begin. */
  public List<Chunk> last(int lines) throws IOException {
    Deque<Chunk> kept = new ArrayDeque<>();
    long newlines = 0;
    for (Chunk chunk = next(); chunk != null; chunk = next()) {
      kept.add(chunk);
      newlines += count(chunk);
      // One more newline than lines: the one that ends the line before them.
      while (kept.size() > 1 && newlines - count(kept.getFirst()) > lines) {
        newlines -= count(kept.removeFirst());
      }
    }
    boolean open = !kept.isEmpty() && !kept.getLast().endsLine();
    long surplus = newlines + (open ? 1 : 0) - lines;
    return cut(kept, surplus);
  }

  /** Without the first {@code surplus} lines. */
  private static List<Chunk> cut(Iterable<Chunk> chunks, long surplus) {
    List<Chunk> rest = new ArrayList<>();
    long left = surplus;
    for (Chunk chunk : chunks) {
      int from = 0;
      while (left > 0 && from < chunk.bytes().length) {
        if (chunk.bytes()[from++] == '\n') {
          left--;
        }
      }
      if (from < chunk.bytes().length) {
        rest.add(
            new Chunk(
                chunk.stream(),
                chunk.time(),
                Arrays.copyOfRange(chunk.bytes(), from, chunk.bytes().length)));
      }
    }
    return rest;
  }

  private static long count(Chunk chunk) {
    long newlines = 0;
    for (byte b : chunk.bytes()) {
      if (b == '\n') {
        newlines++;
      }
    }
    return newlines;
  }

  @Override
  public void close() throws IOException {
    FileChannel open = file;
    if (open != null) {
      open.close();
    }
  }
}
