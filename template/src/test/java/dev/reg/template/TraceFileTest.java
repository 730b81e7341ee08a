package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceFileTest {
  private static final Digest DIGEST = digest("a");
  private static final List<List<String>> COMMANDS =
      List.of(List.of("sh", "-c", "echo \"ü\n\""), List.of("true"), List.of());

  private static Digest digest(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsWhatItWroteOfThatContentAlone() throws IOException {
    byte[] written = TraceFile.write(DIGEST, COMMANDS);
    assertThat(TraceFile.read(DIGEST, written)).isEqualTo(COMMANDS);
    assertThat(TraceFile.read(digest("b"), written)).isEmpty();
  }

  @Test
  void whatIsCutShortSaysNothing() throws IOException {
    byte[] written = TraceFile.write(DIGEST, COMMANDS);
    for (int length = 0; length < written.length - 2; length++) {
      assertThat(TraceFile.read(DIGEST, Arrays.copyOf(written, length))).as("%d", length).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "null",
        "{\"closure\": %s, \"commands\": {}}",
        "{\"closure\": %s, \"commands\": [1]}",
        "{\"closure\": %s, \"commands\": [[1]]}",
        "{\"closure\": %s, \"commands\": [[\"a\"]], \"more\": 1}",
        "{\"closure\": [], \"commands\": [[\"a\"]]}"
      })
  void anotherFormSaysNothing(String form) throws IOException {
    String document = form.replace("%s", "\"" + DIGEST + "\"");
    assertThat(TraceFile.read(DIGEST, document.getBytes(StandardCharsets.UTF_8))).isEmpty();
  }
}
