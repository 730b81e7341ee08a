package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** What is said of machines that have what Reg needs, and of those that have not. */
class DoctorTest {
  private static List<JsonNode> checks(Reg.Result result) {
    return result.lines().stream().map(new ObjectMapper()::readTree).toList();
  }

  private static JsonNode check(Reg.Result result, String name) {
    return checks(result).stream()
        .filter(check -> check.get("check").asString().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " in " + result.out()));
  }

  @Test
  void thisMachineHasWhatItTakes() throws IOException {
    Reg reg = Fixture.shared();
    Reg.Result result = reg.run("doctor").succeeded();
    assertThat(result.out()).startsWith("CHECK ").contains("overlay ").doesNotContain("  fail  ");
    assertThat(checks(reg.run("doctor", "--format", "json").succeeded()))
        .hasSizeGreaterThan(15)
        .allSatisfy(
            check -> {
              String state = check.get("state").asString();
              assertThat(state).as(check.toString()).isIn("ok", "warn");
              assertThat(check.get("advice").asString().isEmpty()).isEqualTo(state.equals("ok"));
            });
    assertThat(reg.root.resolve("building").toFile().list()).isEmpty();
  }

  @Test
  void anOverlayIsNoHomeForTheRoot() throws IOException {
    Fixture.assumeRoot();
    Path place = Files.createTempDirectory(Fixture.area(), "overlay-");
    for (String name : List.of("lower", "upper", "work", "merged")) {
      Files.createDirectory(place.resolve(name));
    }
    Path merged = place.resolve("merged");
    Fixture.execute(
        "mount",
        "-t",
        "overlay",
        "-o",
        "lowerdir=%1$s/lower,upperdir=%1$s/upper,workdir=%1$s/work".formatted(place),
        "overlay",
        merged.toString());
    try (Reg reg = new Reg(merged.resolve("root"), Fixture.project())) {
      Reg.Result result = reg.run("doctor", "--format", "json");
      assertThat(result.code()).isEqualTo(1);
      assertThat(check(result, "filesystem").get("found").asString()).isEqualTo("overlay");
      JsonNode overlay = check(result, "overlay");
      assertThat(overlay.get("state").asString()).isEqualTo("fail");
      assertThat(overlay.get("advice").asString()).contains("ext4", "--root DIR");
    } finally {
      Fixture.execute("umount", merged.toString());
    }
  }

  @Test
  void withoutAnEngineItSaysWhyThereIsNone() throws IOException {
    Fixture.assumeRoot();
    try (Reg reg = Fixture.empty()) {
      Files.writeString(reg.root.resolve("engine.yaml"), "nonsense: 1\n");
      Reg.Result refused = reg.run("ps");
      assertThat(refused.code()).isEqualTo(125);
      assertThat(refused.err()).hasLineCount(1).contains("nonsense", "'reg doctor'");

      Reg.Result result = reg.run("doctor", "--format", "json");
      assertThat(result.code()).isEqualTo(1);
      JsonNode engine = check(result, "engine");
      assertThat(engine.get("state").asString()).isEqualTo("fail");
      assertThat(engine.get("advice").asString()).contains("engine.yaml", "nonsense");
      assertThat(check(result, "overlay").get("state").asString()).isEqualTo("ok");
      assertThat(reg.run("doctor").out()).contains("fail: engine: ");
    }
  }

  @Test
  void aRootForEverybodyFails() throws IOException {
    try (Reg reg = Fixture.empty()) {
      Fixture.execute("chmod", "0755", reg.root.toString());
      Reg.Result result = reg.run("doctor", "--format", "json");
      assertThat(result.code()).isEqualTo(1);
      assertThat(check(result, "protection").get("advice").asString())
          .contains("chmod 0700 " + reg.root);
    }
  }
}
