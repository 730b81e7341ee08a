package dev.reg.store;

import static dev.reg.store.StoreFixture.id;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random trees from few names, so that they often conflict, against a model with other rules. */
class RandomTreesTest {
  private static final String[] NAMES = {"a", "b", "lib", "bin", "x y", "é"};
  private static final String[] TOPS = {"/opt", "/usr/lib", "/lib", "/usr/share", "/srv"};

  @TempDir Path directory;
  private final Random random = new Random(7);
  private final List<ObjectId> objects = new ArrayList<>();

  private String path() {
    StringBuilder path = new StringBuilder(TOPS[random.nextInt(TOPS.length)]);
    for (int depth = random.nextInt(3); depth >= 0; depth--) {
      path.append('/').append(NAMES[random.nextInt(NAMES.length)]);
    }
    return path.toString();
  }

  private Entry entry() {
    String path = path();
    return switch (random.nextInt(5)) {
      case 0 -> new Entry.Link(path, NAMES[random.nextInt(NAMES.length)]);
      case 1 -> new Entry.Directory(path, 0700 | random.nextInt(64));
      case 2 -> new Entry.Text(path, "line\n".repeat(random.nextInt(3)));
      default -> new Entry.File(path, objects.get(random.nextInt(objects.size())));
    };
  }

  /** What the disk would say: makes the entries one after the other in a map of directories. */
  private static Optional<Map<String, Entry>> model(List<Entry> entries) {
    Map<String, Entry> made = new TreeMap<>();
    Set<String> spellings = new HashSet<>();
    for (Entry entry : entries) {
      String path = entry.path().replaceFirst("^/lib/", "/usr/lib/");
      Entry moved =
          switch (entry) {
            case Entry.File f -> new Entry.File(path, f.object());
            case Entry.Link l -> new Entry.Link(path, l.target());
            case Entry.Directory d -> new Entry.Directory(path, d.mode());
            case Entry.Text t -> new Entry.Text(path, t.content());
          };
      boolean repeated = !spellings.add(entry.path()) && !(entry instanceof Entry.Directory);
      Entry other = made.put(path, moved);
      if (repeated || (other != null && !other.equals(moved))) {
        return Optional.empty();
      }
    }
    for (String above : made.keySet()) {
      boolean leaf = !(made.get(above) instanceof Entry.Directory);
      if (leaf && made.keySet().stream().anyMatch(path -> path.startsWith(above + "/"))) {
        return Optional.empty();
      }
    }
    return Optional.of(made);
  }

  private static Optional<Tree> tree(List<Entry> entries) {
    try {
      return Optional.of(Tree.of(entries));
    } catch (RegException e) {
      return Optional.empty();
    }
  }

  @Test
  void areTakenExactlyWhenTheModelTakesThem() {
    objects.add(new ObjectId(id("0"), 0644));
    objects.add(new ObjectId(id("1"), 0644));
    int taken = 0;
    for (int round = 0; round < 3_000; round++) {
      List<Entry> entries = new ArrayList<>();
      for (int i = random.nextInt(10); i >= 0; i--) {
        entries.add(entry());
      }
      Optional<Tree> tree = tree(entries);
      assertThat(tree.map(Tree::entries))
          .as("%s", entries)
          .isEqualTo(model(entries).map(made -> List.copyOf(made.values())));
      Collections.shuffle(entries, random);
      assertThat(tree(entries).map(Tree::digest)).isEqualTo(tree.map(Tree::digest));
      taken += tree.isPresent() ? 1 : 0;
    }
    assertThat(taken).isBetween(300, 2_700);
  }

  @Test
  void areOnDiskWhatTheySay() throws Exception {
    StoreFixture store = StoreFixture.in(directory);
    for (int i = 0; i < 3; i++) {
      objects.add(store.put("content " + i, 0600 + i * 044));
    }
    for (int round = 0; round < 20; round++) {
      List<Entry> entries = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        entries.add(entry());
        if (tree(entries).isEmpty()) {
          entries.removeLast();
        }
      }
      Tree tree = Tree.of(entries);
      Environment made = store.environments().make(tree.digest(), () -> tree);
      assertThat(store.environments().problems(tree.digest())).isEmpty();
      assertOnDisk(store, made, tree);
    }
  }

  private static void assertOnDisk(StoreFixture store, Environment made, Tree tree)
      throws IOException {
    Path environment = store.layout().environment(made.id());
    Set<Object> inodes = new HashSet<>();
    for (Entry entry : tree.entries()) {
      Path path = EnvironmentMaker.locate(environment, entry.path());
      switch (entry) {
        case Entry.File file -> {
          assertThat(path).hasSameBinaryContentAs(store.objects().path(file.object()));
          assertThat(inodes.add(Files.getAttribute(path, "unix:ino"))).as("twice").isTrue();
        }
        case Entry.Link link ->
            assertThat(Files.readSymbolicLink(path)).isEqualTo(Path.of(link.target()));
        case Entry.Directory d ->
            assertThat(Files.getAttribute(path, "unix:mode")).isEqualTo(040000 | d.mode());
        case Entry.Text t -> assertThat(path).hasContent(t.content());
      }
    }
    assertThat(inodes).hasSize(made.files());
  }
}
