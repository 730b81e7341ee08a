package dev.reg.template.provenance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template was made of, so that it can be made again. */
public sealed interface BuiltFrom {
  /** A recipe of the catalog, by its name. */
  record Recipe(String name) implements BuiltFrom {}

  /**
   * A recipe that is in no catalog.
   *
   * @param name of the template
   * @param document the recipe itself: at most {@link #LONGEST} characters, at least one
   */
  record OwnRecipe(String name, String document) implements BuiltFrom {
    /** Characters of a document. */
    public static final int LONGEST = 1 << 20;

    public OwnRecipe {
      if (document.isEmpty() || document.length() > LONGEST) {
        throw new IllegalArgumentException("a recipe of " + document.length() + " characters");
      }
    }
  }

  /**
   * Packages without a recipe.
   *
   * @param packages as they were asked for, the first one first
   * @param name of the template, when one was given
   */
  record Packages(List<String> packages, @Nullable String name) implements BuiltFrom {
    public Packages {
      packages = List.copyOf(packages);
    }
  }

  /**
   * A container image.
   *
   * @param name {@code repository:tag} as the archive had it; null without one
   * @param digest of its configuration: {@code sha256:…}
   * @param whole whether everything of it was taken
   */
  record Image(@Nullable String name, String digest, boolean whole) implements BuiltFrom {}

  /** A program of the machine, by its absolute path. */
  record Program(String path) implements BuiltFrom {}

  /**
   * A template file that somebody wrote.
   *
   * @param path where it was, in readable characters
   */
  record File(String path) implements BuiltFrom {
    public File {
      path = Properties.readable(path);
    }
  }
}
