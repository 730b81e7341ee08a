package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A shell and its tools, alone and beside a runtime. */
class CoreutilsTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("coreutils");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "sh -c 'echo $((6*7))' | 42",
        "bash -c 'echo {1..3} ${BASH_VERSION%%.*}' | 1 2 3 5",
        "sh -c 'printf \"b\\na\\n\" >/tmp/f; sort /tmp/f; wc -c </tmp/f; tail -n1 /tmp/f' | a b 4 a",
        "sha256sum /dev/null | e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 /dev/null",
        "find /etc -maxdepth 1 -name passwd -exec ls {} + | /etc/passwd",
        "grep -Po '^root:\\K.' /etc/passwd | x",
        "sed -n 's/^root:x:0:\\(.\\).*/\\1/p' /etc/passwd | 0",
        "awk -F: '$1 == \"root\" { print $3 + 1 }' /etc/passwd | 1",
        "xargs -a /dev/null -r echo | ``",
        "stdbuf -oL echo lined | lined",
        "getent passwd root | root:x:0:0:root:/root:/bin/sh",
        "locale charmap | UTF-8",
        "which ls | /usr/bin/ls",
        "ps -o comm= -C ps | ps",
        "date -u -d @0 +%F | 1970-01-01",
        "[ 1 = 1 ] | ``",
      })
  void whatAShellsUsersTakeForGranted(String line, String printed) {
    Reg.Result result = reg.run("run", "--rm", "-tcoreutils", "-c", line);
    assertThat(result.succeeded().out().strip().replaceAll("\\s+", " ")).isEqualTo(printed);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void archivesOfEveryKindComeBack() {
    String line =
        """
        set -e
        cd /tmp
        mkdir d
        echo text >d/f
        for kind in z j J; do
          tar -c$kind -f a.$kind d
          tar -xOf a.$kind d/f
        done
        echo x | gzip | zcat
        printf '\\303\\274' | iconv -f utf-8 -t latin1 | od -An -tx1
        printf '\\301' | iconv -f koi8-r -t utf-8
        """;
    assertThat(reg.run("run", "--rm", "-tcoreutils", "--", "sh", "-c", line).succeeded().out())
        .isEqualTo("text\ntext\ntext\nx\n fc\nа");
  }

  @Test
  void noLinkLeadsNowhere() {
    Reg.Result result =
        reg.run("run", "--rm", "-tcoreutils", "--", "find", "/usr", "/etc", "-xtype", "l");
    assertThat(result.succeeded().lines()).isSubsetOf("/etc/mtab");
  }

  @Test
  void itGivesAShellToARuntimeBesideIt() throws IOException {
    String program =
        "import os; print(os.system('test -d /app') , os.popen('echo $0').read(), end='')";
    assertThat(
            reg.run("run", "--rm", "-tpython", "-tcoreutils", "--", "python3", "-c", program)
                .succeeded()
                .out())
        .isEqualTo("0 /bin/sh\n");
    Fixture.shared("nodejs");
    String script = "console.log(require('child_process').execSync('echo $0 | tr a-z A-Z') + '')";
    assertThat(
            reg.run("run", "--rm", "-tnodejs", "-tcoreutils", "--", "node", "-e", script)
                .succeeded()
                .out())
        .isEqualTo("/BIN/SH\n\n");
  }

  @Test
  void busyboxHasTheSameNamesAndIsRefusedBesideIt() {
    Reg.Result result = reg.run("run", "--rm", "-tbusybox", "-tcoreutils", "--", "true");
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err())
        .hasLineCount(1)
        .contains("cannot combine templates", "busybox@", "coreutils@", "leave one of them out");
  }
}
