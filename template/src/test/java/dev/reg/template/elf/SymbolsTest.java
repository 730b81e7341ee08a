package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which functions a file takes from others. */
class SymbolsTest {
  private static final Set<String> WANTED =
      Set.of("iconv_open", "pthread_exit", "pthread_cancel", "backtrace", "malloc", "dlopen");

  /** Programs of the host that are compared with nm(1). */
  private static final int SAMPLE = 150;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"sysv", "gnu", "both"})
  void tellsUndefinedFromDefined(String style) throws Exception {
    assumeTrue(Fixture.hasCompiler(), "this host has no compiler");
    Fixture fixture = new Fixture(directory);
    String code =
        "int iconv_open(void); int dlope(void); int malloc(void) { return 1; }"
            + " int f(void) { return iconv_open() + dlope() + malloc(); }";
    Path library =
        fixture.link("/l.so", code, List.of("-shared", "-fPIC", "-Wl,--hash-style=" + style));
    assertThat(ElfFile.imports(library, WANTED)).containsExactly("iconv_open");
    assertThat(ElfFile.imports(library, Set.of())).isEmpty();
  }

  @Test
  void aFileWithoutSymbolsTakesNone() throws Exception {
    assumeTrue(Fixture.hasCompiler(), "this host has no compiler");
    Path program = new Fixture(directory).program("/p");
    assertThat(ElfFile.imports(program, WANTED)).isEmpty();
  }

  /** {@code nm -D --undefined-only} tells the same. */
  @Test
  void agreesWithNm() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/nm")), "this host has no binutils");
    int compared = 0;
    int found = 0;
    for (Path file : files()) {
      if (!ElfFiles.isElf(file)) {
        continue;
      }
      Set<String> ours = ElfFile.imports(file, WANTED);
      assertThat(ours).as("%s", file).isEqualTo(nm(file));
      compared++;
      found += ours.size();
    }
    System.out.printf("imports agree with nm for %d files, %d symbols%n", compared, found);
    assertThat(found).isGreaterThan(10);
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/usr/bin"))) {
      return all.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
          .filter(Files::isReadable)
          .sorted()
          .limit(SAMPLE)
          .toList();
    }
  }

  private static Set<String> nm(Path file) throws Exception {
    Process process =
        new ProcessBuilder("/usr/bin/nm", "-D", "--undefined-only", file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return printed
        .lines()
        .map(line -> line.substring(line.lastIndexOf(' ') + 1).replaceFirst("@.*", ""))
        .filter(WANTED::contains)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Tables that a hostile file claims to have. */
  @Test
  void refusesMoreSymbolsThanItTakesTimeFor() {
    ByteBuffer hash = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    hash.putInt(0, -1);
    refused(hash, "symbols, more than");
    hash.putInt(0, 1).putInt(4, -1);
    refused(hash, "symbols, more than");
    hash.putInt(4, 1).putInt(8, -1);
    refused(hash, "ends before");
    // A bucket far away, and a chain that goes on to the end of the file.
    hash.putInt(8, 0).putInt(16, 1 << 30);
    refused(hash, "ends before");
    hash.putInt(16, 1);
    refused(hash, "ends before");
  }

  private static void refused(ByteBuffer hash, String why) {
    assertThatThrownBy(() -> Symbols.count(in(hash), true, 0))
        .isInstanceOf(ElfException.class)
        .hasMessageContaining(why);
  }

  private static ElfBytes in(ByteBuffer hash) throws IOException {
    byte[] content = new byte[hash.capacity()];
    hash.get(0, content);
    ElfBytes bytes = new ElfBytes(new Bytes(content));
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    return bytes;
  }
}
