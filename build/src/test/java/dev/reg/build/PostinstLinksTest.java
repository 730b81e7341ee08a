package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.build.PackageTree.Node;
import dev.reg.build.PostinstLinks.Wish;
import dev.reg.store.Trees;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PostinstLinksTest {
  @TempDir private Path temp;

  @Test
  void readsACallWithItsSlaves() {
    assertThat(
            PostinstLinks.parse(
                """
                #!/bin/sh
                set -e
                # update-alternatives --install /usr/bin/no no /usr/bin/comment 9
                if [ "$1" = "configure" ]; then
                    update-alternatives --remove plot4 /usr/bin/plot4
                    update-alternatives --quiet --install /usr/bin/plot plot /usr/bin/plot-nox 80 \\
                      --slave /usr/share/plot/help help \\
                      /usr/share/plot/help-nox
                fi
                """))
        .containsExactly(
            new Wish("/usr/bin/plot", "/usr/bin/plot-nox", 80),
            new Wish("/usr/share/plot/help", "/usr/share/plot/help-nox", 80));
  }

  @Test
  void unrollsLoopsAndKnowsWhatWasAssigned() {
    assertThat(
            PostinstLinks.parse(
                """
                suffix=-im6; bin="/usr/bin"
                for prog in compare 'convert' ; do
                  for n in 1 2; do update-alternatives --install $bin/$prog$n x "${bin}/$prog$n$suffix" 5; done
                done
                update-alternatives --install $bin/$prog y $bin/y 5
                """))
        .containsExactly(
            new Wish("/usr/bin/compare1", "/usr/bin/compare1-im6", 5),
            new Wish("/usr/bin/compare2", "/usr/bin/compare2-im6", 5),
            new Wish("/usr/bin/convert1", "/usr/bin/convert1-im6", 5),
            new Wish("/usr/bin/convert2", "/usr/bin/convert2-im6", 5));
  }

  @Test
  void knowsOfConfigurationThatOnlyTheScriptWrites() {
    assertThat(
            PostinstLinks.parse(
                """
                new=$(mktemp)
                ucf --three-way "$new" /etc/R/Renviron
                ucf /usr/share/x/x.conf /etc/x.conf && ucfr x /etc/x.conf
                """))
        .containsExactly(
            new Wish("/etc/R/Renviron", null, 0),
            new Wish("/etc/x.conf", "/usr/share/x/x.conf", 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update-alternatives --install /usr/bin/x x $(rm -rf /) 5",
        "update-alternatives --install /usr/bin/x x `evil` 5",
        "update-alternatives --install /usr/bin/x x /usr/bin/$unknown 5",
        "update-alternatives --install ../x x /usr/bin/../y 5",
        "update-alternatives --install /usr/bin/x x /usr/bin/y high",
        "update-alternatives --install /usr/bin/x x /usr/bin/y",
        "update-alternatives --slave /usr/bin/x x /usr/bin/y",
        "echo 'update-alternatives --install /usr/bin/x x /usr/bin/y 5'",
        "for x in",
        "done done for",
        "\"unclosed",
        "$(((",
        "\\",
        "ucf",
        "ucf /etc/only"
      })
  void passesOverWhatItCannotTell(String script) {
    assertThat(PostinstLinks.parse(script)).isEmpty();
  }

  @Test
  void isBoundedWhateverTheScriptSays() {
    String loop = "for a in 1 2 3 4 5 6 7 8 9; do ".repeat(30);
    String call = "update-alternatives --install /usr/bin/x x /usr/bin/y 5;";
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> {
          PostinstLinks.parse(loop + call + "done;".repeat(30));
          PostinstLinks.parse(call.repeat(20_000));
          PostinstLinks.parse("v=$v$v;".repeat(100_000));
        });
    assertThat(PostinstLinks.parse(call.repeat(20_000))).hasSize(2_000);
  }

  @Test
  void linksTheBestOfWhatIsThereAndReplacesNothing() throws Exception {
    PackageTree tree = new PackageTree(temp.resolve("staging"));
    for (String path : List.of("/usr/bin/mawk", "/usr/bin/gawk", "/usr/bin/own", "/etc/p/x.ucf")) {
      tree.file("p", path, 0755, new ByteArrayInputStream(new byte[0]));
    }
    String install = "update-alternatives --install ";
    PostinstLinks.add(
        tree,
        List.of(
            control("p", install + "/bin/awk awk /bin/mawk 5\n ucf $tmp /etc/q/x"),
            control("q", install + "/usr/bin/awk awk /usr/bin/gawk 10"),
            control("r", install + "/usr/bin/awk awk /usr/bin/none 99"),
            control("s", install + "/usr/bin/own own /usr/bin/gawk 99"),
            control("t", install + "/usr/bin/gawk/below x /usr/bin/mawk 5")));

    assertThat(tree.get("/usr/bin/awk")).isEqualTo(new Node.Link("q", "/usr/bin/gawk"));
    assertThat(tree.get("/etc/q/x")).isEqualTo(new Node.Link("p", "/etc/p/x.ucf"));
    assertThat(tree.get("/usr/bin/own")).isInstanceOf(Node.File.class);
    assertThat(tree.get("/usr/bin/gawk/below")).isNull();
    Trees.deleteIfThere(temp.resolve("staging"));
    assertThat(Files.exists(temp.resolve("staging"))).isFalse();
  }

  private static PackageControl control(String name, String postinst) {
    return new PackageControl(name, Set.of(), Set.of(), postinst);
  }
}
