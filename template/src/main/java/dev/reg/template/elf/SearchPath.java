package dev.reg.template.elf;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the loader looks when no object says otherwise: ld.so.cache, then the directories that are
 * built into the loader; and the directories in which builds for better processors lie.
 */
final class SearchPath {
  /** What glibc before 2.37 searched below every directory, in any combination. */
  private static final Set<String> LEGACY =
      Set.of("tls", "haswell", "xeon_phi", "avx512_1", "x86_64", "i586", "i686", "sse2");

  private static final int LEGACY_DEPTH = 4;

  private final SysRoot root;
  private final @Nullable LoaderCache cache;
  private final List<String> configured;
  private final @Nullable String problem;
  private final Map<String, List<String>> builtIn = new HashMap<>();
  private final Map<String, List<String>> betters = new HashMap<>();

  /**
   * @param configurable whether, without a cache, what /etc/ld.so.conf names counts: ldconfig will
   *     have put it into one
   */
  SearchPath(SysRoot root, boolean configurable) throws IOException {
    this.root = root;
    SysRoot.Place place = root.file("/etc/ld.so.cache");
    LoaderCache found = null;
    String damage = null;
    if (place != null) {
      try (FileChannel channel =
          FileChannel.open(
              root.content(place.path()), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
        found = LoaderCache.read(channel);
      } catch (ElfException e) {
        damage = "/etc/ld.so.cache is not a sound cache of the loader's: " + e.getMessage();
      }
    }
    this.cache = found;
    this.problem = damage;
    this.configured =
        configurable && place == null ? LoaderConfiguration.directories(root) : List.of();
  }

  /** What is wrong with the cache; null when nothing is. */
  @Nullable String problem() {
    return problem;
  }

  /**
   * What the cache has of a name, in the loader's order.
   *
   * @param loader absolute path of the program interpreter; null when it is not known
   */
  List<LoaderCache.Entry> cached(String name, ElfFile by, @Nullable String loader)
      throws IOException {
    if (cache == null) {
      return List.of();
    }
    List<LoaderCache.Entry> found = cache.find(name);
    if (!by.noDefaultLibraries() || found.isEmpty()) {
      return found;
    }
    // DF_1_NODEFLIB: entries of the cache count unless they lie in a default directory.
    List<String> defaults = builtIn(by, loader);
    return found.stream()
        .filter(entry -> defaults.stream().noneMatch(at -> entry.path().startsWith(at + "/")))
        .toList();
  }

  /** The directories searched after the cache, in the loader's order. */
  List<String> directories(ElfFile by, @Nullable String loader) throws IOException {
    if (configured.isEmpty()) {
      return by.noDefaultLibraries() ? List.of() : builtIn(by, loader);
    }
    Set<String> all = new LinkedHashSet<>(configured);
    List<String> built = builtIn(by, loader);
    if (by.noDefaultLibraries()) {
      built.forEach(all::remove);
    } else {
      all.addAll(built);
    }
    return List.copyOf(all);
  }

  /** Whether a link-free directory is one that the loader searches for anybody. */
  boolean isDefault(String directory, ElfFile by) throws IOException {
    for (String each : directories(by, null)) {
      SysRoot.Place place = root.resolve(each);
      if (place != null && place.path().equals(directory)) {
        return true;
      }
    }
    return false;
  }

  private List<String> builtIn(ElfFile file, @Nullable String loader) throws IOException {
    String path = loader == null ? usualLoader(file) : loader;
    List<String> known = builtIn.get(path + file.machine());
    if (known == null) {
      SysRoot.Place place = root.file(path);
      known = place == null ? List.of() : TrustedDirectories.of(root.content(place.path()));
      if (known.isEmpty()) {
        known = usual(file);
      }
      builtIn.put(path + file.machine(), known);
    }
    return known;
  }

  private static List<String> usual(ElfFile file) {
    List<String> all = new ArrayList<>();
    String triplet = triplet(file);
    if (!triplet.isEmpty()) {
      all.add("/lib/" + triplet);
      all.add("/usr/lib/" + triplet);
    }
    if (file.bits() == 64) {
      all.add("/lib64");
      all.add("/usr/lib64");
    }
    all.add("/lib");
    all.add("/usr/lib");
    return all;
  }

  /** By the ABI supplements of the machines. */
  private static String usualLoader(ElfFile file) {
    return switch (file.machine()) {
      case 3 -> "/lib/ld-linux.so.2";
      case 21 -> file.littleEndian() ? "/lib64/ld64.so.2" : "/lib64/ld64.so.1";
      case 22 -> "/lib/ld64.so.1";
      case 40 -> "/lib/ld-linux-armhf.so.3";
      case 62 -> file.bits() == 64 ? "/lib64/ld-linux-x86-64.so.2" : "/libx32/ld-linux-x32.so.2";
      case 183 -> "/lib/ld-linux-aarch64.so.1";
      case 243 -> "/lib/ld-linux-riscv64-lp64d.so.1";
      default -> "/lib/ld.so.1";
    };
  }

  /** $LIB, DL_DST_LIB of glibc's Makeconfig: where it lies itself. */
  String lib(ElfFile file, @Nullable String loader) throws IOException {
    return builtIn(file, loader).getFirst().substring(1);
  }

  /** Debian's name for what the file runs on; empty for one we do not know. */
  static String triplet(ElfFile file) {
    return switch (file.machine()) {
      case 3 -> "i386-linux-gnu";
      case 21 -> file.littleEndian() ? "powerpc64le-linux-gnu" : "powerpc64-linux-gnu";
      case 22 -> "s390x-linux-gnu";
      case 40 -> "arm-linux-gnueabihf";
      case 62 -> file.bits() == 64 ? "x86_64-linux-gnu" : "x86_64-linux-gnux32";
      case 183 -> "aarch64-linux-gnu";
      case 243 -> "riscv64-linux-gnu";
      default -> "";
    };
  }

  /** $PLATFORM: AT_PLATFORM of the kernel or, before glibc 2.37, a kind of processor. */
  static List<String> platforms(ElfFile file) {
    return switch (file.machine()) {
      case 3 -> List.of("i686", "i586", "i486", "i386");
      case 21 -> List.of("power8", "power9", "power10");
      case 22 -> List.of("z900", "z10", "z196", "z13", "z14", "z15", "z16");
      case 62 -> List.of("x86_64", "haswell", "xeon_phi");
      case 40 -> List.of("v7l", "v8l");
      case 183 -> List.of("aarch64");
      default -> List.of();
    };
  }

  /** Directories below this one in which builds for better processors are looked for. */
  List<String> betters(String directory) throws IOException {
    SysRoot.Place place = root.resolve(directory.isEmpty() ? "/" : directory);
    if (place == null) {
      return List.of();
    }
    List<String> known = betters.get(directory);
    if (known == null) {
      known = new ArrayList<>();
      for (String level : root.list(directory + "/glibc-hwcaps")) {
        known.add(directory + "/glibc-hwcaps/" + level);
      }
      legacy(directory, known, LEGACY_DEPTH);
      betters.put(directory, known);
    }
    return known;
  }

  private void legacy(String directory, List<String> found, int depth) throws IOException {
    for (String name : root.list(directory)) {
      if (depth > 0 && LEGACY.contains(name)) {
        found.add(directory + "/" + name);
        legacy(directory + "/" + name, found, depth - 1);
      }
    }
  }
}
