package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.ContainerPath.Refused;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * Sources below a directory that nobody else changes meanwhile, such as a builder's output. No
 * symbolic link is followed. For a directory that others can write, descriptors must be used.
 */
public final class DirectorySources implements Sources {
  private static final int MAX_CHILDREN = PathTable.MAX_PATHS;

  private final Path directory;

  public DirectorySources(Path directory) {
    this.directory = directory;
  }

  @Override
  public Source open(String name) throws IOException, RegException {
    try {
      ContainerPath.checkSource(name);
    } catch (Refused e) {
      throw new RegException(
          ErrorKind.INVALID, "source " + Text.quote(name) + " " + e.getMessage(), e);
    }
    Path file = directory;
    for (Path component : Path.of(name)) {
      if (!file.equals(directory) && !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new RegException(
            ErrorKind.NOT_FOUND,
            "source " + Text.quote(name) + ": " + file + " is not a directory");
      }
      file = file.resolve(component);
    }
    return open(name, file);
  }

  private static Source open(String name, Path file) throws IOException, RegException {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      throw new RegException(
          ErrorKind.NOT_FOUND, "source " + Text.quote(name) + ": there is no " + file, e);
    }
    if (attributes.isSymbolicLink()) {
      return new Source.Link(Files.readSymbolicLink(file).toString());
    }
    if (attributes.isDirectory()) {
      return new Source.Directory(children(file));
    }
    if (!attributes.isRegularFile()) {
      throw new RegException(
          ErrorKind.INVALID,
          "source " + Text.quote(name) + " is neither file nor directory but a device or the like");
    }
    int mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return new Source.File(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS), mode & 07777);
  }

  private static List<String> children(Path directory) throws IOException, RegException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (names.size() >= MAX_CHILDREN) {
          throw new RegException(
              ErrorKind.INVALID, directory + " has more than " + MAX_CHILDREN + " entries");
        }
        names.add(String.valueOf(entry.getFileName()));
      }
    }
    names.sort(null);
    return names;
  }
}
