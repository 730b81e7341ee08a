package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What templates have in common is on the disk once. */
class TemplateSharingTest {
  private static long stored(Reg reg) throws IOException {
    try (Stream<Path> all = Files.walk(reg.root.resolve("objects"))) {
      return all.filter(Files::isRegularFile).mapToLong(TemplateSharingTest::size).sum();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long of(Map<String, JsonNode> parts, String what) {
    return Objects.requireNonNull(parts.get("nginx")).get(what).asLong();
  }

  @Test
  void aTemplateTakesItsUniqueBytesAndNoMore() throws IOException {
    try (Reg reg = Fixture.own("nginx")) {
      for (String name : reg.run("template", "ls", "-q").lines()) {
        if (!name.matches("(python|nginx)@.*")) {
          reg.run("template", "rm", name).succeeded();
        }
      }
      JsonNode sharing =
          new JsonMapper()
              .readTree(reg.run("template", "sharing", "--format", "json").succeeded().out());
      Map<String, JsonNode> parts = new TreeMap<>();
      sharing
          .get("templates")
          .forEach(part -> parts.put(part.get("template").asString().split("@", -1)[0], part));
      assertThat(parts).containsOnlyKeys("nginx", "python");
      JsonNode pair = sharing.get("pairs").get(0);
      assertThat(pair.get("shared").asLong())
          .as("libc, libcrypto, libz and so on")
          .isGreaterThan(4 << 20)
          .isEqualTo(of(parts, "shared"));
      long before = stored(reg);
      assertThat(before).isGreaterThanOrEqualTo(sharing.get("bytes").asLong());
      String table = reg.run("template", "sharing").succeeded().out();
      assertThat(table).containsPattern("TEMPLATE +TOTAL +SHARED +UNIQUE").contains("IN BOTH");
      reg.run("template", "rm", "nginx").succeeded();
      assertThat(before - stored(reg)).isEqualTo(of(parts, "unique"));
    }
  }
}
