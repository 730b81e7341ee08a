package dev.reg.engine.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Samples;
import dev.reg.engine.container.Status;
import dev.reg.engine.lifecycle.State;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Golden files: what programs read changes only on purpose. */
class ContainerJsonTest {
  private static final Instant AT = Instant.parse("2026-11-23T08:00:01Z");

  private static String golden(String name) throws IOException {
    try (InputStream in = ContainerJsonTest.class.getResourceAsStream("/json/" + name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
    }
  }

  private static JsonNode sample(String name) {
    Container bare = Samples.container(Samples.id("1"), "bare");
    return switch (name) {
      case "generated.json" -> ContainerJson.whole(bare);
      case "generated-brief.json" -> ContainerJson.brief(bare);
      case "stopped.json" ->
          ContainerJson.whole(
              Samples.container(
                  Samples.fullSpec(Samples.id("ab"), "full"),
                  new Status(State.STOPPED, 137, true, AT, AT.plusNanos(1), "secret", null)));
      case "unknown-brief.json" ->
          ContainerJson.brief(
              Samples.container(
                  Samples.spec(Samples.id("2"), "lost", false),
                  new Status(State.STOPPED, null, false, AT, AT, "secret", null)));
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"generated.json", "generated-brief.json", "stopped.json", "unknown-brief.json"})
  void isAsReviewed(String name) throws Exception {
    assertThat(Json.pretty(sample(name))).isEqualTo(golden(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"generated.json", "generated-brief.json", "stopped.json", "unknown-brief.json"})
  void isOneLineOfLowerCamelCaseWithoutSecrets(String name) {
    String line = Json.line(sample(name));
    assertThat(line).endsWith("}\n").hasLineCount(1).doesNotContain("secret");
    JsonNode read = new JsonMapper().readTree(line);
    assertThat(read).isEqualTo(sample(name));
    assertThat(read.findParents("id")).isNotEmpty();
    assertThat(read.propertyNames()).allMatch(key -> key.matches("[a-z]+([A-Z][a-z]+)*"));
    for (JsonNode mount : read.path("mounts")) {
      assertThat(mount.propertyNames()).allMatch(key -> key.matches("[a-z]+([A-Z][a-z]+)*"));
    }
  }

  /** A path or word need not be UTF-8; a reader of JSON wants it all the same. */
  @Test
  void whatIsPrintedIsUtf8WhateverTheContainerIsCalled() {
    String line = Json.line(sample("stopped.json"));
    byte[] printed = dev.reg.linux.NativeText.encode(line);
    assertThat(new JsonMapper().readTree(printed)).isEqualTo(sample("stopped.json"));
    assertThat(UTF_8.newEncoder().canEncode(line)).isTrue();
  }

  @Test
  void aRunningContainerHasAPidAndNoExitCode() {
    JsonNode json =
        ContainerJson.brief(Samples.running(Samples.spec(Samples.id("3"), "run", true), 4711));
    assertThat(json.path("pid").intValue()).isEqualTo(4711);
    assertThat(json.path("state").stringValue()).isEqualTo("Running");
    assertThat(json.path("exitCode").isNull()).isTrue();
    assertThat(json.has("exitCodeNote")).isFalse();
  }
}
