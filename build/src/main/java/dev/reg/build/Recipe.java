package dev.reg.build;

import dev.reg.template.Execution;
import dev.reg.template.Level;
import dev.reg.template.TemplateDirectory;
import dev.reg.template.TemplateRef;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * How a template is made out of Debian packages; its form is described in {@code
 * catalog/README.md}.
 *
 * @param packages what apt is asked for; it adds what these depend on
 * @param optional packages taken only when the release has them
 * @param programs patterns of files that must be executable, scripts with their interpreter
 * @param include patterns of everything wanted, programs included
 * @param exclude patterns of what is left out of {@code include}
 * @param links symbolic links to add: path to target
 * @param waive data profiles that are left out, each with the reason
 * @param trace commands whose traced runs show the template to be complete
 */
record Recipe(
    String name,
    VersionSource version,
    List<String> packages,
    List<String> optional,
    List<TemplateRef> requires,
    List<Glob> programs,
    List<Wanted> include,
    List<Glob> exclude,
    SortedMap<String, String> links,
    List<TextFile> text,
    List<Concat> concat,
    List<TemplateDirectory> directories,
    Level level,
    SortedMap<String, String> waive,
    List<List<String>> trace,
    Execution execution,
    Optional<Post> post) {

  /**
   * For a template whose files are chosen otherwise than by patterns: only what is added to them.
   */
  static Recipe without(
      String name,
      SortedMap<String, String> links,
      List<Concat> concat,
      List<TemplateDirectory> directories,
      Level level,
      Execution execution) {
    return new Recipe(
        name,
        new VersionSource.OfPackage(""),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        links,
        List.of(),
        concat,
        directories,
        level,
        Collections.emptySortedMap(),
        List.of(),
        execution,
        Optional.empty());
  }

  /**
   * Files that are wanted.
   *
   * @param slice what they are: {@code bins}, {@code libs}, {@code data}, {@code config}
   */
  record Wanted(String slice, Glob glob) {}

  /** Where the template's version comes from. */
  sealed interface VersionSource {
    /** The upstream part of this package's version. */
    record OfPackage(String name) implements VersionSource {}

    /** The upstream part of the version of the one package whose name matches. */
    record OfMatch(Pattern name) implements VersionSource {}
  }

  /** A file whose content is in the recipe. {@code mode} is its permission bits. */
  record TextFile(String path, String content, int mode) {}

  /** A file made of all files that match, in the order of their paths, each ending in a newline. */
  record Concat(String path, Glob from) {}

  /**
   * A command the engine runs in a container of the finished template; what it leaves below {@code
   * output} is added to the template at its path relative to that, or takes the place of a file
   * that was there.
   *
   * @param text files that are there for the command alone
   */
  record Post(
      List<String> command,
      SortedMap<String, String> environment,
      List<TextFile> text,
      String output) {}
}
