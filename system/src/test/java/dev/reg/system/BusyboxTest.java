package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The smallest template as its users know it. */
class BusyboxTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared();
  }

  private static Reg.Result sh(String script) {
    return reg.run("run", "--rm", "--no-project", "-tbusybox", "--", "sh", "-c", script);
  }

  /** But linuxrc, which is an init ramdisk's. */
  @Test
  void everyAppletHasItsNameAndNoNameIsOfNone() {
    assertThat(
            sh("busybox --list-full | grep -v linuxrc | while read -r n; do [ -x /$n ] || echo $n; done")
                .succeeded()
                .out())
        .isEmpty();
    String others =
        "busybox --list >/tmp/all; for f in /usr/bin/* /usr/sbin/*; do "
            + "grep -qFx \"${f##*/}\" /tmp/all || echo ${f##*/}; done";
    assertThat(sh(others).succeeded().out()).isEmpty();
  }

  @Test
  void itsToolsWorkTogether() {
    String script =
        """
        set -eu
        cd /tmp
        mkdir -p a/b
        seq 5 | awk '{ s += $1 } END { print s }' | tee a/b/sum
        tar -c a | gzip | tar -x -z -O a/b/sum
        find a -type f -exec sed -i 's/^1/2/' {} +
        sha256sum a/b/sum | cut -c 1-8
        (trap 'echo caught; exit 3' TERM; kill -TERM $(sh -c 'echo $PPID')) || echo $?
        echo 'ü' | tr -d '\\n' | wc -c
        cat a/b/sum
        """;
    assertThat(sh(script).succeeded().lines())
        .containsExactly("15", "15", "64aeb997", "caught", "3", "2", "25");
  }

  @Test
  void itServesAPageAndFetchesIt() throws IOException {
    Path project = Fixture.project();
    Users.open(project);
    Files.writeString(project.resolve("page.html"), "<p>ü</p>\n");
    int port = Server.freePort();
    String address = "127.0.0.1:" + port;
    try (Server web =
        Server.start(reg.in(project), "web", "-tbusybox", "--", "httpd", "-f", "-p", address)) {
      assertThat(web.get("http://" + address + "/page.html")).isEqualTo("<p>ü</p>\n");
      assertThat(sh("wget -q -O - http://" + address + "/page.html").succeeded().out())
          .isEqualTo("<p>ü</p>\n");
    }
  }
}
