package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** The filesystem's options, the check that fails, and a word of what to do. */
  @ParameterizedTest
  @CsvSource({
    "size=8k, space, make space",
    "nr_inodes=3, space, make space",
    "nr_inodes=500, space, make space",
    "noexec, filesystem, without noexec",
    "ro, filesystem, ext4",
  })
  void aFilesystemThatLacksSomethingIsNamed(String options, String name, String advice)
      throws IOException {
    Fixture.assumeRoot();
    Path place = Files.createTempDirectory(Fixture.area(), "small-");
    Fixture.execute("mount", "-t", "tmpfs", "-o", options + ",mode=755", "tmpfs", place.toString());
    try (Reg reg = new Reg(place.resolve("root"), Fixture.project())) {
      Reg.Result result = reg.run("doctor", "--format", "json");
      assertThat(result.code()).as(result.toString()).isEqualTo(1);
      assertThat(result.err()).isEmpty();
      JsonNode check = check(result, name);
      assertThat(check.get("state").asString()).isEqualTo("fail");
      assertThat(check.get("advice").asString()).contains(advice);
      assertThat(checks(result))
          .filteredOn(c -> c.get("state").asString().equals("fail"))
          .allSatisfy(c -> assertThat(c.get("advice").asString()).doesNotContain("run as root"));
      Reg.Result other = reg.run("ps");
      if (other.code() != 0) {
        assertThat(other.code()).isEqualTo(125);
        assertThat(other.err()).hasLineCount(1).startsWith("reg: ").contains("'reg doctor'");
      }
    } finally {
      Fixture.execute("umount", place.toString());
    }
  }

  @Test
  void aMemberIsToldAsRootIsAndNobodyElse() throws IOException {
    try (Reg root = Fixture.own()) {
      Users users = Users.of(root, 4243);
      Reg member = users.as(4242);
      Reg stranger =
          root.in(users.project(4244))
              .by(users.client, "setpriv", "--reuid=4244", "--regid=4244", "--clear-groups");
      // Nobody but root starts an engine: what to do is said.
      for (Reg each : List.of(member, stranger)) {
        Reg.Result none = each.run("doctor");
        assertThat(none.code()).isEqualTo(125);
        assertThat(none.err()).hasLineCount(1).contains("only root");
        assertThat(none.out()).isEmpty();
      }
      root.run("engine", "start").succeeded();
      assertThat(states(member.run("doctor", "--format", "json").succeeded()))
          .isEqualTo(states(root.run("doctor", "--format", "json").succeeded()))
          .contains("protection ok", "descriptors ok", "JDK ok");
      Reg.Result refused = stranger.run("doctor");
      assertThat(refused.code()).isEqualTo(125);
      assertThat(refused.err()).hasLineCount(1).contains("Permission denied", "group");
    }
  }

  private static List<String> states(Reg.Result result) {
    return checks(result).stream()
        .map(check -> check.get("check").asString() + " " + check.get("state").asString())
        .toList();
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
      assertThat(check(result, "configuration").get("state").asString()).isEqualTo("fail");
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
