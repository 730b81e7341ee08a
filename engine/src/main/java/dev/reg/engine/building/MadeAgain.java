package dev.reg.engine.building;

import dev.reg.build.Recipes;
import dev.reg.error.RegException;
import dev.reg.template.TemplateRef;
import dev.reg.template.provenance.BuiltFrom;
import java.nio.file.Path;
import java.util.Optional;

/** What makes again what was made before. */
final class MadeAgain {
  private MadeAgain() {}

  /** Empty for what only its author has, and for a recipe that the catalog has no more. */
  static Optional<BuildSource> source(BuiltFrom from, Path catalog) throws RegException {
    return switch (from) {
      case BuiltFrom.Recipe recipe -> recipe(recipe.name(), catalog);
      case BuiltFrom.OwnRecipe own -> Optional.of(OwnRecipe.of(own));
      case BuiltFrom.Packages packages ->
          Optional.of(new BuildSource.Packages(packages.packages(), packages.name()));
      case BuiltFrom.Image image -> Optional.empty();
      case BuiltFrom.Program program -> Optional.empty();
      case BuiltFrom.File file -> Optional.empty();
    };
  }

  /** The catalog's of this name. */
  static Optional<BuildSource> recipe(String name, Path catalog) throws RegException {
    return Recipes.find(catalog, TemplateRef.parse(name)).map(BuildSource.Recipe::new);
  }
}
