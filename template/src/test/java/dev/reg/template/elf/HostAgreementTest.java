package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What we find for this host's programs is what its own loader finds. */
class HostAgreementTest {
  private static final Path LOADER = Path.of("/lib64/ld-linux-x86-64.so.2");
  private static final String INCOMPLETE = "incomplete";
  private static final int SAMPLE = Integer.getInteger("reg.sample", 120);
  private static final Pattern LINE = Pattern.compile("\\s+(?:\\S+ => )?(/\\S+) \\(0x[0-9a-f]+\\)");

  @Test
  void agreesWithTheLoaderOfTheHost() throws Exception {
    assumeTrue(Files.isExecutable(LOADER), "this host has no " + LOADER);
    List<Path> programs =
        sample(List.of("/usr/bin", "/usr/sbin", "/usr/lib/jvm", "/usr/libexec"), true);
    assertThat(programs).isNotEmpty();
    agree("programs", programs);
    agree("libraries", sample(List.of("/usr/lib", "/usr/local/lib"), false));
  }

  private static void agree(String what, List<Path> files) throws Exception {
    TreeMap<String, String> differences = new TreeMap<>();
    int incomplete = 0;
    for (Path file : files) {
      Set<String> expected = listedByLoader(file);
      Set<String> found = foundByUs(file);
      if (!expected.equals(found)) {
        differences.put(file.toString(), "loader " + expected + " we " + found);
      }
      incomplete += expected.contains(INCOMPLETE) ? 1 : 0;
    }
    System.out.printf(
        "the loader's closure and ours agree for %d of %d %s (%d of them incomplete on this host)%n",
        files.size() - differences.size(), files.size(), what, incomplete);
    assertThat(differences).isEmpty();
  }

  private static Set<String> foundByUs(Path program) throws IOException {
    LoaderClosure.Result result =
        new LoaderClosure(Path.of("/"), false).resolve(List.of(program.toString()));
    if (!result.problems().isEmpty()) {
      return Set.of(INCOMPLETE);
    }
    return result.libs().stream()
        .map(LoaderClosure.Found::path)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> listedByLoader(Path program) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(LOADER.toString(), "--list", program.toString());
    builder.environment().clear();
    builder.redirectErrorStream(true);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    // Missing: "=> not found" or, for a version, "version `X' not found"; or it stops with 127.
    if (process.waitFor() != 0 || output.contains("not found")) {
      return Set.of(INCOMPLETE);
    }
    Set<String> paths = new TreeSet<>();
    for (String line : output.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        paths.add(Path.of(matcher.group(1)).toRealPath().toString());
      }
    }
    return paths;
  }

  /** Dynamic files for this loader, evenly taken from all there are. */
  private static List<Path> sample(List<String> directories, boolean programs) throws IOException {
    List<Path> all = new ArrayList<>();
    for (String directory : directories) {
      if (Files.isDirectory(Path.of(directory))) {
        Files.walkFileTree(Path.of(directory), Set.of(), 6, collect(all, programs));
      }
    }
    all.sort(null);
    List<Path> sample = new ArrayList<>();
    int step = Math.max(1, all.size() / SAMPLE);
    for (int i = 0; i < all.size(); i += step) {
      sample.add(all.get(i));
    }
    return sample;
  }

  private static SimpleFileVisitor<Path> collect(List<Path> all, boolean programs) {
    return new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (isDynamic(file, programs)) {
          all.add(file);
        }
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFileFailed(Path file, IOException failure) {
        // Not ours to read.
        return FileVisitResult.CONTINUE;
      }
    };
  }

  private static boolean isDynamic(Path file, boolean program) {
    if (Files.isSymbolicLink(file) || !Files.isRegularFile(file) || !Files.isReadable(file)) {
      return false;
    }
    try {
      ElfFile elf = ElfFile.read(file);
      return program
          ? LOADER.toString().equals(elf.interpreter())
          : elf.interpreter() == null
              && !elf.needed().isEmpty()
              && elf.bits() == 64
              && elf.machine() == 62;
    } catch (IOException e) {
      return false;
    }
  }
}
