package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.lifecycle.State;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RecordJsonTest {
  private static final Status FULL =
      new Status(
          State.RUNNING,
          255,
          true,
          Instant.parse("2026-11-23T08:00:01Z"),
          Instant.parse("2026-11-23T08:00:02.000000001Z"),
          "00112233445566778899aabbccddeeff",
          new Status.RunRecord(4_194_304, Long.MAX_VALUE, "2f4b-boot", "c-0123456789ab"));

  private static final ContainerRecord WHOLE =
      new ContainerRecord(Samples.fullSpec(Samples.id("ab"), "all_of-it.1"), FULL);

  static Stream<ContainerRecord> records() {
    Spec bare = Samples.spec(Samples.id("1"), "a", true);
    return Stream.concat(
        Stream.of(
            WHOLE,
            new ContainerRecord(bare, FULL),
            new ContainerRecord(
                bare,
                new Status(
                    State.STOPPED,
                    0,
                    false,
                    null,
                    null,
                    "",
                    new Status.RunRecord(0, 0, "b", null)))),
        Arrays.stream(State.values())
            .map(state -> new ContainerRecord(bare, Status.initial(state))));
  }

  @ParameterizedTest
  @MethodSource("records")
  void whatIsWrittenIsRead(ContainerRecord container) throws Exception {
    byte[] written = RecordJson.write(container);
    assertThat(RecordJson.read("x", written)).isEqualTo(container);
    assertThat(written).as("lone surrogates are escaped").doesNotContain('?');
  }

  private static RegException refusal(byte[] content) {
    return org.assertj.core.api.Assertions.catchThrowableOfType(
        RegException.class, () -> RecordJson.read("/r/container.json", content));
  }

  private static void assertCorrupted(byte[] content) {
    assertThat(refusal(content))
        .isNotNull()
        .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED))
        .hasMessageContaining("/r/container.json")
        .hasMessageNotContaining("\n");
  }

  @Test
  void everyBeginningOfARecordIsNoRecord() {
    byte[] whole = RecordJson.write(WHOLE);
    for (int length = 0; length < whole.length; length++) {
      assertCorrupted(Arrays.copyOf(whole, length));
    }
  }

  /** What a disk may give back after a crash: never another failure than the one for that. */
  @Test
  void flippedBytesGiveARecordOrCorrupted() {
    byte[] whole = RecordJson.write(WHOLE);
    Random random = new Random(3);
    int version = new String(whole, StandardCharsets.ISO_8859_1).indexOf("\"version\":") + 10;
    for (int i = 0; i < 4_000; i++) {
      byte[] broken = whole.clone();
      broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
      if (broken[version] != whole[version]) {
        continue; // a later version's record is another failure, for good reason
      }
      RegException e = refusal(broken);
      if (e != null) {
        assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED);
      }
    }
    assertCorrupted(new byte[whole.length]);
  }

  private static ObjectNode tree() {
    return (ObjectNode) new JsonMapper().readTree(RecordJson.write(WHOLE));
  }

  private static byte[] bytes(ObjectNode json) {
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aRecordOfBeforeLocksWereNotedIsRead() throws Exception {
    ObjectNode json = tree();
    json.remove("lock");
    assertThat(RecordJson.read("x", bytes(json)).spec().lock()).isNull();
    json.put("lock", "");
    assertThat(RecordJson.read("x", bytes(json)).spec().lock()).isEmpty();
  }

  @Test
  void aKeyOfALaterVersionIsPassedOver() throws Exception {
    ObjectNode json = (ObjectNode) new JsonMapper().readTree(RecordJson.write(WHOLE));
    json.put("later", 1);
    // Without groups, as before there were any.
    json.putObject("user").put("uid", 33).put("gid", 65534).put("home", "/var/www").put("x", 1);
    assertThat(RecordJson.read("x", bytes(json)).spec().user())
        .isEqualTo(new Spec.User(33, 65534, "/var/www"));
  }

  private static final List<String> OPTIONAL =
      List.of(
          "project",
          "terminal",
          "exitCode",
          "started",
          "finished",
          "token",
          "run",
          "limits",
          "oomKilled",
          "lock");

  static Stream<String> keys() {
    return tree().propertyNames().stream();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void onlyWhatCanBeAbsentMayBe(String key) throws Exception {
    ObjectNode json = tree();
    json.remove(key);
    if (OPTIONAL.contains(key)) {
      assertThat(RecordJson.read("x", bytes(json)).spec().id()).isEqualTo(WHOLE.spec().id());
    } else {
      assertCorrupted(bytes(json));
    }
  }

  @ParameterizedTest
  @MethodSource("keys")
  void aValueOfAnotherKindIsCorrupted(String key) {
    ObjectNode json = tree();
    for (String other : List.of("{}", "[{}]", "[1]", "-1.5", "\"\\u0000\"", "null", "true")) {
      if (List.of("readOnly", "init", "remove", "oomKilled").contains(key)) {
        if (other.equals("true")) {
          continue;
        }
      }
      boolean anyText = other.startsWith("\"") && json.get(key).isString();
      if (anyText || (other.equals("null") && OPTIONAL.contains(key))) {
        continue;
      }
      json.set(key, new JsonMapper().readTree(other));
      assertThat(refusal(bytes(json))).as("%s: %s", key, other).isNotNull();
      json = tree();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "null", "[]", "{}", "1", "\"x\"", "{\"version\":1}", "not json", "{}{}"})
  void whatIsNoRecordIsCorrupted(String text) {
    assertCorrupted(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id=short", "id=../../etc", "name=", "state=Sleeping", "environment=sha256:zz",
        "created=yesterday", "stopSignal=0", "stopSignal=65", "exitCode=-1", "exitCode=256"
      })
  void aValueThatCannotBeIsCorrupted(String change) {
    ObjectNode json = tree();
    String key = change.substring(0, change.indexOf('='));
    String value = change.substring(change.indexOf('=') + 1);
    if (json.get(key).isNumber()) {
      json.put(key, Integer.parseInt(value));
    } else {
      json.put(key, value);
    }
    assertCorrupted(bytes(json));
  }

  @Test
  void aCommandHasAtLeastOneWord() {
    ObjectNode json = tree();
    json.putArray("command");
    assertCorrupted(bytes(json));
  }

  @Test
  void trailingGarbageIsCorrupted() {
    String text = new String(RecordJson.write(WHOLE), StandardCharsets.UTF_8);
    assertCorrupted((text + "x").getBytes(StandardCharsets.UTF_8));
    assertCorrupted((text + text).getBytes(StandardCharsets.UTF_8));
  }

  /** A record of a newer Reg is no broken record: what belongs to it must not be thrown away. */
  @Test
  void aLaterVersionIsSaidToBeOne() {
    ObjectNode json = tree();
    json.put("version", 2);
    assertThatThrownBy(() -> RecordJson.read("/r/container.json", bytes(json)))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.FAILED_PRECONDITION))
        .hasMessageContaining("/r/container.json")
        .hasMessageContaining("version 2");
  }
}
