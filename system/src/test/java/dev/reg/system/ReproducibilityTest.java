package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.ObjectMapper;

/** The same packages are the same template, whenever and wherever it is built. */
class ReproducibilityTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg shared;

  @BeforeAll
  static void engine() throws IOException {
    shared = Fixture.shared();
  }

  /** The step of python's recipe writes .pyc files, whose marshalling must not differ. */
  @ParameterizedTest
  @ValueSource(strings = {"python", "nginx"})
  void twoEmptyRepositoriesMakeTheSame(String recipe) throws IOException {
    String first;
    String second;
    try (Reg one = Fixture.empty();
        Reg other = Fixture.empty()) {
      Path packages = shared.root.resolve("cache");
      for (Reg reg : new Reg[] {one, other}) {
        if (Files.isDirectory(packages)) {
          Fixture.execute("cp", "-a", packages.toString(), reg.root.toString());
        }
      }
      first = built(one, recipe);
      second = built(other, recipe);
      assertThat(other.objects().keySet()).isEqualTo(one.objects().keySet());
    }
    assertThat(second).isEqualTo(first);
  }

  private static String built(Reg reg, String recipe) {
    reg.run("template", "build", recipe).succeeded();
    return new ObjectMapper()
        .readTree(reg.run("template", "show", "--format", "json", recipe).succeeded().out())
        .get("digest")
        .stringValue();
  }
}
