package dev.reg.template.elf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** A directory of this machine taken for the root of a system. */
final class DirectoryTree implements FileTree {
  private static final int MAX_PATH = 4_000;
  private static final int MAX_NAME = 255;

  private final Path root;

  DirectoryTree(Path root) {
    this.root = root;
  }

  @Override
  public Kind kind(String path) throws IOException {
    if (isTooLong(path)) {
      return Kind.MISSING;
    }
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(content(path), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isSymbolicLink()) {
        return Kind.LINK;
      }
      if (attributes.isDirectory()) {
        return Kind.DIRECTORY;
      }
      return attributes.isRegularFile() ? Kind.FILE : Kind.OTHER;
    } catch (NoSuchFileException | InvalidPathException e) {
      return Kind.MISSING;
    }
  }

  /** ENAMETOOLONG: for the loader such a file is one that does not exist. */
  private static boolean isTooLong(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return path.length() > MAX_PATH
        || (name.length() > MAX_NAME / 4
            && name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME);
  }

  @Override
  public String target(String link) throws IOException {
    return Files.readSymbolicLink(content(link)).toString();
  }

  @Override
  public List<String> list(String directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(content(directory))) {
      for (Path entry : entries) {
        names.add(String.valueOf(entry.getFileName()));
      }
    } catch (NotDirectoryException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    names.sort(null);
    return names;
  }

  @Override
  public Path content(String file) {
    return root.resolve(file.substring(1));
  }

  @Override
  public boolean isExecutable(String file) throws IOException {
    return ((int) Files.getAttribute(content(file), "unix:mode", LinkOption.NOFOLLOW_LINKS) & 0111)
        != 0;
  }
}
