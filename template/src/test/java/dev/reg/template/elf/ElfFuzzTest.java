package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the bytes are, the answer is an ElfFile or an ElfException, soon. */
class ElfFuzzTest {
  /** Raise it for a longer search: -Dreg.fuzz=1000000. */
  private static final int ROUNDS = Integer.getInteger("reg.fuzz", 5_000);

  @TempDir Path directory;

  @Test
  void survivesMutations() throws Exception {
    assumeTrue(Fixture.hasCompiler(), "this host has no compiler");
    Fixture fixture = new Fixture(directory);
    fixture.file("/v", "V1 { f; }; V2 { g; } V1;\n");
    Path library =
        fixture.link(
            "/liba.so",
            "int f(void) { return 1; } int g(void) { return 2; }",
            List.of("-shared", "-fPIC", "-Wl,-soname,liba.so,-rpath,/opt,--version-script,%s/v"));
    Path program =
        fixture.link(
            "/p",
            "int g(void); int _start(void) { return g(); }",
            List.of("-Wl,--dynamic-linker=/lib64/ld.so", "%s/liba.so"));
    byte[] wide = Files.readAllBytes(program);
    mutate(wide, 11);
    mutate(Files.readAllBytes(library), 12);
    mutate(narrow(ByteOrder.LITTLE_ENDIAN), 13);
    mutate(narrow(ByteOrder.BIG_ENDIAN), 14);
  }

  private static void mutate(byte[] seed, int salt) throws IOException {
    Random random = new Random(salt);
    assertThat(ElfFile.read(new Bytes(seed)).needed()).isNotNull();
    assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> {
          for (int round = 0; round < ROUNDS; round++) {
            read(mutant(seed, random));
          }
        });
  }

  private static void read(byte[] bytes) throws IOException {
    try {
      assertThat(ElfFile.read(new Bytes(bytes)).bits()).isIn(32, 64);
      assertThat(ElfFile.imports(new Bytes(bytes), List.of("f", "g"))).hasSizeLessThan(3);
      assertThat(ElfFile.defined(new Bytes(bytes))).hasSizeLessThan(bytes.length / 16);
    } catch (ElfException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static byte[] mutant(byte[] seed, Random random) {
    byte[] bytes = seed.clone();
    int reach = random.nextBoolean() ? Math.min(bytes.length, 1_024) : bytes.length;
    for (int i = random.nextInt(1, 8); i > 0; i--) {
      bytes[random.nextInt(reach)] =
          random.nextInt(3) == 0 ? (byte) 0xff : (byte) random.nextInt(256);
    }
    return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }

  @Test
  void readsBothClassesAndByteOrders() throws Exception {
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      ElfFile elf = ElfFile.read(new Bytes(narrow(order)));
      assertThat(elf.bits()).isEqualTo(32);
      assertThat(elf.littleEndian()).isEqualTo(order == ByteOrder.LITTLE_ENDIAN);
      assertThat(elf.machine()).isEqualTo(8);
      assertThat(elf.interpreter()).isEqualTo("/lib/ld.so.1");
      assertThat(elf.needed()).containsExactly("liba.so", "libb.so");
      assertThat(elf.soname()).isEqualTo("self");
      assertThat(elf.runpath()).isEqualTo("$ORIGIN");
      assertThat(elf.noDefaultLibraries()).isTrue();
    }
  }

  @Test
  void refusesLoopsAndOverlaps() {
    for (int next : List.of(1, 4, 12, 16)) {
      ByteBuffer file = ByteBuffer.wrap(narrow(ByteOrder.LITTLE_ENDIAN));
      file.order(ByteOrder.LITTLE_ENDIAN);
      // DT_VERNEED at a record whose chains go on for ever in tiny steps.
      file.putInt(0x100 + 6 * 8, 0x6ffffffe);
      file.putInt(0x100 + 6 * 8 + 4, 0x10000 + 0x200);
      for (int at = 0x200; at + 4 <= file.capacity(); at += 4) {
        file.putInt(at, next);
      }
      assertThatThrownBy(() -> ElfFile.read(new Bytes(file.array())))
          .isInstanceOf(ElfException.class);
    }
  }

  @Test
  void refusesWhatIsNotElf() {
    for (byte[] bytes :
        List.of(
            new byte[0],
            new byte[64],
            "#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII),
            "\177ELF".getBytes(StandardCharsets.US_ASCII))) {
      assertThatThrownBy(() -> ElfFile.read(new Bytes(bytes))).isInstanceOf(ElfException.class);
    }
  }

  @Test
  void refusesEveryBeginningOfAFile() throws Exception {
    byte[] whole = narrow(ByteOrder.LITTLE_ENDIAN);
    for (int length = 0; length < 0x22d; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> ElfFile.read(new Bytes(cut)))
          .as("the first %s bytes", length)
          .isInstanceOf(ElfException.class);
    }
  }

  /** Every segment is the same table or the same notes, as large as there are. */
  @Test
  void readsNoTableAgainForEverySegment() {
    int count = 4_000;
    int table = 52 + 32 * count;
    for (int type : List.of(2, 4)) {
      ByteBuffer file = ByteBuffer.allocate(table + 60_000 * 8).order(ByteOrder.LITTLE_ENDIAN);
      file.put(narrow(ByteOrder.LITTLE_ENDIAN), 0, 52).putShort(44, (short) count);
      for (int i = 0; i < count; i++) {
        segment(file, 52 + 32 * i, type, table, 0, 60_000 * 8);
      }
      for (int at = table; at < file.capacity(); at += 8) {
        file.putInt(at, type == 2 ? 1 : 0).putInt(at + 4, 0);
      }
      assertTimeoutPreemptively(
          Duration.ofMinutes(1),
          () ->
              assertThatThrownBy(() -> ElfFile.read(new Bytes(file.array())))
                  .isInstanceOf(ElfException.class));
    }
  }

  @Test
  void refusesOffsetsThatAreBeyondEverything() throws Exception {
    byte[] seed = narrow(ByteOrder.LITTLE_ENDIAN);
    for (int at = 28; at < 0x140; at += 4) {
      for (int value : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0xfffffff0, 0x1000}) {
        ByteBuffer file = ByteBuffer.wrap(seed.clone()).order(ByteOrder.LITTLE_ENDIAN);
        read(file.putInt(at, value).array());
      }
    }
  }

  /** A hand-made 32-bit file: headers, PT_LOAD of everything at 0x10000, dynamic section, names. */
  private static byte[] narrow(ByteOrder order) {
    ByteBuffer file = ByteBuffer.allocate(0x1000).order(order);
    file.put(
        new byte[] {0x7f, 'E', 'L', 'F', 1, (byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 2)});
    file.putShort(16, (short) 3).putShort(18, (short) 8).putInt(28, 52);
    file.putShort(42, (short) 32).putShort(44, (short) 3);
    segment(file, 52, 1, 0, 0x10000, 0x1000);
    segment(file, 84, 2, 0x100, 0x10100, 0x100);
    segment(file, 116, 3, 0x220, 0x10220, 13);
    int[] dynamic = {5, 0x10200, 10, 0x40, 14, 1, 29, 6, 0x6ffffffb, 0x800, 1, 0x0e, 1, 0x16, 0, 0};
    for (int i = 0; i < dynamic.length; i++) {
      file.putInt(0x100 + 4 * i, dynamic[i]);
    }
    file.put(0x200, "\0self\0$ORIGIN\0liba.so\0libb.so\0".getBytes(StandardCharsets.US_ASCII));
    file.put(0x220, "/lib/ld.so.1\0".getBytes(StandardCharsets.US_ASCII));
    return file.array();
  }

  private static void segment(
      ByteBuffer file, int at, int type, int offset, int address, int size) {
    file.putInt(at, type).putInt(at + 4, offset).putInt(at + 8, address).putInt(at + 16, size);
  }
}
