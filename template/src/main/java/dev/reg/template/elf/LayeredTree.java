package dev.reg.template.elf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/** A tree on top of another: whatever the upper one has takes the place of what the lower has. */
final class LayeredTree implements FileTree {
  private final FileTree upper;
  private final FileTree lower;

  LayeredTree(FileTree upper, FileTree lower) {
    this.upper = upper;
    this.lower = lower;
  }

  /** The one that decides about a path. */
  private FileTree of(String path) throws IOException {
    return upper.kind(path) == Kind.MISSING ? lower : upper;
  }

  @Override
  public Kind kind(String path) throws IOException {
    return of(path).kind(path);
  }

  @Override
  public String target(String link) throws IOException {
    return of(link).target(link);
  }

  @Override
  public List<String> list(String directory) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    for (FileTree each : List.of(upper, lower)) {
      if (each.kind(directory) == Kind.DIRECTORY) {
        names.addAll(each.list(directory));
      }
    }
    return List.copyOf(names);
  }

  @Override
  public Path content(String file) {
    try {
      return of(file).content(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isExecutable(String file) throws IOException {
    return of(file).isExecutable(file);
  }
}
