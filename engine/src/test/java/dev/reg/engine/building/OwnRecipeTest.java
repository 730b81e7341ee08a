package dev.reg.engine.building;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.TemplateReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OwnRecipeTest {
  private static Optional<OwnRecipe> of(String document) throws RegException {
    byte[] bytes = document.getBytes(UTF_8);
    return OwnRecipe.of("./x.yaml", bytes, TemplateReader.parse("./x.yaml", bytes));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "# mine\\nname: 'own' # not the catalog's\\npackages: [x]\\n|own",
        "name: g++\\npackages: [g++]\\n|g++",
        "{name: a, packages: [x]}|a",
        "\"packages\": [x]\\n\"name\": \"a.b\"\\n|a.b",
        "? name\\n: b\\n? packages\\n: []\\n|b",
      })
  void aRecipeIsKnownByItsPackagesHoweverItIsWritten(String document, String name)
      throws Exception {
    String text = document.replace("\\n", "\n");
    assertThat(of(text)).contains(new OwnRecipe(name, "./x.yaml", text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name: own\nversion: 1\nfiles: {}\n",
        "name: a\nversion: 1\nfiles:\n  packages: /etc/packages\n",
        "name: a\nenvironment: {packages: x}\n",
        "[packages]",
        "packages",
      })
  void aTemplateIsNone(String document) throws Exception {
    assertThat(of(document)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "packages: [x]|it has no name: 'name: mine'",
        "{name: [a], packages: [x]}|it has no name: 'name: mine'",
        "{name: a@1, packages: [x]}|line 1: name 'a@1' has a version in it",
        "{name: ../a, packages: [x]}|line 1: name '../a' names no template: a name is lower case",
        "{name: '', packages: [x]}|line 1: name '' names no template: ",
        "{name: LONG, packages: [x]}|names no template: a name is lower case",
      })
  void itNeedsTheNameOfATemplate(String document, String message) {
    assertThatThrownBy(() -> of(document.replace("LONG", "a".repeat(65))))
        .isInstanceOfSatisfying(
            RegException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
              assertThat(e.line())
                  .startsWith("cannot read the recipe ./x.yaml: ")
                  .contains(message)
                  .doesNotContain("\n");
            });
  }

  @Test
  void itIsBoundedAsEveryRecipeIs() {
    String large = "name: a\npackages: [x]\n#" + " ".repeat(1 << 20);
    assertThatThrownBy(() -> of(large))
        .hasMessage("cannot read the recipe ./x.yaml: it has more than 1048576 bytes");
  }

  @Test
  void buildersReadACopyAndCallItAsItsAuthorDoes(@TempDir Path directory) throws Exception {
    OwnRecipe recipe = new OwnRecipe("a", "./x.yaml", "name: a\n# ä\n");
    BuildSource placed = new BuildSource.Anew(recipe, Instant.ofEpochSecond(0)).placed(directory);
    Path copy = directory.resolve("recipe.yaml");
    assertThat(copy).hasContent("name: a\n# ä\n");
    assertThat(Files.getPosixFilePermissions(copy)).contains(PosixFilePermission.OTHERS_READ);
    assertThat(placed.readable()).isEqualTo(List.of(copy));
    assertThat(placed.arguments()).startsWith("--recipe", copy.toString(), "--origin", "./x.yaml");
    assertThat(placed).hasToString("./x.yaml");
    assertThat(placed.called()).isEqualTo("a");
  }
}
