package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.template.Template;
import dev.reg.template.TemplateFile;
import dev.reg.template.Version;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WholeTest {
  private static final String RECIPE =
      "name: a\nversion: {package: p}\npackages: [p]\ninclude: {bins: [/usr/bin/x]}\n";

  @TempDir private Path temp;

  @AfterEach
  void deleteTree() throws Exception {
    Builder.delete(temp.resolve("staging"));
  }

  @Test
  void hasEverythingThatAContainerCanShow() throws Exception {
    PackageTree tree = new PackageTree(temp.resolve("staging"));
    ByteArrayInputStream nothing = new ByteArrayInputStream(new byte[0]);
    tree.file("p", "/usr/share/doc/p/copyright", 0644, nothing);
    tree.file("q", "/etc/q.conf", 0600, nothing);
    tree.file("q", "/dev/console", 0600, nothing);
    tree.link("q", "/usr/lib/dangling", "nowhere");
    tree.link("q", "/usr/lib/out", "../../../outside");
    Recipe recipe = RecipeReader.read("a", RECIPE.getBytes(StandardCharsets.UTF_8));

    Template template =
        Whole.of(recipe, Version.parse("1"), tree, new Output(temp.resolve("files")));

    assertThat(template.files().stream().map(TemplateFile::path))
        .containsExactly("/etc/q.conf", "/usr/share/doc/p/copyright");
    assertThat(template.links()).containsOnlyKeys("/usr/lib/dangling");
    assertThat(Whole.origins(tree))
        .containsExactly("q\t/dev/console", "q\t/etc/q.conf", "p\t/usr/share/doc/p/copyright");
  }
}
