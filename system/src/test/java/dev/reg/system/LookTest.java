package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code reg rename}, {@code reg top}, {@code reg diff}. */
class LookTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared();
  }

  @Test
  void aRenamedContainerIsFoundByItsNewNameAloneAlsoByTheNextEngine() throws IOException {
    try (Reg own = Fixture.own()) {
      own.run("run", "-d", "--name", "before", "-tbusybox", "--", "sleep", "1000").succeeded();
      own.run("generate", "--name", "other", "-tbusybox", "--", "true").succeeded();
      assertThat(own.run("rename", "before", "after").succeeded().out()).isEmpty();
      assertThat(own.state("after")).isEqualTo("Running");
      assertThat(own.run("inspect", "before").code()).isEqualTo(125);
      Reg.Result taken = own.run("rename", "after", "other");
      assertThat(taken.code()).isEqualTo(125);
      assertThat(taken.err()).contains("'other'").hasLineCount(1);
      assertThat(own.run("rename", "after", "a b").code()).isEqualTo(125);
      assertThat(own.run("rename", "after", ".build-x").code()).isEqualTo(125);
      assertThat(own.run("rename", "after", "after").code()).isEqualTo(125);
      Processes.signal("KILL", own.enginePid());
      assertThat(own.state("after")).isEqualTo("Running");
      own.run("generate", "--name", "before", "-tbusybox", "--", "true").succeeded();
      own.run("stop", "-t0", "after").succeeded();
      own.run("rename", "after", "third").succeeded();
      own.run("engine", "stop").succeeded();
      assertThat(own.run("ps", "-a").out()).contains("third").doesNotContain("after");
    }
  }

  @Test
  void topListsTheProcessesAsTheHostSeesThem() {
    reg.run(
            "run",
            "-d",
            "--name",
            "topped",
            "-tbusybox",
            "-u",
            "33",
            "--",
            "sh",
            "-c",
            "sleep 543210 & wait")
        .succeeded();
    try {
      Await.until(
          () -> reg.run("top", "topped").out().contains("sleep 543210"), () -> "no sleep in top");
      List<String> lines = reg.run("top", "topped").succeeded().lines();
      assertThat(lines.getFirst().split(" +", -1))
          .containsExactly("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD");
      assertThat(lines).hasSize(4);
      String sleep =
          lines.stream().filter(l -> l.endsWith("sleep 543210")).findFirst().orElseThrow();
      String[] fields = sleep.split(" +", 8);
      assertThat(fields[0]).isEqualTo("www-data");
      assertThat(Processes.commandLines().get(Integer.parseInt(fields[1])))
          .startsWith("sleep 543210");
      assertThat(fields[5]).isEqualTo("?");
      assertThat(fields[6]).isEqualTo("00:00:00");
      assertThat(lines.get(1)).contains(Integer.toString(reg.pid("topped"))).contains("[reg-init]");
      assertThat(reg.run("top", "topped", "-ef").succeeded().lines()).hasSize(4);
      List<String> chosen = reg.run("top", "topped", "-o", "pid,comm,uid").succeeded().lines();
      assertThat(chosen.getFirst()).matches("PID +COMMAND +UID");
      assertThat(chosen).hasSize(4);
      assertThat(chosen.subList(1, 4).toString()).contains(fields[1]).contains("sh ", "sleep ");
      Reg.Result refused = reg.run("top", "topped", "aux");
      assertThat(refused.code()).isEqualTo(125);
      assertThat(refused.err())
          .startsWith("reg: top: there is not ps's option 'aux', only -ef and -o with user,uid,pid")
          .hasLineCount(1);
      assertThat(reg.run("top", "topped", "-opid,rss").err()).contains("a column 'rss'");
    } finally {
      reg.run("stop", "-t0", "topped").succeeded();
    }
    Reg.Result stopped = reg.run("top", "topped");
    assertThat(stopped.code()).isEqualTo(125);
    assertThat(stopped.err()).contains("not running").hasLineCount(1);
    reg.run("remove", "topped").succeeded();
  }

  @Test
  void diffTellsWhatWasAddedChangedAndDeletedAndNothingElse() {
    reg.run("run", "--name", "same", "-tbusybox", "--", "true").succeeded();
    reg.awaitState("same", "Stopped");
    assertThat(reg.run("diff", "same").succeeded().out()).isEmpty();
    String script =
        "echo x > /etc/new; echo y >> /etc/group; rm /etc/resolv.conf; mkdir -p /srv/a/b;"
            + " ln -s /etc/passwd /srv/a/l; rm -r /var/log; mkdir /var/log; chmod 700 /mnt;"
            + " echo z > /tmp/t";
    reg.run("run", "--name", "other", "-tbusybox", "--", "sh", "-c", script).succeeded();
    reg.awaitState("other", "Stopped");
    assertThat(reg.run("diff", "other").succeeded().lines())
        .containsExactly(
            "C /etc",
            "C /etc/group",
            "A /etc/new",
            "D /etc/resolv.conf",
            "C /mnt",
            "C /srv",
            "A /srv/a",
            "A /srv/a/b",
            "A /srv/a/l",
            "C /tmp",
            "A /tmp/t");
    reg.run("remove", "same", "other").succeeded();
  }
}
