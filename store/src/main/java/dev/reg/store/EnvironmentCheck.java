package dev.reg.store;

import dev.reg.linux.FileStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Compares an environment on disk with its manifest and the repository. */
final class EnvironmentCheck {
  private final ObjectStore objects;
  private final Path directory;
  private final Manifest manifest;
  private final List<String> problems = new ArrayList<>();

  EnvironmentCheck(ObjectStore objects, Path directory, Manifest manifest) {
    this.objects = objects;
    this.directory = directory;
    this.manifest = manifest;
  }

  /** One sentence for each thing that is missing, too much or different. */
  List<String> problems() throws IOException {
    Set<Path> known = new HashSet<>();
    known.add(Layout.root(directory));
    known.add(Layout.root(directory).resolve("usr"));
    for (Manifest.Item item : manifest.items()) {
      Path path = EnvironmentMaker.locate(directory, item.entry().path());
      known.add(path);
      check(item, path);
    }
    for (Path tree : List.of(Layout.usr(directory), Layout.root(directory))) {
      if (Files.isDirectory(tree)) {
        findExtra(tree, known);
      }
    }
    return problems;
  }

  private void check(Manifest.Item item, Path path) throws IOException {
    String name = Text.quote(item.entry().path());
    Optional<FileStatus> status = objects.statusOf(path);
    if (status.isEmpty()) {
      problems.add(name + " is missing");
      return;
    }
    FileStatus found = status.get();
    switch (item.entry()) {
      case Entry.Directory expected -> {
        if (!found.isDirectory()) {
          problems.add(name + " is not a directory");
        } else if (found.permissions() != expected.mode()) {
          problems.add(
              "%s has mode 0%o instead of 0%o"
                  .formatted(name, found.permissions(), expected.mode()));
        }
      }
      case Entry.Link expected -> checkLink(name, path, found, expected);
      case Entry.File file -> checkFile(name, path, found, item);
      case Entry.Text expected -> checkText(name, path, found, expected);
    }
  }

  private void checkLink(String name, Path path, FileStatus found, Entry.Link expected)
      throws IOException {
    if (!found.isSymbolicLink()) {
      problems.add(name + " is not a symbolic link");
      return;
    }
    String target = Files.readSymbolicLink(path).toString();
    if (!target.equals(Path.of(expected.target()).toString())) {
      problems.add(
          name
              + " leads to "
              + Text.quote(target)
              + " instead of "
              + Text.quote(expected.target()));
    }
  }

  private void checkText(String name, Path path, FileStatus found, Entry.Text expected)
      throws IOException {
    if (!found.isRegular() || found.permissions() != EnvironmentMaker.TEXT_MODE) {
      problems.add(name + " is not the file that was made there");
    } else if (!Arrays.equals(
        Files.readAllBytes(path), expected.content().getBytes(StandardCharsets.UTF_8))) {
      problems.add(name + " has another content than it was made with");
    }
  }

  private void checkFile(String name, Path path, FileStatus found, Manifest.Item item)
      throws IOException {
    ObjectId object = ((Entry.File) item.entry()).object();
    Path stored = objects.path(object, item.replica());
    Optional<FileStatus> original = objects.statusOf(stored);
    if (original.isEmpty()) {
      problems.add(name + " has lost its object: " + stored + " is missing");
    } else if (!EnvironmentMaker.sameFile(found, original.get())) {
      problems.add(name + " is not the inode of its object " + stored);
    }
    if (found.isRegular() && found.size() != item.size()) {
      problems.add(name + " has " + found.size() + " bytes instead of " + item.size());
    }
    for (String difference : objects.differences(path, found, object)) {
      problems.add(name + " " + difference);
    }
  }

  private void findExtra(Path tree, Set<Path> known) throws IOException {
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
            if (!known.contains(visited)) {
              extra(visited);
              return FileVisitResult.SKIP_SUBTREE;
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!known.contains(file)) {
              extra(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void extra(Path path) {
    String inTree = directory.relativize(path).toString();
    String name = inTree.startsWith("usr/") ? "/" + inTree : inTree.substring("root".length());
    problems.add(Text.quote(name) + " is not part of the environment");
  }
}
