package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Templates that bring accounts, a user and directories that this user can write. */
class AccountsTest {
  private static final int GROUP = 4243;
  private static final int ONE = 4242;

  private static Reg root;
  private static Reg one;

  @BeforeAll
  static void start() throws IOException {
    root = Fixture.own();
    Users users = Users.of(root, GROUP);
    one = users.as(ONE);
    add(
        "data",
        """
        name: data
        version: 1
        requires: [busybox]
        accounts: {data: {uid: 901, gid: 902, home: /var/lib/data}}
        user: data
        directories: [{path: /var/lib/data, mode: 1777}, {path: /opt/closed, mode: 700}]
        command: [sh, -c, "id; echo $HOME; cd; touch x && stat -c %U:%G x"]
        """);
  }

  private static void add(String name, String yaml) throws IOException {
    Path folder = Fixture.project();
    Files.writeString(folder.resolve(name + ".yaml"), yaml);
    root.in(folder).run("template", "build", "./" + name + ".yaml").succeeded();
  }

  @AfterAll
  static void stop() {
    if (root != null) {
      root.close();
    }
  }

  private static Reg.Result sh(String script, String... options) {
    List<String> words = new ArrayList<>(List.of("run", "--rm", "-t", "data"));
    words.addAll(List.of(options));
    words.addAll(List.of("--", "sh", "-c", script));
    return root.run(words.toArray(String[]::new));
  }

  @Test
  void theCommandRunsAsTheTemplatesUser() {
    // Twice in a row and more: with mounts made ahead, too.
    for (int i = 0; i < 4; i++) {
      assertThat(root.run("run", "--rm", "-t", "data").succeeded().lines())
          .containsExactly("uid=901(data) gid=902(data)", "/var/lib/data", "data:data");
    }
    assertThat(sh("id -un; stat -c %a /var/lib/data /opt/closed; ls /opt/closed 2>&1").lines())
        .containsExactly("data", "1777", "700", "ls: can't open '/opt/closed': Permission denied");
  }

  @Test
  void anotherUserCanBeNamedAndTheTemplatesByNameAndNumber() {
    assertThat(sh("id -u; id -g", "-u", "root").lines()).containsExactly("0", "0");
    assertThat(sh("id -u; id -g; echo $HOME", "-u", "901").lines())
        .containsExactly("901", "902", "/var/lib/data");
    assertThat(sh("id -u; id -g", "-u", "data:www-data").lines()).containsExactly("901", "33");
    assertThat(sh("id -u; id -g", "-u", "www-data:data").lines()).containsExactly("33", "902");
    assertThat(sh("true", "-u", "dota").err()).contains("-u wants UID[:GID]", "'dota'");
    assertThat(root.run("run", "--rm", "-t", "busybox", "-u", "data", "--", "id").code())
        .isEqualTo(125);
  }

  @Test
  void aContainerKeepsItsUser() {
    root.run("run", "-d", "--name", "kept", "-t", "data", "--", "sh", "-c", "id -un; sleep 1000")
        .succeeded();
    try {
      assertThat(root.run("exec", "kept", "--", "id", "-un").out()).isEqualTo("data\n");
      assertThat(root.run("exec", "-u", "root", "kept", "--", "id", "-un").out())
          .isEqualTo("root\n");
      assertThat(root.run("exec", "-u", "data", "kept", "--", "id", "-gn").out())
          .isEqualTo("data\n");
      // It may not have come to speak by the time that others have run in it.
      Await.until(
          () -> root.run("logs", "kept").out().equals("data\n"),
          () -> root.run("logs", "kept").out());
      root.run("stop", "-t", "0", "kept").succeeded();
      assertThat(root.run("diff", "kept").succeeded().out()).isEmpty();
      root.run("start", "kept").succeeded();
      Await.until(
          () -> root.run("logs", "kept").out().equals("data\ndata\n"),
          () -> root.run("logs", "kept").out());
      assertThat(root.run("inspect", "--verify", "kept").succeeded().err()).isEmpty();
    } finally {
      root.run("remove", "-f", "kept");
    }
  }

  @Test
  void whoIsNotRootRunsAsThemselvesBesideTheAccounts() {
    String script = "id -u; id -un; stat -c %u /var/lib/data; grep ^data: /etc/passwd /etc/group";
    assertThat(one.run("run", "--rm", "-t", "data", "--", "sh", "-c", script).succeeded().lines())
        .containsExactly(
            "4242",
            "user",
            "0",
            "/etc/passwd:data:x:901:902:data:/var/lib/data:/usr/sbin/nologin",
            "/etc/group:data:x:902:");
    assertThat(one.run("run", "--rm", "-t", "data", "-u", "data", "--", "id").err())
        .contains("only root names another user");
  }

  @Test
  void theUserIsOfTheTemplateWhoseCommandItIs() {
    assertThat(
            root.run("run", "--rm", "-t", "busybox", "-t", "data", "--", "id", "-un")
                .succeeded()
                .out())
        .isEqualTo("root\n");
  }

  @Test
  void templatesThatContradictEachOtherAreNotCombined() throws IOException {
    add(
        "other",
        """
        name: other
        version: 1
        accounts: {other: {uid: 901, gid: 903, home: /opt}}
        """);
    Reg.Result result = root.run("run", "--rm", "-t", "data", "-t", "other", "--", "id");
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err())
        .contains("cannot combine templates: data@1 has the account data", "other@1 has other");
  }

  @Test
  void showHasWhoRuns() {
    assertThat(root.run("template", "show", "data").succeeded().out())
        .contains(
            "accounts:\n  data: {uid: 901, gid: 902, home: /var/lib/data}\nuser: data\n",
            "  - {path: /var/lib/data, mode: \"1777\"}\n");
    assertThat(root.run("template", "show", "--format", "json", "data").succeeded().out())
        .contains("\"user\":\"data\"", "\"level\":\"none\"", "\"uid\":901");
  }
}
