package dev.reg.build;

import dev.reg.error.RegException;
import dev.reg.store.Trees;
import dev.reg.template.Template;
import dev.reg.template.TemplateReader;
import dev.reg.template.TemplateWriter;
import dev.reg.template.elf.ElfException;
import dev.reg.template.elf.ElfFile;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.ProvenanceReader;
import dev.reg.template.provenance.ProvenanceWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;

/**
 * What reads bytes of strangers, each as Jazzer calls it. A target fails by any exception but the
 * one that the reader promises for bad input, and when what it promises of good input does not
 * hold.
 */
final class FuzzTargets {
  private FuzzTargets() {}

  /** ELF files: headers, dynamic sections, versions, notes. */
  static final class Elf {
    private Elf() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
      try {
        ElfFile file = ElfFile.read(new SeekableInMemoryByteChannel(data));
        require(file.needed().size() <= data.length, "more libraries than bytes");
        require(file.bits() == 32 || file.bits() == 64, "a class that the loader does not know");
      } catch (ElfException e) {
        // What it promises.
      }
    }
  }

  /** Symbols of ELF files: those that are defined for others, and those that are taken. */
  static final class Symbols {
    private static final Set<String> WANTED = Set.of("f", "taken", "iconv_open", "dlopen");

    private Symbols() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
      try {
        Set<String> defined = ElfFile.defined(new SeekableInMemoryByteChannel(data));
        require(defined.size() * 16L <= data.length, "more symbols than there is room for");
      } catch (ElfException e) {
        // What it promises.
      }
      try {
        Set<String> taken = ElfFile.imports(new SeekableInMemoryByteChannel(data), WANTED);
        require(WANTED.containsAll(taken), "symbols that nobody asked for: " + taken);
      } catch (ElfException e) {
        // What it promises.
      }
    }
  }

  /** Templates: what was read is written and read as the same. */
  static final class TemplateFile {
    private TemplateFile() {}

    public static void fuzzerTestOneInput(byte[] data) {
      Template template;
      try {
        template = TemplateReader.read("fuzz", data);
      } catch (RegException e) {
        return; // what it promises
      }
      try {
        Template again = TemplateReader.read("again", TemplateWriter.write(template));
        require(again.equals(template), "it reads back as another: " + template);
      } catch (RegException e) {
        throw new AssertionError("what was written is refused: " + template, e);
      }
    }
  }

  /** Where files come from: what is read is what would be written, byte by byte. */
  static final class ProvenanceFile {
    private ProvenanceFile() {}

    public static void fuzzerTestOneInput(byte[] data) {
      try {
        Provenance provenance = ProvenanceReader.read("fuzz", data);
        require(Arrays.equals(ProvenanceWriter.write(provenance), data), "it has another form");
        provenance
            .files()
            .forEach(
                (path, origin) ->
                    require(
                        provenance.packageOf(path).isPresent() == (origin.index() != null),
                        "a package of its own is not found for " + path));
      } catch (RegException e) {
        // What it promises.
      }
    }
  }

  /** What a package says about itself, and about its licences. */
  static final class Control {
    private Control() {}

    public static void fuzzerTestOneInput(byte[] data) {
      String text = new String(data, StandardCharsets.UTF_8);
      PackageControl control = PackageControl.parse("fuzz", text, "");
      if (control.isIdentified()) {
        require(control.status().lines().count() <= 7, "another paragraph");
        require(
            control.status().lines().allMatch(line -> line.matches("[A-Z][a-z]+: [^\\p{Cc}]+")),
            "another line in " + control.status());
      }
      require(
          Licences.of(text).stream().allMatch(id -> id.matches("[A-Za-z0-9.-]+")),
          "no identifier of a licence");
    }
  }

  /** Recipes, with their patterns. */
  static final class RecipeFile {
    private RecipeFile() {}

    public static void fuzzerTestOneInput(byte[] data) {
      try {
        Recipe recipe = RecipeReader.read("fuzz", data);
        require(!recipe.packages().isEmpty(), "a recipe of no packages");
      } catch (RegException e) {
        // What it promises.
      }
    }
  }

  /** The tar stream of a package: nothing of it gets out of the tree. */
  static final class Tar {
    private Tar() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
      inTree(tree -> Unpacker.untar("fuzz", new ByteArrayInputStream(data), tree));
    }
  }

  /** A whole package, as dpkg-deb and we take it apart. */
  static final class Deb {
    private Deb() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
      Path file = Files.createTempFile(memory(), "reg-fuzz-", ".deb");
      try {
        Files.write(file, data);
        inTree(tree -> Unpacker.unpack(Map.of("fuzz", file), tree));
      } finally {
        Files.delete(file);
      }
    }
  }

  /** A container image: its archive, its manifest, and a layer of it, put on top of itself. */
  static final class Image {
    private Image() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
      Path place = Files.createTempDirectory(memory(), "reg-fuzz-");
      try {
        Path archive = Files.write(place.resolve("archive"), data);
        try (FileChannel channel = FileChannel.open(archive)) {
          ImageManifest image = ImageManifest.read(ImageFiles.of(channel), "amd64");
          ImageName.of(image, "fuzz", null);
        } catch (RegException e) {
          // What it promises.
        }
        LayerStack stack = new LayerStack(Files.createDirectory(place.resolve("contents")));
        try {
          stack.apply(new ByteArrayInputStream(data));
          stack.apply(new ByteArrayInputStream(data));
        } catch (RegException | IOException e) {
          // What it promises.
        }
        stack.entries().forEach((path, entry) -> checkEntry(stack, path, entry, place));
        InstalledPackages.read(stack);
        try (Stream<Path> all = Files.list(place)) {
          require(all.count() == 2, "something beside the contents was made");
        }
      } finally {
        Trees.deleteIfThere(place);
      }
    }

    private static void checkEntry(
        LayerStack stack, String path, LayerStack.Entry entry, Path place) {
      require(Paths.problem(path) == null, path + " is no path");
      String parent = Paths.parent(path);
      require(
          parent.equals("/") || stack.entries().get(parent) instanceof LayerStack.Entry.Directory,
          path + " is in no directory");
      if (entry instanceof LayerStack.Entry.File file) {
        require(file.content().startsWith(place.resolve("contents")), path + " lies elsewhere");
        require(Files.isRegularFile(file.content()), path + " has no content");
      }
    }
  }

  private interface Unpacking {
    void into(PackageTree tree) throws IOException, RegException;
  }

  private static Path memory() {
    Path memory = Path.of("/dev/shm");
    return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static void inTree(Unpacking unpacking) throws IOException {
    Path place = Files.createTempDirectory(memory(), "reg-fuzz-");
    try {
      Path beside = Files.writeString(place.resolve("beside"), "untouched");
      PackageTree tree = new PackageTree(place.resolve("staging"));
      try {
        unpacking.into(tree);
      } catch (RegException | IOException e) {
        // What it promises.
      }
      require(Files.readString(beside).equals("untouched"), "a file beside the tree was written");
      try (Stream<Path> all = Files.list(place)) {
        List<Path> there = all.sorted().toList();
        require(there.size() == 2, "something beside the tree was made: " + there);
      }
      checkOnDisk(tree);
    } finally {
      Trees.deleteIfThere(place);
    }
  }

  /** What the tree knows is what is there, and each file is a file of its own. */
  private static void checkOnDisk(PackageTree tree) {
    tree.nodes()
        .forEach(
            (path, node) -> {
              if (node instanceof PackageTree.Node.File file) {
                try {
                  Path real = file.content().onDisk().toRealPath();
                  require(
                      real.equals(file.content().onDisk().toAbsolutePath()),
                      path + " leads to " + real);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            });
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise);
    }
  }

  /** Every target, by the name of its directory in {@code src/test/resources/fuzz}. */
  static List<Class<?>> all() {
    return Arrays.asList(
        Elf.class,
        Symbols.class,
        TemplateFile.class,
        RecipeFile.class,
        ProvenanceFile.class,
        Control.class,
        Tar.class,
        Deb.class,
        Image.class);
  }
}
