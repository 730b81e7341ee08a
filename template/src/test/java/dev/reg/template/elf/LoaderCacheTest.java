package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoaderCacheTest {
  private static final int ROUNDS = Integer.getInteger("reg.fuzz", 5_000);
  private static final long LEVELLED = 1L << 62;
  private static final int X86_64 = 0x303;

  /** A line of a cache. */
  private record Line(String name, String path, int flags, long hwcap) {
    static Line plain(String name, String path) {
      return new Line(name, path, X86_64, 0);
    }
  }

  private static final List<Line> LINES =
      List.of(
          new Line("libz.so.1", "/usr/lib/glibc-hwcaps/v3/libz.so.1", X86_64, LEVELLED | 1),
          new Line("libz.so.1", "/usr/lib/old/libz.so.1", X86_64, 4),
          Line.plain("libz.so.1", "/usr/lib/libz.so.1"),
          Line.plain("liba.so", "relative/liba.so"),
          Line.plain("liba.so", "/opt/liba.so"));

  /** In the form of the year 2000, with the names of two levels behind it. */
  private static byte[] cache(ByteOrder order, List<Line> lines) {
    ByteBuffer out = ByteBuffer.allocate(4096).order(order);
    out.put("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII));
    out.putInt(20, lines.size());
    out.put(28, (byte) (order == ByteOrder.LITTLE_ENDIAN ? 2 : 3));
    int strings = 48 + 24 * lines.size();
    List<Integer> names = new ArrayList<>();
    for (String level : List.of("v2", "v3")) {
      names.add(strings);
      strings = text(out, strings, level);
    }
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      int at = 48 + 24 * i;
      out.putInt(at, line.flags).putInt(at + 4, strings);
      strings = text(out, strings, line.name);
      out.putInt(at + 8, strings).putLong(at + 16, line.hwcap);
      strings = text(out, strings, line.path);
    }
    int extensions = (strings + 3) & ~3;
    out.putInt(32, extensions);
    out.putInt(extensions, 0xeaa42174).putInt(extensions + 4, 1);
    out.putInt(extensions + 8, 1).putInt(extensions + 16, extensions + 24);
    out.putInt(extensions + 20, 8);
    out.putInt(extensions + 24, names.get(0)).putInt(extensions + 28, names.get(1));
    return Arrays.copyOf(out.array(), extensions + 32);
  }

  /** As before glibc 2.2: names follow the entries, and their places count from there. */
  private static byte[] old(List<Line> lines) {
    ByteBuffer out = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
    out.put("ld.so-1.7.0".getBytes(StandardCharsets.US_ASCII)).putInt(12, lines.size());
    int base = 16 + 12 * lines.size();
    int strings = base;
    for (int i = 0; i < lines.size(); i++) {
      int at = 16 + 12 * i;
      out.putInt(at, lines.get(i).flags).putInt(at + 4, strings - base);
      strings = text(out, strings, lines.get(i).name);
      out.putInt(at + 8, strings - base);
      strings = text(out, strings, lines.get(i).path);
    }
    return Arrays.copyOf(out.array(), strings);
  }

  private static int text(ByteBuffer out, int at, String text) {
    byte[] bytes = (text + "\0").getBytes(StandardCharsets.US_ASCII);
    out.put(at, bytes);
    return at + bytes.length;
  }

  private static LoaderCache read(byte[] bytes) throws Exception {
    return LoaderCache.read(new Bytes(bytes));
  }

  enum Order {
    LITTLE(ByteOrder.LITTLE_ENDIAN),
    BIG(ByteOrder.BIG_ENDIAN);

    final ByteOrder order;

    Order(ByteOrder order) {
      this.order = order;
    }
  }

  private static void hasAll(LoaderCache cache) {
    assertThat(cache.size()).isEqualTo(2);
    assertThat(cache.find("libz.so.1"))
        .containsExactly(
            new LoaderCache.Entry("/usr/lib/glibc-hwcaps/v3/libz.so.1", X86_64, "v3"),
            new LoaderCache.Entry("/usr/lib/old/libz.so.1", X86_64, "legacy"),
            new LoaderCache.Entry("/usr/lib/libz.so.1", X86_64, ""));
    assertThat(cache.find("libz.so.1").stream().map(LoaderCache.Entry::isForAny))
        .containsExactly(false, false, true);
    assertThat(cache.find("liba.so"))
        .as("a relative path is passed over")
        .containsExactly(new LoaderCache.Entry("/opt/liba.so", X86_64, ""));
    assertThat(cache.find("libnone.so")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void findsLibrariesInTheirOrder(Order byteOrder) throws Exception {
    hasAll(read(cache(byteOrder.order, LINES)));
  }

  @Test
  void readsTheOldFormAloneAndTheNewOneBehindIt() throws Exception {
    byte[] old = old(List.of(Line.plain("libo.so", "/opt/libo.so")));
    assertThat(read(old).find("libo.so"))
        .containsExactly(new LoaderCache.Entry("/opt/libo.so", X86_64, ""));
    // Behind the entries of the old form, where its names would be.
    byte[] both = Arrays.copyOf(old(List.of()), 16 + cache(ByteOrder.nativeOrder(), LINES).length);
    byte[] fresh = cache(ByteOrder.nativeOrder(), LINES);
    System.arraycopy(fresh, 0, both, 16, fresh.length);
    hasAll(read(both));
  }

  @Test
  void anEmptyOneHasNothing() throws Exception {
    assertThat(read(cache(ByteOrder.nativeOrder(), List.of())).size()).isZero();
  }

  private static void refused(byte[] bytes, String why) {
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(ElfException.class)
        .hasMessageContaining(why);
  }

  private static byte[] changed(int at, int value) {
    byte[] bytes = cache(ByteOrder.LITTLE_ENDIAN, LINES);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    return bytes;
  }

  @Test
  void refusesWhatIsNoneAndWhatIsDamaged() {
    byte[] sound = cache(ByteOrder.LITTLE_ENDIAN, LINES);
    int extensions = ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).getInt(32);
    refused(new byte[0], "does not begin as a loader's cache");
    refused("glibc-ld.so.cache2.0".getBytes(StandardCharsets.US_ASCII), "does not begin");
    refused(Arrays.copyOf(sound, 40), "ends within its header");
    refused(changed(20, -1), "entries, more than");
    refused(changed(20, 400_000), "ends before its 400000 entries do");
    refused(changed(28, 1), "byte order is 1");
    refused(changed(48 + 4, 1 << 30), "lies outside");
    refused(changed(48 + 16, 2), "does not name");
    refused(changed(32, sound.length - 4), "extensions do not begin");
    refused(changed(extensions, 1), "extensions do not begin");
    refused(changed(extensions + 4, 65), "65 extensions");
    refused(changed(extensions + 16, sound.length), "lies outside the file");
    refused(changed(extensions + 20, 1 << 20), "lies outside the file");
    byte[] old = old(LINES);
    ByteBuffer.wrap(old).order(ByteOrder.nativeOrder()).putInt(12, 1_000);
    refused(old, "ends before its 1000 entries do");
    byte[] unended = Arrays.copyOf(sound, sound.length);
    Arrays.fill(unended, 48 + 24 * LINES.size(), unended.length, (byte) 'x');
    refused(unended, "");
  }

  @Test
  void survivesMutations() throws Exception {
    Random random = new Random(15);
    List<byte[]> seeds =
        List.of(
            cache(ByteOrder.LITTLE_ENDIAN, LINES), cache(ByteOrder.BIG_ENDIAN, LINES), old(LINES));
    int sound = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = seeds.get(round % seeds.size()).clone();
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] =
            random.nextBoolean() ? (byte) 0xff : (byte) random.nextInt(256);
      }
      try {
        assertThat(read(bytes).size()).isLessThanOrEqualTo(LINES.size());
        sound++;
      } catch (ElfException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    assertThat(sound).isBetween(1, ROUNDS - 1);
  }

  /** What {@code ldconfig -p} prints of this machine's own cache. */
  @Test
  void agreesWithLdconfig() throws Exception {
    Path cache = Path.of("/etc/ld.so.cache");
    Path ldconfig = Path.of("/sbin/ldconfig");
    assumeTrue(Files.isReadable(cache) && Files.isExecutable(ldconfig), "no cache on this machine");
    Process process = new ProcessBuilder(ldconfig.toString(), "-p", "-C", cache.toString()).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    Map<String, List<String>> expected = new LinkedHashMap<>();
    Pattern form = Pattern.compile("\t(\\S+) \\(.*\\) => (\\S+)");
    for (String line : printed.lines().toList()) {
      Matcher matcher = form.matcher(line);
      if (matcher.matches()) {
        expected.computeIfAbsent(matcher.group(1), key -> new ArrayList<>()).add(matcher.group(2));
      }
    }
    assertThat(expected).isNotEmpty();
    LoaderCache read;
    try (FileChannel channel = FileChannel.open(cache)) {
      read = LoaderCache.read(channel);
    }
    assertThat(read.size()).isEqualTo(expected.size());
    expected.forEach(
        (name, paths) ->
            assertThat(read.find(name).stream().map(LoaderCache.Entry::path))
                .as(name)
                .containsExactlyElementsOf(paths));
  }
}
