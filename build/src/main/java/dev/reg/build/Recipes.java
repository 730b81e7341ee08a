package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.TemplateRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The recipes of a catalog directory, {@code NAME.yaml} each. Which version a recipe yields is
 * known only after building it.
 */
public final class Recipes {
  /** Bytes that a recipe may have. */
  public static final int LARGEST = RecipeReader.LARGEST;

  private static final String SUFFIX = ".yaml";
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9+._-]{0,63}");

  private Recipes() {}

  /** The recipe for a template of this name, whatever version it asks for. */
  public static Optional<Path> find(Path catalog, TemplateRef wanted) {
    Path file = catalog.resolve(wanted.name() + SUFFIX);
    return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
  }

  /** The names of all recipes, sorted; none when there is no such directory. */
  public static List<String> names(Path catalog) throws IOException {
    if (!Files.isDirectory(catalog)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(catalog)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX))
          .map(name -> name.substring(0, name.length() - SUFFIX.length()))
          .filter(name -> NAME.matcher(name).matches())
          .sorted()
          .toList();
    }
  }

  /** Reads one for its problems: INVALID naming all of them, or a name that is not the file's. */
  public static void check(Path file) throws IOException, RegException {
    Recipe recipe = RecipeReader.read(file.toString(), Files.readAllBytes(file));
    if (!file.endsWith(recipe.name() + SUFFIX)) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot use the recipe " + file + ": it is for " + Text.quote(recipe.name()));
    }
  }
}
