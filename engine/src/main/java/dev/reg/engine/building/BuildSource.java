package dev.reg.engine.building;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a template is made of, as the builder is told it. */
public sealed interface BuildSource
    permits BuildSource.Recipe,
        OwnRecipe,
        BuildSource.Packages,
        BuildSource.Image,
        BuildSource.Program,
        BuildSource.Anew {
  /** What packages may have to be fetched for; a slow line is no failure. */
  Duration DOWNLOAD = Duration.ofHours(2);

  /**
   * The same, with what builders read in files where they can.
   *
   * @param directory of nobody else, to be deleted after the build
   */
  default BuildSource placed(Path directory) throws IOException {
    return this;
  }

  /** The builder's options that name it. */
  List<String> arguments();

  /** How long the builder may take: what packages may, unless it is made of none. */
  default Duration limit() {
    return DOWNLOAD;
  }

  /** An input that ends at once. */
  Path NO_INPUT = Path.of("/dev/null");

  /** What the builder has as its standard input. */
  default Path input() {
    return NO_INPUT;
  }

  /** How the builder names it in its lines. */
  default String label() {
    return toString();
  }

  /** Whether packages are fetched for it before anything of them is looked at. */
  default boolean isOfPackages() {
    return false;
  }

  /** What beside its standard input the builder reads: files and directories that all may read. */
  default List<Path> readable() {
    return List.of();
  }

  /** Whether the builder reads whatever of the host is needed. */
  default boolean isOfHost() {
    return false;
  }

  /**
   * Why what libraries open by name may be missing in what is made of it: the reason for which the
   * template then waives it. Null where somebody says what belongs to the template.
   */
  default @Nullable String unlooked() {
    return null;
  }

  /**
   * The same with everything that its packages have, of no use but to look what a program opens of
   * it; empty for what is not made of packages.
   */
  default Optional<BuildSource> withAllFiles() {
    return Optional.empty();
  }

  /** The recipe in no catalog that it is; null for everything else. */
  default @Nullable OwnRecipe own() {
    return null;
  }

  /** What the template is to be called; null when the builder reads that in a stranger's file. */
  @Nullable String called();

  /** How messages name it. */
  @Override
  String toString();

  /**
   * A recipe of the catalog.
   *
   * @param whole whether everything that its packages have is taken, whatever the recipe takes
   */
  record Recipe(Path file, boolean whole) implements BuildSource {
    /** What the recipe takes. */
    public Recipe(Path file) {
      this(file, false);
    }

    @Override
    public Optional<BuildSource> withAllFiles() {
      return Optional.of(new Recipe(file, true));
    }

    @Override
    public String label() {
      return called();
    }

    @Override
    public List<String> arguments() {
      return whole
          ? List.of("--recipe", file.toString(), "--select", "whole")
          : List.of("--recipe", file.toString());
    }

    @Override
    public boolean isOfPackages() {
      return true;
    }

    @Override
    public List<Path> readable() {
      return List.of(file);
    }

    /** A recipe of the catalog has its name as its file's. */
    @Override
    public String called() {
      return String.valueOf(file.getFileName()).replaceFirst("\\.yaml$", "");
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
   * @param whole whether everything that they and what they need have is taken
   */
  record Packages(List<String> packages, @Nullable String name, boolean whole)
      implements BuildSource {
    public Packages {
      packages = List.copyOf(packages);
    }

    /** What of them is of use to a program. */
    public Packages(List<String> packages, @Nullable String name) {
      this(packages, name, false);
    }

    @Override
    public Optional<BuildSource> withAllFiles() {
      return Optional.of(new Packages(packages, name, true));
    }

    @Override
    public String label() {
      return name == null ? packages.getFirst() : name;
    }

    @Override
    public List<String> arguments() {
      List<String> arguments = new ArrayList<>(List.of("--packages", String.join(",", packages)));
      arguments.addAll(named(name, null));
      if (whole) {
        arguments.addAll(List.of("--select", "whole"));
      }
      return arguments;
    }

    @Override
    public boolean isOfPackages() {
      return true;
    }

    @Override
    public String called() {
      return name == null ? packages.getFirst() : name;
    }

    @Override
    public String unlooked() {
      return "what was taken of its packages does not have it";
    }

    @Override
    public String toString() {
      return "a template of " + String.join(", ", packages);
    }
  }

  /**
   * A container image: an archive, or the directory of an OCI layout.
   *
   * @param layout a directory that nobody else changes; null for an archive
   * @param archive null for a layout
   * @param name the template's; null for that of the image
   * @param version the template's; null for that of the image
   * @param whole whether nothing is left out
   */
  record Image(
      @Nullable Path layout,
      @Nullable Path archive,
      @Nullable String name,
      @Nullable String version,
      boolean whole)
      implements BuildSource {
    @Override
    public List<String> arguments() {
      List<String> arguments = new ArrayList<>();
      arguments.addAll(List.of("--image", layout == null ? "-" : layout.toString()));
      arguments.addAll(named(name, version));
      if (whole) {
        arguments.addAll(List.of("--select", "whole"));
      }
      return arguments;
    }

    @Override
    public Duration limit() {
      return Duration.ofMinutes(30);
    }

    @Override
    public List<Path> readable() {
      return layout == null ? List.of() : List.of(layout);
    }

    @Override
    public Path input() {
      return archive == null ? BuildSource.super.input() : archive;
    }

    @Override
    public @Nullable String called() {
      return name;
    }

    @Override
    public String unlooked() {
      return "what was taken of its image does not have it";
    }

    @Override
    public String toString() {
      return "a template of the image";
    }
  }

  /**
   * A program that is on this machine.
   *
   * @param path absolute
   * @param name the template's; null for that of the program
   * @param version the template's; null for one that the program's content decides
   */
  record Program(String path, @Nullable String name, @Nullable String version)
      implements BuildSource {
    @Override
    public List<String> arguments() {
      List<String> arguments = new ArrayList<>(List.of("--program", path));
      arguments.addAll(named(name, version));
      return arguments;
    }

    @Override
    public Duration limit() {
      return Duration.ofMinutes(10);
    }

    @Override
    public boolean isOfHost() {
      return true;
    }

    @Override
    public @Nullable String called() {
      return name;
    }

    @Override
    public String unlooked() {
      return "of the machine only the program and what it loads are taken";
    }

    @Override
    public String toString() {
      return "a template of " + path;
    }
  }

  /**
   * Another one, of packages, as package lists of now have them.
   *
   * @param since lists that were downloaded before are not used, also when there are no others
   */
  record Anew(BuildSource source, Instant since) implements BuildSource {
    @Override
    public BuildSource placed(Path directory) throws IOException {
      return new Anew(source.placed(directory), since);
    }

    @Override
    public List<String> arguments() {
      List<String> arguments = new ArrayList<>(source.arguments());
      arguments.addAll(List.of("--lists-since", since.toString()));
      return arguments;
    }

    @Override
    public Duration limit() {
      return source.limit();
    }

    @Override
    public Path input() {
      return source.input();
    }

    @Override
    public boolean isOfPackages() {
      return source.isOfPackages();
    }

    @Override
    public List<Path> readable() {
      return source.readable();
    }

    @Override
    public boolean isOfHost() {
      return source.isOfHost();
    }

    @Override
    public @Nullable String unlooked() {
      return source.unlooked();
    }

    @Override
    public @Nullable OwnRecipe own() {
      return source.own();
    }

    @Override
    public String label() {
      return source.label();
    }

    @Override
    public @Nullable String called() {
      return source.called();
    }

    @Override
    public String toString() {
      return source.toString();
    }
  }

  private static List<String> named(@Nullable String name, @Nullable String version) {
    List<String> arguments = new ArrayList<>();
    if (name != null) {
      arguments.addAll(List.of("--name", name));
    }
    if (version != null) {
      arguments.addAll(List.of("--version", version));
    }
    return arguments;
  }
}
