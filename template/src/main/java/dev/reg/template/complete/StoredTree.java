package dev.reg.template.complete;

import dev.reg.store.Entry;
import dev.reg.store.ObjectId;
import dev.reg.store.Tree;
import dev.reg.template.elf.FileTree;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** An environment before it is made: its paths as a container will have them, its files objects. */
public final class StoredTree implements FileTree {
  private final Map<String, Entry> entries = new TreeMap<>();
  private final Map<String, TreeSet<String>> directories = new TreeMap<>();
  private final Function<ObjectId, Path> objects;

  /**
   * A tree.
   *
   * @param objects where the content of each object is
   */
  public StoredTree(Tree tree, Function<ObjectId, Path> objects) {
    this.objects = objects;
    tree.complete().values().forEach(this::put);
  }

  private void put(Entry entry) {
    if (entry instanceof Entry.Directory) {
      directory(entry.path());
    } else {
      entries.put(entry.path(), entry);
      parent(entry.path());
    }
  }

  private void directory(String path) {
    if (directories.putIfAbsent(path, new TreeSet<>()) == null && !path.equals("/")) {
      parent(path);
    }
  }

  private void parent(String path) {
    int slash = path.lastIndexOf('/');
    String above = slash == 0 ? "/" : path.substring(0, slash);
    directory(above);
    directories.computeIfAbsent(above, key -> new TreeSet<>()).add(path.substring(slash + 1));
  }

  @Override
  public Kind kind(String path) {
    Entry entry = entries.get(path);
    if (entry instanceof Entry.File) {
      return Kind.FILE;
    }
    if (entry instanceof Entry.Link) {
      return Kind.LINK;
    }
    if (entry instanceof Entry.Text) {
      return Kind.OTHER;
    }
    return directories.containsKey(path) ? Kind.DIRECTORY : Kind.MISSING;
  }

  @Override
  public String target(String link) {
    return entries.get(link) instanceof Entry.Link known ? known.target() : "";
  }

  @Override
  public List<String> list(String directory) {
    return List.copyOf(directories.getOrDefault(directory, new TreeSet<>()));
  }

  @Override
  public Path content(String file) {
    return objects.apply(object(file));
  }

  @Override
  public boolean isExecutable(String file) {
    return (object(file).mode() & 0111) != 0;
  }

  private ObjectId object(String file) {
    if (entries.get(file) instanceof Entry.File known) {
      return known.object();
    }
    throw new IllegalArgumentException("no file of the tree: " + file);
  }
}
