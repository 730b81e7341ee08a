package dev.reg.engine.building;

import dev.reg.build.Recipes;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.TemplateRef;
import dev.reg.template.Text;
import dev.reg.template.Yaml;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.ProvenanceReader;
import dev.reg.template.provenance.ProvenanceWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A recipe that somebody wrote who may add templates, and that is not in the catalog.
 *
 * @param name of its template
 * @param path as its author calls it
 * @param document as it was written; only a builder looks for more in it than its name
 * @param whole whether all that its packages have is taken, whatever the recipe takes
 * @param file where builders read it; null until it was {@link #placed}
 */
public record OwnRecipe(
    String name, String path, String document, boolean whole, @Nullable Path file)
    implements BuildSource {
  /** What every recipe has and no template. */
  private static final String PACKAGES = "packages";

  /** One that was not placed. */
  OwnRecipe(String name, String path, String document) {
    this(name, path, document, false, null);
  }

  /**
   * The recipe that a file of somebody's is; empty for a template.
   *
   * @param path as its author calls it
   * @param document what is in the file
   * @param root the same, read
   * @throws RegException INVALID for a recipe that is too large, or without a template's name
   */
  public static Optional<OwnRecipe> of(String path, byte[] document, Yaml.Node root)
      throws RegException {
    if (!(root instanceof Yaml.Mapping mapping) || value(mapping, PACKAGES) == null) {
      return Optional.empty();
    }
    if (document.length > Recipes.LARGEST) {
      throw unreadable(path, "it has more than " + Recipes.LARGEST + " bytes", null);
    }
    if (!(value(mapping, "name") instanceof Yaml.Scalar name)) {
      throw unreadable(path, "it has no name: 'name: mine'", null);
    }
    String text = new String(document, StandardCharsets.UTF_8);
    return Optional.of(new OwnRecipe(name(path, name), path, text));
  }

  private static Yaml.@Nullable Node value(Yaml.Mapping mapping, String key) {
    for (Yaml.Pair pair : mapping.pairs()) {
      if (pair.key().text().equals(key)) {
        return pair.value();
      }
    }
    return null;
  }

  private static String name(String path, Yaml.Scalar name) throws RegException {
    String line = "line " + name.line() + ": name ";
    TemplateRef ref;
    try {
      ref = TemplateRef.parse(name.text());
    } catch (RegException e) {
      throw unreadable(path, line + e.line(), e);
    }
    if (!ref.name().equals(name.text())) {
      throw unreadable(path, line + Text.quote(name.text()) + " has a version in it", null);
    }
    return ref.name();
  }

  private static RegException unreadable(String path, String why, @Nullable Throwable cause) {
    return new RegException(
        ErrorKind.INVALID, "cannot read the recipe " + path + ": " + why, cause);
  }

  @Override
  public BuildSource placed(Path directory) throws IOException {
    Path copy = directory.resolve("recipe.yaml");
    Files.writeString(copy, document);
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));
    return new OwnRecipe(name, path, document, whole, copy);
  }

  @Override
  public Optional<BuildSource> withAllFiles() {
    return Optional.of(new OwnRecipe(name, path, document, true, file));
  }

  @Override
  public OwnRecipe own() {
    return this;
  }

  /** As it was kept with the template that it made. */
  static OwnRecipe of(BuiltFrom.OwnRecipe kept) {
    return new OwnRecipe(kept.name(), kept.name() + ".yaml", kept.document());
  }

  /**
   * Where the files come from, with this recipe in the place of what the builder was told of it.
   * Without the files when that is too much to keep: it must be known who wrote the recipe.
   *
   * @param said null when it was too much without the recipe
   */
  Provenance provenance(@Nullable Provenance said) {
    BuiltFrom from = new BuiltFrom.OwnRecipe(name, document);
    if (said != null) {
      Provenance told = new Provenance(from, said.distribution(), said.packages(), said.files());
      if (ProvenanceWriter.write(told).length <= ProvenanceReader.MAX_BYTES) {
        return told;
      }
    }
    return new Provenance(from, null, List.of(), Collections.emptySortedMap());
  }

  private Path place() {
    if (file == null) {
      throw new IllegalStateException("nobody placed the recipe " + path);
    }
    return file;
  }

  @Override
  public List<String> arguments() {
    List<String> arguments =
        new ArrayList<>(List.of("--recipe", place().toString(), "--origin", path));
    if (whole) {
      arguments.addAll(List.of("--select", "whole"));
    }
    return arguments;
  }

  @Override
  public List<Path> readable() {
    return List.of(place());
  }

  @Override
  public boolean isOfPackages() {
    return true;
  }

  @Override
  public String label() {
    return name;
  }

  @Override
  public String called() {
    return name;
  }

  @Override
  public String toString() {
    return path;
  }
}
