package dev.reg.template;

import dev.reg.store.Digest;
import dev.reg.store.Layout;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.ProvenanceWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Several templates that take their places at once. All their files are written into a directory
 * aside, which then gets its name: from that moment on they are stored, whatever happens, for what
 * has not been moved to its place yet is moved by {@link #finish} or the next start. Before it,
 * nothing has changed; after it, nothing takes space on the disk any more but names.
 */
final class TemplateGroup {
  private static final String LIST = "list";
  private static final String DOCUMENT = ".yaml";
  private static final String PROVENANCE = ".json";
  private static final String HEAD = ".head";
  private static final int MAX_LIST = 16 * 1024 * 1024;

  private final Layout layout;
  private final Step step;

  /**
   * One template.
   *
   * @param provenance null when nobody knows
   */
  record Part(Head head, Template template, @Nullable Provenance provenance) {}

  /** Comes before every change on disk: tests let the machine die there. */
  interface Step {
    void before(Path path) throws IOException;
  }

  TemplateGroup(Layout layout, Step step) {
    this.layout = layout;
    this.step = step;
  }

  /**
   * Durable when it returns. When it fails, either nothing has changed or {@link #isBegun}, and
   * {@link #finish} is to be called until it does not fail. The last ones have been {@linkplain
   * #forget forgotten}.
   */
  void write(List<Part> parts) throws IOException {
    Path aside = layout.templatesAside();
    discard(aside);
    try {
      step.before(aside);
      Files.createDirectory(aside);
      StringBuilder list = new StringBuilder();
      for (int i = 0; i < parts.size(); i++) {
        Part part = parts.get(i);
        Head head = part.head();
        list.append(head.name()).append(' ').append(head.version()).append(' ');
        list.append(head.digest().hex()).append('\n');
        put(aside.resolve(i + DOCUMENT), TemplateWriter.write(part.template()));
        put(aside.resolve(i + HEAD), HeadFile.write(head));
        Provenance provenance = part.provenance();
        if (provenance != null) {
          put(aside.resolve(i + PROVENANCE), ProvenanceWriter.write(provenance));
        }
        // An empty one, left by a crash, is removed by the next start.
        Path directory = layout.template(head.name(), head.version().text());
        step.before(directory);
        Files.createDirectories(directory);
      }
      put(aside.resolve(LIST), list.toString().getBytes(StandardCharsets.UTF_8));
      step.before(layout.templatesReplacing());
      Files.move(aside, layout.templatesReplacing(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      try {
        discard(aside);
        for (Part part : parts) {
          deleteEmpty(part.head());
        }
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    TemplateFiles.sync(layout.templates());
    place();
  }

  private void deleteEmpty(Head head) throws IOException {
    try {
      step.before(layout.template(head.name()));
      Files.deleteIfExists(layout.template(head.name(), head.version().text()));
      Files.deleteIfExists(layout.template(head.name()));
    } catch (DirectoryNotEmptyException e) {
      // It has a template.
    }
  }

  /** Whether templates are stored of which not everything may be in its place yet. */
  boolean isBegun() {
    return Files.exists(layout.templatesReplacing().resolve(LIST), LinkOption.NOFOLLOW_LINKS);
  }

  /** Moves to its place what is not there yet; durable when it returns. */
  void finish() throws IOException {
    if (isBegun()) {
      place();
    }
  }

  /** Of the last ones all are in their places; what they replaced may still need space. */
  void forget() throws IOException {
    if (isBegun()) {
      finish();
      end();
    }
  }

  private void put(Path file, byte[] content) throws IOException {
    step.before(file);
    TemplateFiles.replace(file, content);
  }

  /** All are in their places, and what nobody needs any more is gone. */
  void end() throws IOException {
    discard(layout.templatesReplacing());
  }

  /**
   * Ends what a crash interrupted.
   *
   * @return whether anything was left
   */
  boolean recover() throws IOException {
    boolean aside = discard(layout.templatesAside());
    Path replacing = layout.templatesReplacing();
    if (!Files.isDirectory(replacing, LinkOption.NOFOLLOW_LINKS)) {
      return aside;
    }
    finish();
    return true;
  }

  private record Listed(String name, String version, Digest digest) {}

  /** May be done again from wherever it was interrupted. */
  private void place() throws IOException {
    Path from = layout.templatesReplacing();
    List<Listed> all = list(from);
    for (int i = 0; i < all.size(); i++) {
      place(all.get(i), from.resolve(String.valueOf(i)));
    }
    TemplateFiles.sync(layout.templates());
  }

  private void place(Listed listed, Path from) throws IOException {
    Path directory = layout.template(listed.name, listed.version);
    Path document = from.resolveSibling(from.getFileName() + DOCUMENT);
    Path provenance = from.resolveSibling(from.getFileName() + PROVENANCE);
    Path head = from.resolveSibling(from.getFileName() + HEAD);
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      step.before(directory);
      Files.createDirectories(directory);
    }
    if (Files.exists(document)) {
      if (!Digest.of(document).equals(listed.digest)) {
        throw new IOException(
            document + " is not what was written: remove " + layout.templatesReplacing());
      }
      // Derived, or another template's: never there beside a document that it is not of.
      step.before(directory);
      Files.deleteIfExists(layout.templateHead(listed.name, listed.version));
      step.before(directory);
      Files.deleteIfExists(layout.templateProvenance(listed.name, listed.version));
      move(document, layout.templateFile(listed.name, listed.version));
    }
    if (Files.exists(provenance)) {
      move(provenance, layout.templateProvenance(listed.name, listed.version));
    }
    if (Files.exists(head)) {
      move(head, layout.templateHead(listed.name, listed.version));
    }
    TemplateFiles.sync(directory);
    TemplateFiles.sync(layout.template(listed.name));
  }

  private void move(Path from, Path to) throws IOException {
    step.before(to);
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private static List<Listed> list(Path directory) throws IOException {
    String text =
        new String(
            TemplateFiles.bounded(directory.resolve(LIST), MAX_LIST), StandardCharsets.UTF_8);
    List<Listed> all = new ArrayList<>();
    for (String line : text.lines().toList()) {
      String[] words = line.split(" ", -1);
      if (words.length != 3
          || !TemplateRef.isName(words[0])
          || !Version.isValid(words[1])
          || !words[2].matches("[0-9a-f]{64}")) {
        throw new IOException(directory + " has a damaged list: remove it");
      }
      all.add(new Listed(words[0], words[1], new Digest(words[2])));
    }
    return all;
  }

  /** The list goes last: by a directory without one is known that all was in its place. */
  private boolean discard(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (!file.endsWith(LIST)) {
          step.before(file);
          Files.delete(file);
        }
      }
    } catch (NoSuchFileException e) {
      return false;
    }
    step.before(directory);
    Files.deleteIfExists(directory.resolve(LIST));
    step.before(directory);
    Files.delete(directory);
    TemplateFiles.sync(layout.templates());
    return true;
  }
}
