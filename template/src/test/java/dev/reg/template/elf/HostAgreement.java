package dev.reg.template.elf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Our closure beside what the host's ld.so lists, file by file: the same names at the same places,
 * the same names missing, the same symbol versions missing.
 *
 * @param differences by file: what both sides say
 * @param incomplete how many lack something on this host, as both say
 * @param seconds what our side took for all of them
 */
record HostAgreement(
    int files, int incomplete, double seconds, SortedMap<String, String> differences) {
  static final Path LOADER = Path.of("/lib64/ld-linux-x86-64.so.2");

  private static final Pattern FOUND = Pattern.compile("\t(?:(\\S+) => )?(/.+) \\(0x[0-9a-f]+\\)");
  private static final Pattern MISSING = Pattern.compile("\t(\\S+) => not found");
  private static final Pattern VERSION =
      Pattern.compile(".*: version `([^']*)' not found \\(required by (.*)\\)");

  /** What one side says of a file. */
  private record Said(
      SortedMap<String, String> places, SortedSet<String> missing, SortedSet<String> versions) {}

  static HostAgreement of(List<Path> files) throws Exception {
    List<Said> theirs = new ArrayList<>();
    for (Path file : files) {
      theirs.add(loader(file));
    }
    long start = System.nanoTime();
    LoaderClosure closure =
        new LoaderClosure(
            new SysRoot(new DirectoryTree(Path.of("/"))), new ElfFiles(), LoaderClosure.PATH);
    List<LoaderClosure.Listing> ours = new ArrayList<>();
    for (Path file : files) {
      ours.add(closure.listing(file.toString()));
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    TreeMap<String, String> differences = new TreeMap<>();
    int incomplete = 0;
    for (int i = 0; i < files.size(); i++) {
      Said we = said(ours.get(i));
      if (!we.equals(theirs.get(i))) {
        differences.put(files.get(i).toString(), "loader " + theirs.get(i) + " we " + we);
      }
      incomplete += we.missing.isEmpty() && we.versions.isEmpty() ? 0 : 1;
    }
    return new HostAgreement(files.size(), incomplete, seconds, differences);
  }

  String report(int all) {
    StringBuilder text = new StringBuilder();
    text.append(
        "ld.so and our closure agree for %d of %d ELF files (of %d below /usr; %d lack something on this host)%n"
            .formatted(files - differences.size(), files, all, incomplete));
    text.append(
        "our closure: %d files in %.2f s, %.0f files/s%n"
            .formatted(files, seconds, files / seconds));
    differences.forEach((file, both) -> text.append(file).append(": ").append(both).append('\n'));
    return text.toString();
  }

  private static Said said(LoaderClosure.Listing listing) throws IOException {
    TreeSet<String> versions = new TreeSet<>();
    for (String problem : listing.problems()) {
      Matcher version = Pattern.compile("(\\S+) needs version (\\S+) of .*").matcher(problem);
      if (version.matches()) {
        versions.add(version.group(2) + " for " + version.group(1));
      }
    }
    TreeMap<String, String> places = new TreeMap<>(listing.places());
    places.values().removeIf(LOADER.toRealPath().toString()::equals);
    return new Said(places, new TreeSet<>(listing.missing()), versions);
  }

  private static Said loader(Path file) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(LOADER.toString(), file.toString());
    builder.environment().clear();
    // As ldd(1): --list alone stops at the first thing missing.
    builder.environment().put("LD_TRACE_LOADED_OBJECTS", "1");
    builder.redirectErrorStream(true);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    TreeMap<String, String> places = new TreeMap<>();
    TreeSet<String> missing = new TreeSet<>();
    TreeSet<String> versions = new TreeSet<>();
    for (String line : output.lines().toList()) {
      Matcher found = FOUND.matcher(line);
      Matcher lost = MISSING.matcher(line);
      Matcher version = VERSION.matcher(line);
      if (found.matches()) {
        String name = found.group(1) == null ? found.group(2) : found.group(1);
        places.put(name, Path.of(found.group(2)).toRealPath().toString());
        // It lists itself under a name of its own, asked for or not.
        places.values().removeIf(LOADER.toRealPath().toString()::equals);
      } else if (lost.matches()) {
        missing.add(lost.group(1));
      } else if (version.matches()) {
        versions.add(version.group(1) + " for " + Path.of(version.group(2)).toRealPath());
      } else if (!line.matches("\tlinux-vdso\\.so\\.1 \\(0x[0-9a-f]+\\)|\tstatically linked")) {
        versions.add("unknown: " + line);
      }
    }
    return new Said(places, missing, versions);
  }

  /** Everything that this host's loader would take as its first object. */
  static List<Path> dynamicFiles(Path top) throws IOException {
    List<Path> all = new ArrayList<>();
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && isDynamic(file)) {
              all.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            return FileVisitResult.CONTINUE; // not ours to read
          }
        });
    all.sort(null);
    return all;
  }

  private static boolean isDynamic(Path file) {
    try {
      if (!ElfFiles.isElf(file)) {
        return false;
      }
      ElfFile elf = ElfFile.read(file);
      boolean loaded = elf.interpreter() != null || !elf.needed().isEmpty();
      boolean ours = elf.interpreter() == null || LOADER.toString().equals(elf.interpreter());
      return loaded && ours && elf.bits() == 64 && elf.machine() == 62 && elf.type() <= 3;
    } catch (IOException e) {
      return false;
    }
  }
}
