package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SelectionTest {
  @TempDir private Path temp;

  @AfterEach
  void deleteTree() throws Exception {
    Builder.delete(temp.resolve("staging"));
  }

  private static String[] paths(Selection selection) {
    return Stream.concat(selection.files().keySet().stream(), selection.links().keySet().stream())
        .toArray(String[]::new);
  }

  /** The host's own true(1) needs a library, which no package here has. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "include: {bins: [/usr/bin/x]}",
        "include: {bins: [/usr/lib/p/true]}",
        "include: {data: [/etc/p]}\nlinks: {/usr/bin/y: ../lib/p/true}",
      })
  void whatALinkLeadsToBringsWhatItLoads(String files) throws Exception {
    PackageTree tree = new PackageTree(temp.resolve("staging"));
    try (InputStream program = Files.newInputStream(Path.of("/usr/bin/true"))) {
      tree.file("p", "/usr/lib/p/true", 0755, program);
    }
    tree.file("p", "/etc/p", 0644, InputStream.nullInputStream());
    tree.link("p", "/usr/bin/x", "../lib/p/true");
    String recipe = "name: a\nversion: {package: p}\npackages: [p]\n" + files;
    Selection selection =
        Selection.of(RecipeReader.read("a", recipe.getBytes(StandardCharsets.UTF_8)), tree);
    assertThat(selection.files()).containsKey("/usr/lib/p/true");
    assertThat(selection.reasons()).containsOnlyKeys(paths(selection));
    assertThat(selection.problems())
        .contains("/usr/lib/p/true needs the library libc.so.6, which is missing");
  }
}
