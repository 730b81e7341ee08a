package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.RegException;
import dev.reg.store.Trees;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PackageTreeTest {
  @TempDir private Path temp;
  private PackageTree tree;

  @BeforeEach
  void makeTree() throws Exception {
    tree = new PackageTree(temp.resolve("staging"));
    tree.file("p", "/etc/ssl/certs/x.pem", 0644, new ByteArrayInputStream(new byte[] {1}));
    tree.link("p", "/usr/lib/ssl/certs", "/etc/ssl/certs");
    tree.link("p", "/usr/lib/libz.so.1", "libz.so.1.2");
    tree.link("p", "/usr/lib64/up", "../../../../../lib/libz.so.1");
    tree.link("p", "/loop", "loop");
  }

  /** JUnit would warn of links that lead out of its directory. */
  @AfterEach
  void deleteTree() throws Exception {
    Trees.deleteIfThere(temp.resolve("staging"));
  }

  @Test
  void followsLinksWithinTheTree() {
    PackageTree.Resolved resolved = tree.resolve("/lib/ssl/certs/x.pem").orElseThrow();

    assertThat(resolved.path()).isEqualTo("/etc/ssl/certs/x.pem");
    assertThat(resolved.links()).containsExactly("/usr/lib/ssl/certs");
  }

  @Test
  void followsChainsAndStopsAtTheRoot() {
    PackageTree.Resolved resolved = tree.resolve("/lib64/up").orElseThrow();

    assertThat(resolved.path()).isEqualTo("/usr/lib/libz.so.1.2");
    assertThat(resolved.links()).containsExactly("/usr/lib64/up", "/usr/lib/libz.so.1");
  }

  @Test
  void givesUpOnALoop() {
    assertThat(tree.resolve("/loop")).isEmpty();
  }

  @Test
  void refusesAFileBelowALink() {
    assertThatThrownBy(
            () ->
                tree.file("q", "/usr/lib/ssl/certs/y", 0644, new ByteArrayInputStream(new byte[0])))
        .isInstanceOf(RegException.class)
        .hasMessageContaining("cannot unpack q: '/usr/lib/ssl/certs' is something else in p");
  }
}
