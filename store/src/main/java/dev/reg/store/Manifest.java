package dev.reg.store;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an environment consists of, skeleton and directories included; a text file written before
 * the environment gets its name. Fields are separated by tabs, which no path has:
 *
 * <pre>
 * reg-environment  1
 * id       sha256:…
 * files    2
 * bytes    1234
 * d        755   /etc
 * f        &lt;hex&gt;-644  replica  size  /etc/x
 * l        /etc/y   target
 * t        /etc/z   content in base64
 * end      sha256:… of everything above
 * </pre>
 */
record Manifest(Digest id, int files, long bytes, List<Item> items) {
  private static final String FIRST = "reg-environment\t1";
  private static final String END = "end\t";

  /** A path with, for a file, the replica it is a link to and its size in bytes. */
  record Item(Entry entry, int replica, long size) {
    static Item of(Entry entry) {
      return new Item(entry, 0, 0);
    }
  }

  /** What a start needs; read without the items. */
  record Head(Digest id, int files, long bytes) {}

  byte[] toBytes() {
    StringBuilder text = new StringBuilder(items.size() * 128);
    text.append(FIRST).append("\nid\t").append(id).append("\nfiles\t").append(files);
    text.append("\nbytes\t").append(bytes).append('\n');
    for (Item item : items) {
      String line =
          switch (item.entry()) {
            case Entry.Directory d -> "d\t" + Integer.toOctalString(d.mode()) + "\t" + d.path();
            case Entry.Link l -> "l\t" + l.path() + "\t" + l.target();
            case Entry.Text t -> "t\t" + t.path() + "\t" + encoded(t);
            case Entry.File f ->
                "f\t" + f.object() + "\t" + item.replica() + "\t" + item.size() + "\t" + f.path();
          };
      text.append(line).append('\n');
    }
    Digest end = Digest.of(text.toString().getBytes(StandardCharsets.UTF_8));
    return text.append(END).append(end).append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String encoded(Entry.Text text) {
    return Base64.getEncoder().encodeToString(text.content().getBytes(StandardCharsets.UTF_8));
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  /** Reads the first four lines. */
  static Head head(Path file) throws IOException, RegException {
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      return head(file, lines);
    } catch (CharacterCodingException | NoSuchFileException e) {
      throw corrupted(file, "it is missing or not UTF-8", e);
    }
  }

  /** Reads all of it; CORRUPTED unless it is, byte for byte, what was written. */
  static Manifest read(Path file) throws IOException, RegException {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException | NoSuchFileException e) {
      throw corrupted(file, "it is missing or not UTF-8", e);
    }
    int end = text.lastIndexOf(END);
    if (end < 0
        || !text.substring(end)
            .equals(
                END + Digest.of(text.substring(0, end).getBytes(StandardCharsets.UTF_8)) + "\n")) {
      throw corrupted(file, "its content does not have the digest it ends with", null);
    }
    try (BufferedReader lines = new BufferedReader(new StringReader(text.substring(0, end)))) {
      Head head = head(file, lines);
      List<Item> items = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        items.add(item(file, line.split("\t", -1)));
      }
      return new Manifest(head.id(), head.files(), head.bytes(), items);
    }
  }

  private static Head head(Path file, BufferedReader lines) throws IOException, RegException {
    if (!FIRST.equals(lines.readLine())) {
      throw corrupted(file, "it does not begin with " + Text.quote(FIRST), null);
    }
    Digest id = Digest.parse(field(file, lines, "id\t"));
    try {
      int files = Integer.parseInt(field(file, lines, "files\t"));
      return new Head(id, files, Long.parseLong(field(file, lines, "bytes\t")));
    } catch (NumberFormatException e) {
      throw corrupted(file, "a number is not one", e);
    }
  }

  private static String field(Path file, BufferedReader lines, String name)
      throws IOException, RegException {
    String line = lines.readLine();
    if (line == null || !line.startsWith(name)) {
      throw corrupted(file, "the field " + name.strip() + " is missing", null);
    }
    return line.substring(name.length());
  }

  private static Item item(Path file, String[] fields) throws RegException {
    try {
      return switch (fields[0]) {
        case "d" -> Item.of(new Entry.Directory(fields[2], Integer.parseInt(fields[1], 8)));
        case "l" -> Item.of(new Entry.Link(fields[1], fields[2]));
        case "t" -> Item.of(new Entry.Text(fields[1], decoded(fields[2])));
        case "f" ->
            new Item(
                new Entry.File(fields[4], ObjectId.parse(fields[1])),
                Integer.parseInt(fields[2]),
                Long.parseLong(fields[3]));
        default -> throw corrupted(file, "a line is of no known kind", null);
      };
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw corrupted(file, "a line is malformed", e);
    }
  }

  private static RegException corrupted(Path file, String why, @Nullable Throwable cause) {
    return new RegException(
        ErrorKind.CORRUPTED,
        "cannot read "
            + file
            + ": "
            + why
            + "; remove the environment, it is made again when needed",
        cause);
  }
}
