package dev.reg.engine.building;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template is made of, as the builder is told it. */
public sealed interface BuildSource {
  /** The builder's options that name it. */
  List<String> arguments();

  /** How long the builder may take. */
  Duration limit();

  /** How messages name it. */
  @Override
  String toString();

  /** A recipe of the catalog. */
  record Recipe(Path file) implements BuildSource {
    @Override
    public List<String> arguments() {
      return List.of("--recipe", file.toString());
    }

    @Override
    public Duration limit() {
      return Duration.ofHours(2);
    }

    @Override
    public String toString() {
      return file.toString();
    }
  }

  /** Everything that the packages of a recipe have, whatever the recipe takes of them. */
  record AllOfRecipe(Path file) implements BuildSource {
    @Override
    public List<String> arguments() {
      return List.of("--recipe", file.toString(), "--select", "whole");
    }

    @Override
    public Duration limit() {
      return Duration.ofHours(2);
    }

    @Override
    public String toString() {
      return file.toString();
    }
  }

  /**
   * Debian packages without a recipe.
   *
   * @param packages at least one; the template has the version of the first
   * @param name the template's; null for that of the first package
   */
  record Packages(List<String> packages, @Nullable String name) implements BuildSource {
    public Packages {
      packages = List.copyOf(packages);
    }

    @Override
    public List<String> arguments() {
      List<String> arguments = new ArrayList<>();
      arguments.addAll(List.of("--packages", String.join(",", packages)));
      if (name != null) {
        arguments.addAll(List.of("--name", name));
      }
      return arguments;
    }

    @Override
    public Duration limit() {
      return Duration.ofHours(2);
    }

    @Override
    public String toString() {
      return "a template of " + String.join(", ", packages);
    }
  }
}
