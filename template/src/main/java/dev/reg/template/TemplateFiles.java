package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Layout;
import dev.reg.template.provenance.ProvenanceReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of each stored template. template.yaml is the template; head.json is derived, never
 * there without it, and never older: it goes before template.yaml is replaced. So does
 * provenance.json: a crash may leave a replaced template without one, never with another's.
 * traces.json says for which content it holds.
 */
final class TemplateFiles {
  /** Larger is not what {@link HeadFile} wrote: one variable or word is at most 64 KiB. */
  private static final int MAX_HEAD = 16 * 1024 * 1024;

  /** A hundred commands of as many words as a template's may have. */
  private static final int MAX_TRACES = 16 * 1024 * 1024;

  private static final String TEMPORARY = ".tmp";

  private final Layout layout;
  private final TemplateGroup group;
  private boolean cutShort;

  TemplateFiles(Layout layout, TemplateGroup.Step step) {
    this.layout = layout;
    this.group = new TemplateGroup(layout, step);
  }

  /** How many bytes the objects of a template have. */
  interface Sizes {
    long of(Template template) throws IOException, RegException;
  }

  /** Ends the replacement of several templates that a crash interrupted, and reads all heads. */
  List<Head> scan(Sizes sizes, List<String> problems) throws IOException {
    cutShort = group.recover();
    List<Head> heads = new ArrayList<>();
    for (Path name : directories(layout.templates())) {
      if (name.equals(layout.templatesReplacing())) {
        continue;
      }
      if (!TemplateRef.isName(fileName(name))) {
        problems.add("not a template's name, passed over: " + Text.quote(name.toString()));
        continue;
      }
      for (Path version : directories(name)) {
        if (Version.isValid(fileName(version))) {
          scan(fileName(name), fileName(version), sizes, heads, problems);
        } else {
          problems.add("not a version, passed over: " + Text.quote(version.toString()));
        }
      }
    }
    return heads;
  }

  /** As {@link TemplateGroup#write}; {@link #settled} ends it. */
  void write(List<TemplateGroup.Part> parts) throws IOException {
    group.write(parts);
  }

  /** As {@link TemplateGroup#forget}. */
  void forget() throws IOException {
    group.forget();
  }

  /** As {@link TemplateGroup#isBegun}. */
  boolean isBegun() {
    return group.isBegun();
  }

  /** As {@link TemplateGroup#finish}. */
  void finish() throws IOException {
    group.finish();
  }

  /** What the replaced templates alone referred to has been deleted. */
  void settled() throws IOException {
    group.end();
  }

  /** Whether the scan found a template that had been removed, replaced or written only in part. */
  boolean wasCutShort() {
    return cutShort;
  }

  private void scan(
      String name, String version, Sizes sizes, List<Head> heads, List<String> problems)
      throws IOException {
    if (!Files.isRegularFile(layout.templateFile(name, version), LinkOption.NOFOLLOW_LINKS)) {
      // Removed, or written, only in part when the power went.
      cutShort = true;
      delete(name, version);
      return;
    }
    try {
      Head head = HeadFile.read(bounded(layout.templateHead(name, version), MAX_HEAD));
      if (head.name().equals(name) && head.version().text().equals(version)) {
        heads.add(head);
        return;
      }
    } catch (IOException e) {
      // Missing or damaged: it is only derived.
    }
    try {
      heads.add(rebuild(name, version, sizes));
    } catch (RegException e) {
      problems.add("template " + name + "@" + version + " is damaged: " + e.line());
    }
  }

  private Head rebuild(String name, String version, Sizes sizes) throws IOException, RegException {
    Path file = layout.templateFile(name, version);
    byte[] document = bounded(file, TemplateReader.MAX_BYTES);
    Template template = TemplateReader.read(file.toString(), document);
    if (!template.name().equals(name)
        || !template.version().text().equals(version)
        || !template.isResolved()) {
      throw new RegException(
          ErrorKind.CORRUPTED, file + " has " + template.id() + " or is not resolved");
    }
    Head head =
        TemplateRepository.head(
            template,
            Digest.of(document),
            sizes.of(template),
            Files.getLastModifiedTime(file).toInstant());
    replace(layout.templateHead(name, version), HeadFile.write(head));
    return head;
  }

  byte[] read(Head head) throws IOException, RegException {
    try {
      return bounded(
          layout.templateFile(head.name(), head.version().text()), TemplateReader.MAX_BYTES);
    } catch (NoSuchFileException e) {
      throw new RegException(
          ErrorKind.CORRUPTED, "the file of the stored template " + head.id() + " is missing", e);
    }
  }

  /** Empty when no run was recorded. */
  byte[] traces(Head head) throws IOException {
    try {
      return bounded(layout.templateTraces(head.name(), head.version().text()), MAX_TRACES);
    } catch (NoSuchFileException e) {
      return new byte[0];
    }
  }

  /** Durable when it returns. */
  void writeTraces(Head head, byte[] document) throws IOException {
    replace(layout.templateTraces(head.name(), head.version().text()), document);
  }

  /** Where the template's files come from, as it is stored; null when nothing is. */
  byte @Nullable [] readProvenance(Head head) throws IOException {
    try {
      return bounded(
          layout.templateProvenance(head.name(), head.version().text()),
          ProvenanceReader.MAX_BYTES);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** For a template that stays as it is. */
  void writeProvenance(Head head, byte[] provenance) throws IOException {
    replace(layout.templateProvenance(head.name(), head.version().text()), provenance);
  }

  /**
   * Durable when it returns; leaves what was there before when it fails: all that takes space is
   * written before anything is replaced.
   *
   * @param provenance null for none
   */
  void write(Head head, byte[] document, byte @Nullable [] provenance) throws IOException {
    String name = head.name();
    String version = head.version().text();
    Path directory = layout.template(name, version);
    Path yaml = layout.templateFile(name, version);
    Path json = layout.templateHead(name, version);
    Path origin = layout.templateProvenance(name, version);
    boolean fresh = !Files.exists(yaml);
    boolean done = false;
    try {
      Files.createDirectories(directory);
      prepare(yaml, document);
      prepare(json, HeadFile.write(head));
      if (provenance != null) {
        prepare(origin, provenance);
      }
      Files.deleteIfExists(json);
      Files.deleteIfExists(origin);
      if (fresh && provenance != null) {
        // Nobody finds it before there is a template.
        place(origin);
      }
      place(yaml);
      if (!fresh && provenance != null) {
        place(origin);
      }
      place(json);
      sync(directory);
      sync(layout.template(name));
      sync(layout.templates());
      done = true;
    } finally {
      if (!done && fresh) {
        delete(name, version);
      } else if (!done) {
        for (Path file : List.of(yaml, json, origin)) {
          Files.deleteIfExists(temporary(file));
        }
      }
    }
  }

  /**
   * Its end as a template; the directory stays until {@link #delete} as a sign for the next scan.
   */
  void retire(Head head) throws IOException {
    Files.deleteIfExists(layout.templateFile(head.name(), head.version().text()));
    sync(layout.template(head.name(), head.version().text()));
  }

  void delete(Head head) throws IOException {
    delete(head.name(), head.version().text());
  }

  private void delete(String name, String version) throws IOException {
    Path directory = layout.template(name, version);
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Path yaml = layout.templateFile(name, version);
    Path json = layout.templateHead(name, version);
    Path provenance = layout.templateProvenance(name, version);
    Path traces = layout.templateTraces(name, version);
    for (Path file : List.of(yaml, json, provenance, traces)) {
      Files.deleteIfExists(file);
      Files.deleteIfExists(temporary(file));
    }
    Files.deleteIfExists(directory);
    sync(layout.template(name));
    try {
      Files.deleteIfExists(layout.template(name));
    } catch (DirectoryNotEmptyException e) {
      return;
    }
    sync(layout.templates());
  }

  static void replace(Path file, byte[] content) throws IOException {
    prepare(file, content);
    place(file);
    Path directory = file.getParent();
    if (directory != null) {
      sync(directory);
    }
  }

  /** Writes it beside its place, durably but for the name. */
  private static void prepare(Path file, byte[] content) throws IOException {
    try (FileChannel out =
        FileChannel.open(
            temporary(file),
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
      out.force(true);
    }
  }

  private static void place(Path file) throws IOException {
    Files.move(temporary(file), file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path temporary(Path file) {
    return file.resolveSibling(fileName(file) + TEMPORARY);
  }

  static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  static byte[] bounded(Path file, int limit) throws IOException {
    try (var in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      byte[] content = in.readNBytes(limit + 1);
      if (content.length > limit) {
        throw new IOException(file + " has more than " + limit + " bytes");
      }
      return content;
    }
  }

  private static List<Path> directories(Path directory) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          found.add(entry);
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    found.sort(null);
    return found;
  }

  private static String fileName(Path path) {
    return String.valueOf(path.getFileName());
  }
}
