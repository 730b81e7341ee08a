package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Entry;
import dev.reg.store.Tree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolverTest {
  @TempDir Path directory;
  private RepositoryFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new RepositoryFixture(directory);
  }

  private void template(String id, String requires, String rest) throws Exception {
    int at = id.indexOf('@');
    fixture.add(
        "name: %s\nversion: '%s'\nrequires: [%s]\n%s\n"
            .formatted(id.substring(0, at), id.substring(at + 1), requires, rest));
  }

  private void template(String id, String requires) throws Exception {
    template(id, requires, "environment: {" + id.charAt(0) + ": '" + id + "'}");
  }

  private static void fails(ErrorKind kind, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RegException.class,
            e -> {
              assertThat(e.line()).contains(message);
              assertThat(e.kind()).isEqualTo(kind);
            });
  }

  private static List<String> ids(Closure closure) {
    return closure.templates().stream().map(Head::id).toList();
  }

  @Test
  void putsWhatIsRequiredFirst() throws Exception {
    template("d@1", "");
    template("b@1", "d");
    template("c@1", "d@1");
    template("a@1", "b, c");
    assertThat(ids(fixture.resolve("a"))).containsExactly("d@1", "b@1", "c@1", "a@1");
    assertThat(ids(fixture.resolve("c", "a"))).containsExactly("d@1", "c@1", "b@1", "a@1");
    assertThat(fixture.resolve("a").environment()).containsOnlyKeys("a", "b", "c", "d");
  }

  @Test
  void identifiesByWhatIsInIt() throws Exception {
    template("b@1", "");
    template("c@1", "");
    template("a@1", "b");
    assertThat(fixture.resolve("a", "c").id()).isEqualTo(fixture.resolve("c", "b", "a").id());
    assertThat(fixture.resolve("a").id()).isNotEqualTo(fixture.resolve("a", "c").id());
    Closure before = fixture.resolve("a");
    template("b@2", "");
    assertThat(fixture.resolve("a").id()).isNotEqualTo(before.id());
  }

  @Test
  void refusesCyclesByName() throws Exception {
    template("a@1", "b");
    template("b@1", "c");
    template("c@1", "b");
    fails(ErrorKind.FAILED_PRECONDITION, "b → c → b", () -> fixture.resolve("a"));
  }

  /** It would take the place of one that can be used. */
  @Test
  void whatWouldComeToRequireItselfIsNotStored() throws Exception {
    template("a@1", "");
    template("b@1", "a");
    template("c@1", "b");
    fails(ErrorKind.INVALID, "requires names the template itself", () -> template("a@2", "a@1"));
    fails(
        ErrorKind.FAILED_PRECONDITION,
        "cannot store a@2: it requires c, and so itself: that requires a@1",
        () -> template("a@2", "c"));
    assertThat(ids(fixture.resolve("c"))).contains("a@1");
  }

  @Test
  void namesWhoRequiresWhatIsMissing() throws Exception {
    template("python@3.11", "");
    template("a@1", "python@3.12");
    template("b@1", "pyton");
    fails(
        ErrorKind.NOT_FOUND,
        "there is no template python@3.12 in the local repository, which a@1 requires; there is"
            + " 3.11",
        () -> fixture.resolve("a"));
    fails(ErrorKind.NOT_FOUND, "b@1 requires; did you mean python?", () -> fixture.resolve("b"));
    fails(
        ErrorKind.NOT_FOUND,
        "there is no template nothing in the local repository",
        () -> fixture.resolve("nothing"));
  }

  @Test
  void refusesVersionsThatExcludeEachOther() throws Exception {
    template("lib@1.0", "");
    template("lib@2.0", "");
    template("a@1", "lib@1");
    template("b@1", "lib@2");
    fails(
        ErrorKind.FAILED_PRECONDITION,
        "a@1 requires lib@1 but b@1 requires lib@2",
        () -> fixture.resolve("a", "b"));
    fails(
        ErrorKind.FAILED_PRECONDITION,
        "the caller requires lib@2 but a@1 requires lib@1",
        () -> fixture.resolve("lib@2", "a"));
  }

  @Test
  void agreesOnTheHighestThatAllAccept() throws Exception {
    template("lib@1.0", "");
    template("lib@1.5", "");
    template("lib@2.0", "");
    template("a@1", "lib@1");
    assertThat(ids(fixture.resolve("lib", "a"))).containsExactly("lib@1.5", "a@1");
    assertThat(ids(fixture.resolve("a", "lib"))).containsExactly("lib@1.5", "a@1");
  }

  @Test
  void survivesLongChains() throws Exception {
    template("t0@1", "");
    for (int i = 1; i < 300; i++) {
      template("t" + i + "@1", "t" + (i - 1));
    }
    assertThat(ids(fixture.resolve("t299"))).hasSize(300).startsWith("t0@1").endsWith("t299@1");
  }

  @Test
  void runsTheCommandOfTheFirstThatHasOne() throws Exception {
    template("base@1", "", "command: [sh]");
    template("app@1", "base", "command: [app, x]");
    template("data@1", "base", "environment: {LANG: C}");
    assertThat(fixture.resolve("data", "app").command()).containsExactly("app", "x");
    assertThat(fixture.resolve("data").command()).containsExactly("sh");
    template("none@1", "", "environment: {A: b}");
    assertThat(fixture.resolve("none").command()).isEmpty();
  }

  @Test
  void runsAsTheUserOfTheTemplateWhoseCommandItIs() throws Exception {
    template("db@1", "", "command: [db]\nuser: db\naccounts: {db: {uid: 901, gid: 902, home: /d}}");
    template("tool@1", "db", "command: [tool]");
    template("more@1", "db", "environment: {A: b}");
    template("web@1", "", "user: www-data");
    Accounts.User db = new Accounts.User("db", 901, 902, "/d");
    assertThat(fixture.resolve("db").user()).contains(db);
    assertThat(fixture.resolve("more").user()).contains(db);
    assertThat(fixture.resolve("tool").user()).isEmpty();
    assertThat(fixture.resolve("tool", "db").user()).isEmpty();
    assertThat(fixture.resolve("web", "db").user()).contains(db);
    assertThat(fixture.resolve("web").user().orElseThrow().uid()).isEqualTo(33);
  }

  @Test
  void hasTheAccountsOfItsTemplatesInItsTree() throws Exception {
    template("db@1", "", "accounts: {db: {uid: 901, gid: 902, home: /d}}");
    template("a@1", "db", "accounts: {a: {uid: 7000, gid: 7000, home: /a}}");
    template("b@1", "", "accounts: {db: {uid: 901, gid: 902, home: /d}}");
    Accounts accounts = fixture.resolve("a", "b").accounts();
    assertThat(accounts.user("db")).contains(new Accounts.User("db", 901, 902, "/d"));
    assertThat(accounts.user(7000)).contains(new Accounts.User("a", 7000, 7000, "/a"));
    assertThat(accounts.group("db")).contains(902);
    assertThat(accounts.user("root")).isPresent();
    String passwd =
        Accounts.STANDARD.passwd()
            + "db:x:901:902:db:/d:/usr/sbin/nologin\na:x:7000:7000:a:/a:/usr/sbin/nologin\n";
    String group = Accounts.STANDARD.groups() + "db:x:902:\na:x:7000:\n";
    assertThat(fixture.resolve("a", "b").tree().entries())
        .containsExactly(
            new Entry.Text("/etc/group", group), new Entry.Text("/etc/passwd", passwd));
    fixture.reopen();
    assertThat(fixture.resolve("a", "b").accounts().passwd()).isEqualTo(passwd);
    template("plain@1", "");
    assertThat(fixture.resolve("plain").tree().entries()).isEmpty();
  }

  @Test
  void refusesAccountsThatContradictEachOther() throws Exception {
    template("a@1", "", "accounts: {x: {uid: 901, gid: 901, home: /x}}");
    template("home@1", "", "accounts: {x: {uid: 901, gid: 901, home: /y}}");
    template("uid@1", "", "accounts: {y: {uid: 901, gid: 903, home: /x}}");
    template("gid@1", "", "accounts: {z: {uid: 904, gid: 901, home: /x}}");
    for (String other : List.of("home", "uid", "gid")) {
      Closure both = fixture.resolve("a", other);
      assertThatThrownBy(both::tree)
          .hasMessageContaining("cannot combine templates: a@1 has the account x (uid 901, gid 901")
          .hasMessageContaining("and " + other + "@1 has ");
      assertThatThrownBy(both::accounts).hasMessageContaining("leave one of them out");
    }
    fixture.source("passwd", "root:x:0:0::/:\n");
    template("file@1", "", "files: {passwd: /etc/passwd}");
    assertThatThrownBy(fixture.resolve("a", "file")::tree)
        .hasMessageContaining("file@1 and a@1 disagree about '/etc/passwd'");
  }

  @Test
  void letsATemplateReplaceVariablesOfWhatItRequires() throws Exception {
    template("base@1", "", "environment: {LANG: C, A: base}");
    template("app@1", "base", "environment: {LANG: C.UTF-8}");
    assertThat(fixture.resolve("app").environment())
        .containsEntry("LANG", "C.UTF-8")
        .containsEntry("A", "base");
    assertThat(fixture.resolve("base", "app").environment()).containsEntry("LANG", "C.UTF-8");
  }

  @Test
  void twoTemplatesMayHaveTheSameBuildOfAPackage() throws Exception {
    fixture.source("first", "Package: libc6\nVersion: 1\n");
    fixture.source("second", "Package: libc6\nVersion: 2\n");
    String entry = "files: {%s: /var/lib/dpkg/status.d/libc6}\n";
    template("a@1", "", entry.formatted("first"));
    template("b@1", "", entry.formatted("first"));
    template("c@1", "", entry.formatted("second"));
    assertThat(fixture.resolve("a", "b").tree().entries()).hasSize(1);
    fails(
        ErrorKind.FAILED_PRECONDITION,
        "a@1 and c@1 disagree about '/var/lib/dpkg/status.d/libc6'",
        () -> fixture.resolve("a", "c").tree());
    fails(
        ErrorKind.FAILED_PRECONDITION,
        "; leave one of them out, or have root run 'reg template update'",
        () -> fixture.resolve("a", "c").tree());
  }

  @Test
  void mergesTreesAndRefusesDisagreement() throws Exception {
    fixture.source("x", "one");
    fixture.source("y", "two");
    template("a@1", "", "files: {x: /usr/share/x}\nlinks: {/usr/l: share/x}\ndirectories: [/d]");
    template("b@1", "", "files: {x: /usr/share/x, y: /usr/share/y}\nlinks: {/usr/l: share/x}");
    Tree tree = fixture.resolve("a", "b").tree();
    assertThat(tree.entries().stream().filter(Entry.File.class::isInstance)).hasSize(2);
    template("c@1", "", "files: {y: /usr/share/x}");
    fails(
        ErrorKind.FAILED_PRECONDITION,
        "a@1 and c@1 disagree about '/usr/share/x'",
        () -> fixture.resolve("a", "c").tree());
    template("e@1", "", "links: {/usr/l: elsewhere}");
    fails(
        ErrorKind.FAILED_PRECONDITION,
        "a@1 and e@1 disagree about '/usr/l' (link to 'share/x', link to 'elsewhere')",
        () -> fixture.resolve("a", "e").tree());
    assertThatThrownBy(() -> fixture.resolve("a", "e").tree())
        .hasMessageEndingWith("; leave one of them out");
    template("f@1", "", "directories: [/usr/share/x/below]");
    fails(
        ErrorKind.FAILED_PRECONDITION,
        "a@1 has '/usr/share/x' as file",
        () -> fixture.resolve("a", "f").tree());
  }
}
