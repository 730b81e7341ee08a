package dev.reg.build;

import dev.reg.build.Recipe.Concat;
import dev.reg.build.Recipe.TextFile;
import dev.reg.build.Recipe.VersionSource;
import dev.reg.build.Selection.Chosen;
import dev.reg.build.Selection.Reason;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Execution;
import dev.reg.template.Level;
import dev.reg.template.Template;
import dev.reg.template.TemplateWriter;
import dev.reg.template.Version;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Distribution;
import dev.reg.template.provenance.ProvenanceReader;
import dev.reg.template.provenance.ProvenanceWriter;
import dev.reg.template.provenance.Why;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;

/** Makes one template out of packages that are already on this machine. */
final class Builder {
  /** Where below the output lies the tree of all files, of no use to anybody else. */
  static final String STAGING = "staging";

  /** Where below the output it is said where files come from. */
  static final String PROVENANCE = "provenance.json";

  /** Where below the output lies what is only needed while the tree is made. */
  static final String WORK = "work";

  private static final int MOST_PROBLEMS = 8;

  private final Recipe recipe;
  private final Path out;
  private final Progress progress;

  /** The templates that this one is built on. */
  private List<String> given = List.of();

  /**
   * @param out an empty directory: gets template.yaml, provenance.json, files/ and, for a recipe
   *     with a post step, post.json and step/, the files for it alone
   */
  Builder(Recipe recipe, Path out, Progress progress) {
    this.recipe = recipe;
    this.out = out;
    this.progress = progress;
  }

  /**
   * @param required what the template need not have itself
   */
  void build(
      Map<DebianPackage, Path> packages, Distribution distribution, RequiredTemplates required)
      throws IOException, RegException {
    Version version = version(packages.keySet().stream().toList());
    PackageTree tree = unpack(packages, out, progress);
    SonameLinks.add(tree);
    tree.under(required);
    given = required.templates();
    progress.say("resolving libraries");
    Future<List<PackageControl>> controls = Parallel.start(() -> PackageControl.readAll(packages));
    Selection selection = Selection.of(recipe, tree);
    Facts facts =
        Facts.of(
            new BuiltFrom.Recipe(recipe.name()), distribution, packages, Parallel.result(controls));
    write(version, tree, selection, facts);
  }

  /** The files of packages in one tree below {@code out}. */
  static PackageTree unpack(Map<DebianPackage, Path> packages, Path out, Progress progress)
      throws IOException, RegException {
    progress.say("unpacking");
    PackageTree tree = new PackageTree(out.resolve(STAGING));
    Map<String, Path> archives = new LinkedHashMap<>();
    packages.forEach((one, archive) -> archives.put(one.name(), archive));
    Unpacker.unpack(archives, tree);
    return tree;
  }

  /**
   * Writes the template of what was selected in a tree below {@code out}. The tree stays: ext4
   * takes long to find inodes for new files when it has just got back many, and whoever reads the
   * template is about to make some.
   *
   * @param facts of its packages: with them it is said where each file comes from, and the template
   *     says to scanners which packages it has; null for a template of nobody's
   */
  void write(Version version, PackageTree tree, Selection selection, @Nullable Facts facts)
      throws IOException, RegException {
    TreeMap<String, Reason> reasons = new TreeMap<>(selection.reasons());
    Output output = new Output(out.resolve("files"));
    for (Map.Entry<String, Chosen> file : selection.files().entrySet()) {
      output.link(file.getKey(), file.getValue());
    }
    for (TextFile text : recipe.text()) {
      output.write(text.path(), text.content().getBytes(StandardCharsets.UTF_8), text.mode());
      reasons.put(text.path(), new Reason(null, new Why.Text()));
    }
    for (Concat concat : recipe.concat()) {
      output.write(concat.path(), Concatenation.of(concat, tree), 0644);
      Why why = new Why.Concat(concat.from().toString());
      reasons.put(concat.path(), new Reason(Concatenation.origin(concat, tree), why));
    }
    Facts.Used used = facts == null ? null : facts.new Used(tree, reasons);
    if (used != null && !selection.isAsIs()) {
      for (Facts.Status status : used.status()) {
        output.write(status.path(), status.content().getBytes(StandardCharsets.UTF_8), 0644);
        reasons.put(status.path(), new Reason(status.origin(), new Why.Status()));
      }
    }
    List<String> problems = new ArrayList<>(selection.problems());
    problems.addAll(output.problems(selection.links().keySet()));
    refuse(problems);
    Output.Whole whole = output.whole();
    Template template =
        new Template(
            recipe.name(),
            version,
            recipe.requires(),
            whole.files(),
            whole.libs(),
            selection.links(),
            recipe.directories(),
            recipe.level(),
            recipe.waive(),
            recipe.trace(),
            recipe.execution());
    writePost();
    if (used != null) {
      provenance(used.provenance(reasons));
    }
    Files.write(out.resolve("template.yaml"), TemplateWriter.write(template));
    progress.say(
        "made "
            + template.id()
            + ", "
            + output.count()
            + (output.count() == 1 ? " file, " : " files, ")
            + Progress.size(whole.bytes()));
  }

  /** Beyond what a reader takes it says only what the template was made of. */
  private void provenance(Provenance provenance) throws IOException {
    byte[] document = ProvenanceWriter.write(provenance);
    if (document.length > ProvenanceReader.MAX_BYTES
        || provenance.files().size() > ProvenanceReader.MAX_FILES) {
      progress.say("has too many files to keep where each comes from");
      document =
          ProvenanceWriter.write(
              new Provenance(
                  provenance.source(),
                  provenance.distribution(),
                  List.of(),
                  Collections.emptySortedMap()));
    }
    Files.write(out.resolve(PROVENANCE), document);
  }

  /**
   * Makes a template of all that the packages have, of no use but to look what a program opens of
   * it; beside it a file {@code origins} with a line {@code PACKAGE TAB PATH} for each file and
   * link.
   */
  void buildWhole(Map<DebianPackage, Path> packages) throws IOException, RegException {
    Version version = version(packages.keySet().stream().toList());
    writeWhole(recipe.name(), version, packages, out, progress);
  }

  /** As {@link #buildWhole}, of a name and version. */
  static void writeWhole(
      String name, Version version, Map<DebianPackage, Path> packages, Path out, Progress progress)
      throws IOException, RegException {
    PackageTree tree = unpack(packages, out, progress);
    Recipe all =
        Recipe.without(name, new TreeMap<>(), List.of(), List.of(), Level.NONE, Execution.NONE);
    new Builder(all, out, progress)
        .write(version, tree, Selection.asIs(all, tree, Whole.paths(tree)), null);
    Files.write(out.resolve("origins"), Whole.origins(tree));
  }

  private void refuse(List<String> problems) throws RegException {
    if (problems.isEmpty()) {
      return;
    }
    int more = problems.size() - MOST_PROBLEMS;
    throw new RegException(
        ErrorKind.INVALID,
        "cannot make a complete "
            + recipe.name()
            + " of its packages: "
            + String.join("; ", problems.subList(0, Math.min(problems.size(), MOST_PROBLEMS)))
            + (more > 0 ? "; and " + more + " more" : "")
            + (given.isEmpty()
                ? ""
                : " (on "
                    + String.join(", ", given)
                    + "; if that is older, 'reg template update' makes it anew)"));
  }

  private Version version(List<DebianPackage> packages) throws RegException {
    List<DebianPackage> source =
        packages.stream()
            .filter(
                one ->
                    switch (recipe.version()) {
                      case VersionSource.OfPackage(String name) -> one.name().equals(name);
                      case VersionSource.OfMatch(var name) -> name.matcher(one.name()).matches();
                    })
            .toList();
    if (source.size() != 1) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot tell the version of "
              + recipe.name()
              + ": the recipe's version names "
              + source.size()
              + " of its packages");
    }
    return Version.parse(DebianVersion.upstream(source.getFirst().version()));
  }

  private void writePost() throws IOException {
    if (recipe.post().isEmpty()) {
      return;
    }
    Recipe.Post post = recipe.post().get();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("command", post.command());
    json.put("environment", post.environment());
    json.put("output", post.output());
    List<Map<String, Object>> text = new ArrayList<>();
    Path step = Files.createDirectory(out.resolve("step"));
    for (TextFile file : post.text()) {
      String source = Integer.toString(text.size());
      Files.writeString(step.resolve(source), file.content());
      text.add(Map.of("path", file.path(), "source", "step/" + source, "mode", file.mode()));
    }
    json.put("text", text);
    Files.write(out.resolve("post.json"), new ObjectMapper().writeValueAsBytes(json));
  }
}
