package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.Trees;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WholeTest {
  @TempDir private Path temp;

  @AfterEach
  void deleteTree() throws Exception {
    Trees.deleteIfThere(temp.resolve("staging"));
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

    assertThat(Whole.paths(tree))
        .containsExactly("/etc/q.conf", "/usr/lib/dangling", "/usr/share/doc/p/copyright");
    assertThat(Whole.origins(tree))
        .containsExactly(
            "q\t/dev/console",
            "q\t/etc/q.conf",
            "q\t/usr/lib/dangling",
            "q\t/usr/lib/out",
            "p\t/usr/share/doc/p/copyright");
  }
}
