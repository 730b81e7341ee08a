package dev.reg.engine.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
  private static final Configuration DEFAULTS = new Configuration(null, null);

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("engine.yaml");
  }

  private Configuration read(String text) throws Exception {
    Files.writeString(file, text);
    return Configuration.read(file);
  }

  @Test
  void noFileMeansTheHostsOwn() throws Exception {
    assertThat(Configuration.read(file)).isEqualTo(DEFAULTS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing\n",
        "---\n",
        "{}",
        "apt: {}",
        "apt:\n  suite:\n  mirror:\n",
        "---\n...\n"
      })
  void anEmptyOneMeansThatToo(String text) throws Exception {
    assertThat(read(text)).isEqualTo(DEFAULTS);
  }

  @Test
  void bothCanBeSet() throws Exception {
    assertThat(read("apt:\n  suite: trixie\n  mirror: http://mirror.example/debian # ours\n"))
        .isEqualTo(new Configuration("trixie", "http://mirror.example/debian"));
    assertThat(read("apt: {suite: 13}")).isEqualTo(new Configuration("13", null));
    assertThat(read("apt: {mirror: 'file:/srv/debian'}").mirror()).isEqualTo("file:/srv/debian");
  }

  @Test
  void moreSourcesCanBeNamed() throws Exception {
    Configuration beside = read("apt: {sources: sources.d, replace: false}");
    assertThat(beside.sources()).isEqualTo(directory.resolve("sources.d"));
    assertThat(beside.replace()).isFalse();
    Configuration instead = read("apt: {sources: /srv/mirror.sources, replace: true, suite: x}");
    assertThat(instead)
        .isEqualTo(
            new Configuration("x", null, Path.of("/srv/mirror.sources"), true, null, 1000, 60));
  }

  @Test
  void whoMayUseTheEngineCanBeSet() throws Exception {
    assertThat(DEFAULTS.group()).isNull();
    assertThat(DEFAULTS.containersPerUser()).isEqualTo(1000);
    assertThat(read("group: staff\ncontainers-per-user: 0\n"))
        .isEqualTo(new Configuration(null, null, null, false, "staff", 0, 60));
    assertThat(read("{group: 4243, apt: {suite: x}}"))
        .isEqualTo(new Configuration("x", null, null, false, "4243", 1000, 60));
  }

  @Test
  void whatTraceCommandsHaveCanBeSet() throws Exception {
    assertThat(DEFAULTS.traceSeconds()).isEqualTo(60);
    assertThat(read("trace-seconds: 300").traceSeconds()).isEqualTo(300);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      value = {
        "[] → the document is not a mapping",
        "text → the document is not a mapping",
        "Apt: {} → it has the unknown key 'Apt'",
        "apt: → apt is not a mapping",
        "apt: text → apt is not a mapping",
        "apt: [] → apt is not a mapping",
        "apt: {suit: x} → it has the unknown key 'suit'",
        "apt: {suite: [a]} → suite is not a text",
        "apt: {suite: {a: b}} → suite is not a text",
        "apt: {mirror: ''} → mirror is empty",
        "apt: {suite: ' '} → suite is empty",
        "apt: {sources: [a]} → sources is not a text",
        "apt: {sources: \"a\\0b\"} → sources is no path",
        "apt: {sources: a, replace: yes} → replace is neither true nor false",
        "apt: {replace: true} → replace: true wants sources, and no mirror",
        "apt: {sources: a, mirror: 'http://b', replace: true} → replace: true wants sources, and no"
            + " mirror",
        "group: [a] → group is not a text",
        "group: ' ' → group is empty",
        "containers-per-user: many → containers-per-user is not a number from 0 to 1000000",
        "containers-per-user: -1 → containers-per-user is not a number from 0 to 1000000",
        "trace-seconds: 0 → trace-seconds is not a number from 1 to 86400",
        "trace-seconds: 86401 → trace-seconds is not a number from 1 to 86400",
        "containers-per-user: 1000001 → containers-per-user is not a number from 0 to 1000000",
        "{apt: {suite: a}, apt: {suite: b}} → ",
        "apt: {suite: a, suite: b} → ",
        "apt: {suite: a → ",
        "apt: &a {suite: *a} → ",
        "? {a: b} : c → ",
        "a: &x [b]^c: *x → ",
        "--- {}^--- {} → ",
        "apt: {suite: \"\\q\"} → ",
        "!!java.io.File x → ",
      })
  void aMistakeIsOneLine(String text, String why) {
    assertThatThrownBy(() -> read(text.replace('^', '\n')))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageStartingWith(
            "cannot use the configuration " + file + ": " + (why == null ? "" : why))
        .hasMessageNotContaining("\n");
  }

  @Test
  void hostileFilesAreRefused() throws Exception {
    String bomb = "{a: &a [x,x], b: &b [*a,*a], c: [*b,*b]}";
    assertThatThrownBy(() -> read(bomb)).isInstanceOf(RegException.class);
    assertThatThrownBy(() -> read("#".repeat((1 << 16) + 1)))
        .isInstanceOf(RegException.class)
        .hasMessageContaining("larger than 64 KiB");
    Files.write(file, "apt: {suite: \"\u00e4\"}".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> Configuration.read(file))
        .isInstanceOf(RegException.class)
        .hasMessageEndingWith("engine.yaml: it is not UTF-8");
  }
}
