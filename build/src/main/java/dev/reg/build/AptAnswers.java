package dev.reg.build;

import dev.reg.store.Digest;
import dev.reg.store.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What apt answered when it was asked which packages are to be installed: it thinks for a second,
 * and always the same as long as its lists are the same. Kept beside them, for nobody else to
 * write: one file an answer, which is found by all that it was made of.
 */
final class AptAnswers {
  /** Where the host's packages are recorded, the programs and libraries of apt among them. */
  private static final Path HOST = Path.of("/var/lib/dpkg/status");

  private final Path folder;
  private final List<Path> configuration;
  private final Path lists;

  /**
   * @param folder for the answers alone
   * @param configuration files that apt's answers depend on
   * @param lists the directory of the package lists
   */
  AptAnswers(Path folder, List<Path> configuration, Path lists) {
    this.folder = folder;
    this.configuration = List.copyOf(configuration);
    this.lists = lists;
  }

  /** The answer to a question, if it was asked before and nothing has changed since. */
  Optional<List<DebianPackage>> find(List<String> question) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file(question), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    List<DebianPackage> answer = DebianPackage.ofUris(String.join("\n", lines));
    // A power cut may have left the file without some of its content.
    boolean whole = !answer.isEmpty() && lines.getFirst().equals(Integer.toString(answer.size()));
    return whole ? Optional.of(answer) : Optional.empty();
  }

  void add(List<String> question, List<DebianPackage> answer) throws IOException {
    List<String> lines = new ArrayList<>(List.of(Integer.toString(answer.size())));
    answer.forEach(one -> lines.add(one.line()));
    Files.createDirectories(folder);
    Path fresh = folder.resolve("new");
    Files.write(fresh, lines);
    Files.move(fresh, file(question), StandardCopyOption.ATOMIC_MOVE);
  }

  /** To be called when the lists may have become others. */
  void clear() throws IOException {
    Trees.deleteIfThere(folder);
  }

  private Path file(List<String> question) throws IOException {
    StringBuilder key = new StringBuilder();
    question.forEach(word -> key.append(word).append('\n'));
    for (Path file : configuration) {
      key.append(Digest.of(file)).append('\n');
    }
    TreeSet<String> states = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(lists)) {
      for (Path file : files) {
        states.add(state(file));
      }
    }
    states.forEach(state -> key.append(state).append('\n'));
    key.append(Files.exists(HOST) ? state(HOST) : "");
    return folder.resolve(Digest.of(key.toString().getBytes(StandardCharsets.UTF_8)).hex());
  }

  /** What changes when the file does; of a directory nothing matters but that it is there. */
  private static String state(Path file) throws IOException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    return now.isDirectory()
        ? file.toString()
        : file + " " + now.size() + " " + now.lastModifiedTime();
  }
}
