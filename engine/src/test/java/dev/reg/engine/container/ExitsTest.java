package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.Layout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExitsTest {
  private static final String ID = Samples.id("a");

  @TempDir Path directory;
  private Layout layout;
  private Exits exits;

  @BeforeEach
  void open() throws Exception {
    layout = Layout.at(directory.resolve("root"));
    layout.create();
    exits = new Exits(layout);
  }

  @Test
  void everyCodeIsReadAndNoBeginningOfOne() throws Exception {
    for (int code = 0; code <= 255; code++) {
      String whole = code + "\n";
      Files.writeString(layout.exit(ID), whole);
      assertThat(exits.read(ID)).hasValue(code);
      for (int length = 0; length < whole.length(); length++) {
        Files.writeString(layout.exit(ID), whole.substring(0, length));
        assertThat(exits.read(ID)).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "256\n",
        "999\n",
        "-1\n",
        "+1\n",
        " 1\n",
        "1 \n",
        "1\n\n",
        "1\n2\n",
        "\n",
        "a\n",
        "0x1\n",
        "0001\n",
        "1\r\n",
        "1\0\n",
        "\u0661\n"
      })
  void whatIsNoCodeIsUnknown(String text) throws Exception {
    Files.writeString(layout.exit(ID), text, StandardCharsets.UTF_8);
    assertThat(exits.read(ID)).isEqualTo(OptionalInt.empty());
  }

  @Test
  void noFileIsUnknownAndAHugeOneIsNotRead() throws Exception {
    assertThat(exits.read(ID)).isEmpty();
    try (var file = new java.io.RandomAccessFile(layout.exit(ID).toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    assertThat(exits.read(ID)).isEmpty();
    exits.delete(ID);
    exits.delete(ID);
    assertThat(layout.exit(ID)).doesNotExist();
  }
}
