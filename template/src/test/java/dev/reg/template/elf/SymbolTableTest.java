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

/** Which symbols a file takes from others, and which it defines for them. */
class SymbolTableTest {
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

  @ParameterizedTest
  @ValueSource(strings = {"sysv", "gnu", "both"})
  void tellsWhatIsDefinedForOthers(String style) throws Exception {
    assumeTrue(Fixture.hasCompiler(), "this host has no compiler");
    String code =
        "int taken(void); int f(void) { return taken(); } __attribute__((weak)) int g(void)"
            + " { return 1; } static int own(void) { return 2; } int h(void) { return own(); }"
            + " __attribute__((visibility(\"hidden\"))) int hidden(void) { return 3; }";
    Path library =
        new Fixture(directory)
            .link("/l.so", code, List.of("-shared", "-fPIC", "-Wl,--hash-style=" + style));
    assertThat(ElfFile.defined(library)).containsExactlyInAnyOrder("f", "g", "h");
  }

  /** A table of very many, one behind the other in the file, all with the name at an offset. */
  private static byte[] many(int count, boolean undefined, int length) {
    int table = 0x1000;
    int names = table + 24 * count;
    int size = names + count + length + 1;
    ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1});
    file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 2);
    file.putInt(64, 1).putLong(80, 0).putLong(96, size);
    file.putInt(120, 2).putLong(128, 0x200).putLong(136, 0x200).putLong(152, 6 * 16);
    long[] dynamic = {4, 0x300, 5, names, 6, table, 10, count + length + 1};
    for (int i = 0; i < dynamic.length; i++) {
      file.putLong(0x200 + 8 * i, dynamic[i]);
    }
    file.putInt(0x304, count);
    for (int i = 0; i < count; i++) {
      file.putInt(table + 24 * i, i).put(table + 24 * i + 4, (byte) 0x12);
      file.putShort(table + 24 * i + 6, (short) (undefined ? 0 : 1));
    }
    // Each name is the end of one before it, so the file need not be long.
    for (int at = names; at < size - 1; at++) {
      file.put(at, (byte) ((at - names) % (length + 1) == length ? 0 : 'a' + at % 23));
    }
    return file.array();
  }

  @Test
  void keepsNoMoreNamesThanFit() throws Exception {
    assertThat(ElfFile.defined(new Bytes(many(1_000, false, 40)))).hasSizeGreaterThan(500);
    assertThatThrownBy(() -> ElfFile.defined(new Bytes(many(200_000, false, 4_000))))
        .isInstanceOf(ElfException.class)
        .hasMessageContaining("bytes of names");
    assertThatThrownBy(() -> ElfFile.defined(new Bytes(many(1_100_000, false, 10))))
        .isInstanceOf(ElfException.class)
        .hasMessageContaining("symbols, more than");
  }

  @Test
  void takesNoMoreSymbolsThanFit() throws Exception {
    assertThat(ElfFile.imports(new Bytes(many(1_000, true, 40)), WANTED)).isEmpty();
    assertThatThrownBy(() -> ElfFile.imports(new Bytes(many(300_000, true, 10)), WANTED))
        .isInstanceOf(ElfException.class)
        .hasMessageContaining("symbols from others");
  }

  @Test
  void aFileWithoutSymbolsTakesNone() throws Exception {
    assumeTrue(Fixture.hasCompiler(), "this host has no compiler");
    Path program = new Fixture(directory).program("/p");
    assertThat(ElfFile.imports(program, WANTED)).isEmpty();
    assertThat(ElfFile.defined(program)).isEmpty();
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
    assertThatThrownBy(() -> SymbolTable.count(in(hash), true, 0))
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
