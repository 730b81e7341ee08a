package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A recipe that somebody wrote who may add templates, and that is not in the catalog.
 *
 * @param path as its author calls it
 * @param document not looked into before a builder does, but for its name
 */
public record OwnRecipe(String path, String document) {
  /** What every recipe has and no template. */
  private static final Pattern PACKAGES = Pattern.compile("^packages[ \\t]*:", Pattern.MULTILINE);

  private static final Pattern NAME =
      Pattern.compile(
          "^name[ \\t]*:[ \\t]*([\"']?)([a-z0-9][a-z0-9._-]*)\\1[ \\t]*(#.*)?$", Pattern.MULTILINE);

  /** Whether a file of somebody's is a recipe, and no template. */
  public static boolean is(byte[] document) {
    return PACKAGES.matcher(new String(document, StandardCharsets.UTF_8)).find();
  }

  String name() throws RegException {
    Matcher name = NAME.matcher(document);
    if (!name.find()) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot read the recipe " + path + ": it has no line that gives it a name: 'name: mine'");
    }
    return name.group(2);
  }

  /** A copy that builders can read, in a directory that is made. */
  BuildSource.Recipe copy(Path directory) throws IOException, RegException {
    Path copy = Files.createDirectories(directory, BuildPlaces.PRIVATE).resolve(name() + ".yaml");
    Files.writeString(copy, document);
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));
    return new BuildSource.Recipe(copy);
  }
}
