package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElfFilesTest {
  private static final int NEEDED = 50_000;

  @TempDir Path directory;

  /** A file that needs the same library again and again. */
  private static byte[] needing(int count) {
    int size = 0x200 + 16 * (count + 4);
    ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1});
    file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 2);
    file.putInt(64, 1).putLong(96, size);
    file.putInt(120, 2).putLong(128, 0x200).putLong(136, 0x200).putLong(152, size - 0x200);
    file.put(0x180, "liba.so\0".getBytes(StandardCharsets.US_ASCII));
    file.putLong(0x200, 5).putLong(0x208, 0x180).putLong(0x210, 10).putLong(0x218, 8);
    for (int i = 0; i < count; i++) {
      file.putLong(0x220 + 16 * i, 1);
    }
    return file.array();
  }

  @Test
  void keepsNoMoreOfAllFilesThanFits() throws Exception {
    ElfFiles files = new ElfFiles();
    byte[] content = needing(NEEDED);
    int read = 0;
    for (; read < 10; read++) {
      Path file = Files.write(directory.resolve("lib" + read), content);
      if (read == 3) {
        break;
      }
      assertThat(files.read(file).needed()).hasSize(NEEDED);
    }
    Path last = directory.resolve("lib" + read);
    assertThatThrownBy(() -> files.read(last))
        .isInstanceOf(ElfException.class)
        .hasMessageContaining("and others name more than");
    assertThat(files.read(directory.resolve("lib0")).needed()).hasSize(NEEDED);
  }
}
