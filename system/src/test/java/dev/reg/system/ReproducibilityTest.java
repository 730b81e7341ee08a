package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
    build(List.of(List.of("template", "build", recipe)), List.of(recipe));
  }

  /** Of packages, images and the machine, and in whatever order. */
  @Test
  void sourcesWithoutARecipeMakeTheSame() throws IOException {
    MadeImage image = new MadeImage(Fixture.project(), MadeImage.ofTheTemplate());
    MadeImage other = new MadeImage(Fixture.project(), image.busybox());
    build(
        List.of(
            List.of("template", "build", "--name", "deb", "--from-deb", "busybox-static"),
            List.of("template", "import", "--name", "archive", image.docker().toString()),
            List.of("template", "import", "--name", "layout", other.layout().toString()),
            List.of("template", "build", "--name", "host", "--from-host", "/usr/bin/env")),
        List.of("deb", "archive", "layout", "host"));
  }

  private static void build(List<List<String>> commands, List<String> templates)
      throws IOException {
    try (Reg one = Fixture.empty();
        Reg other = Fixture.empty()) {
      Path packages = shared.root.resolve("cache");
      for (Reg reg : new Reg[] {one, other}) {
        if (Files.isDirectory(packages)) {
          Fixture.execute("cp", "-a", packages.toString(), reg.root.toString());
        }
      }
      commands.forEach(command -> one.run(command.toArray(String[]::new)).succeeded());
      commands.reversed().forEach(command -> other.run(command.toArray(String[]::new)).succeeded());
      assertThat(templates)
          .allSatisfy(name -> assertThat(digest(other, name)).isEqualTo(digest(one, name)));
      assertThat(other.objects()).isNotEmpty().isEqualTo(one.objects());
    }
  }

  private static String digest(Reg reg, String template) {
    return new ObjectMapper()
        .readTree(reg.run("template", "show", "--format", "json", template).succeeded().out())
        .get("digest")
        .stringValue();
  }
}
