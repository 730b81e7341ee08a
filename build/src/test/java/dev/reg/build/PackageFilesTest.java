package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.store.Trees;
import dev.reg.template.elf.FileTree.Kind;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageFilesTest {
  @TempDir private Path temp;

  @SuppressWarnings("NullAway.Init")
  private PackageTree tree;

  @SuppressWarnings("NullAway.Init")
  private PackageFiles files;

  @BeforeEach
  void some() throws Exception {
    tree = new PackageTree(temp.resolve("staging"));
    for (String path :
        new String[] {
          "/usr/share/a/b/c", "/usr/share/a-b", "/usr/share/a.b", "/usr/share/a0", "/etc/ő"
        }) {
      int mode = path.endsWith("0") ? 0755 : 0644;
      byte[] text = path.getBytes(StandardCharsets.UTF_8);
      tree.file("p", path, mode, new ByteArrayInputStream(text));
    }
    tree.link("p", "/usr/share/way", "a0");
    files = new PackageFiles(tree.nodes());
  }

  @AfterEach
  void deleteTree() throws Exception {
    Trees.deleteIfThere(temp.resolve("staging"));
  }

  @Test
  void listsWhatIsRightBelow() {
    assertThat(files.list("/")).containsExactly("bin", "etc", "lib", "lib64", "sbin", "usr");
    assertThat(files.list("/usr/share")).containsExactly("a", "a-b", "a.b", "a0", "way");
    assertThat(files.list("/usr/share/a")).containsExactly("b");
    assertThat(files.list("/usr/bin")).isEmpty();
    assertThat(files.list("/usr/share/a-b")).isEmpty();
  }

  @Test
  void knowsWhatEachIs() {
    assertThat(files.kind("/")).isEqualTo(Kind.DIRECTORY);
    assertThat(files.kind("/usr/share/a/b")).isEqualTo(Kind.DIRECTORY);
    assertThat(files.kind("/usr/share/a-b")).isEqualTo(Kind.FILE);
    assertThat(files.kind("/etc/ő")).isEqualTo(Kind.FILE);
    assertThat(files.kind("/usr/share/way")).isEqualTo(Kind.LINK);
    assertThat(files.target("/usr/share/way")).isEqualTo("a0");
    assertThat(files.kind("/lib64")).isEqualTo(Kind.LINK);
    assertThat(files.target("/lib64")).isEqualTo("usr/lib64");
    assertThat(files.kind("/usr/share/a-")).isEqualTo(Kind.MISSING);
    assertThat(files.isExecutable("/usr/share/a0")).isTrue();
    assertThat(files.isExecutable("/usr/share/a-b")).isFalse();
  }

  @Test
  void putsOnDiskWhatIsRead() {
    assertThat(tree.root().resolve("usr/share/a-b")).doesNotExist();
    assertThat(files.content("/usr/share/a-b")).hasContent("/usr/share/a-b");
    assertThat(files.content("/etc/ő")).hasContent("/etc/ő");
    assertThatThrownBy(() -> files.content("/usr/share"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("/usr/share");
  }
}
