package dev.reg.engine.project;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.reg.store.Digest;
import dev.reg.template.Closure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LockTest {
  private static final Path SAMPLES = Path.of("src/test/resources/locks");

  private static Digest digest(String text) {
    return Digest.of(text.getBytes(UTF_8));
  }

  private static Lock lock(Map<String, String> runtime, Map<String, String> contents) {
    TreeMap<String, Digest> templates = new TreeMap<>();
    contents.forEach((id, text) -> templates.put(id, digest(text)));
    return new Lock(runtime, templates, Closure.idOf(templates));
  }

  private static Lock sample() {
    Map<String, String> runtime = new LinkedHashMap<>();
    runtime.put("python@3.11", "python@3.11.2");
    runtime.put("busybox", "busybox@1.35.0");
    return lock(
        runtime,
        Map.of("python@3.11.2", "p", "tzdata@2024a-0+deb12u1", "t", "busybox@1.35.0", "b"));
  }

  private static List<String> mistakes(String text) {
    return catchThrowableOfType(
            Mistakes.class, () -> LockReader.read("reg.lock", text.getBytes(UTF_8)))
        .lines();
  }

  @Test
  void itsTextIsAsReviewedAndReadsBack() throws Exception {
    String golden = Files.readString(SAMPLES.resolve("sample.lock"));
    assertThat(sample().text()).isEqualTo(golden);
    assertThat(LockReader.read("reg.lock", golden.getBytes(UTF_8))).isEqualTo(sample());
  }

  @Test
  void whatIsLeftOfOneIsNoLock() throws Exception {
    byte[] text = sample().text().getBytes(UTF_8);
    for (int length = 0; length < text.length - 1; length++) {
      String part = new String(text, 0, length, UTF_8);
      assertThat(mistakes(part)).as(part).isNotEmpty();
    }
  }

  @Test
  void whatWasChangedByHandIsSeen() throws Exception {
    String text = sample().text();
    String other = digest("x").toString();
    for (String id : sample().templates().keySet()) {
      String before = sample().templates().get(id).toString();
      assertThat(mistakes(text.replace(before, other)))
          .containsExactly(
              "reg.lock:2: it was cut short or changed: its environment is not that of its"
                  + " templates");
    }
    assertThat(mistakes(text.replace("busybox: busybox@1.35.0", "busybox: busybox@1.36")))
        .containsExactly("reg.lock:5: busybox is not busybox@1.36 of its templates");
    assertThat(mistakes(text.replace("python@3.11: ", "python@3.1: ")))
        .containsExactly("reg.lock:4: python@3.1 is not python@3.11.2 of its templates");
    assertThat(mistakes(text.replace("version: 1", "version: 2")))
        .containsExactly("reg.lock:2: it has the version '2', and this reg reads 1");
    assertThat(mistakes(text.replace("environment", "enviroment")))
        .contains("reg.lock:10: unknown key 'enviroment'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "version: 1",
        "version: [1]",
        "version: 1\nruntime: 1\ntemplates: 2\nenvironment: 3",
        "version: 1\ntemplates:\n  a@1: x\n",
        "version: 1\ntemplates:\n  a: sha256:0\n",
        "version: 1\ntemplates:\n  A@1: {a: b}\n",
        "version: 1\nruntime:\n  a: [b]\n",
        "version: &a 1",
      })
  void whatIsNoLockIsRefused(String text) {
    assertThat(mistakes(text)).isNotEmpty().allMatch(line -> line.startsWith("reg.lock"));
  }

  @Test
  void itIsForJustItsWishes() {
    assertThat(sample().isFor(List.of("busybox", "python@3.11"))).isTrue();
    assertThat(sample().isFor(List.of("python@3.11"))).isFalse();
    assertThat(sample().isFor(List.of("busybox", "python@3.12"))).isFalse();
  }

  @Test
  void changesAreToldTemplateByTemplate() {
    Lock after =
        lock(
            Map.of("python@3.11", "python@3.11.9", "busybox", "busybox@1.35.0"),
            Map.of("python@3.11.9", "p", "busybox@1.35.0", "other", "zlib@1", "z"));
    assertThat(sample().changesTo(after))
        .containsExactly(
            "busybox@1.35.0 has another content",
            "python@3.11.2 became python@3.11.9",
            "removed tzdata@2024a-0+deb12u1",
            "added zlib@1");
    assertThat(sample().changesTo(sample())).isEmpty();
    Lock fewer =
        new Lock(Map.of("python@3", "python@3.11.2"), sample().templates(), sample().environment());
    assertThat(sample().changesTo(fewer)).containsExactly("the runtime is now python@3");
  }
}
