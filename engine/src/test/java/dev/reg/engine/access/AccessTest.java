package dev.reg.engine.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Peer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
  private static final int ENGINE = 900;
  private static final Peer ROOT = new Peer(1, 0, 0, List.of());
  private static final Peer ENGINES = new Peer(1, ENGINE, ENGINE, List.of());
  private static final Peer USER = new Peer(1, 4242, 100, List.of(4243, -2));

  @TempDir Path tmp;

  private static void assertRefused(ErrorKind kind, String why, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(RegException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(why);
  }

  @Test
  void containersExistForTheirOwnerAndForRoot() {
    assertThat(Access.of(USER, ENGINE).sees(4242)).isTrue();
    assertThat(Access.of(USER, ENGINE).sees(0)).isFalse();
    assertThat(Access.of(USER, ENGINE).sees(4244)).isFalse();
    assertThat(Access.of(USER, ENGINE).sees(ENGINE)).isFalse();
    assertThat(Access.of(ROOT, ENGINE).sees(4242)).isTrue();
    assertThat(Access.of(ENGINES, ENGINE).sees(0)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"template import", "template remove", "prune", "engine stop"})
  void whatAllShareIsRoots(String command) {
    assertRefused(
        ErrorKind.NOT_PERMITTED,
        "you (uid 4242) may not do this: only root may ",
        () -> Access.of(USER, ENGINE).check(command));
    assertThatCode(() -> Access.of(ROOT, ENGINE).check(command)).doesNotThrowAnyException();
    assertThatCode(() -> Access.of(ENGINES, ENGINE).check(command)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "generate",
        "ps",
        "remove",
        "template build",
        "template ls",
        "engine start"
      })
  void theRestIsForAll(String command) {
    assertThatCode(() -> Access.of(USER, ENGINE).check(command)).doesNotThrowAnyException();
  }

  @Test
  void aUserRunsAsThemselvesAndOneOfTheirGroups() throws Exception {
    Access user = Access.of(USER, ENGINE);
    for (int gid : new int[] {100, 4243, -2}) {
      user.checkRunsAs(4242, gid);
    }
    assertRefused(ErrorKind.NOT_PERMITTED, "as 0:100", () -> user.checkRunsAs(0, 100));
    assertRefused(ErrorKind.NOT_PERMITTED, "as 4242:0", () -> user.checkRunsAs(4242, 0));
    assertRefused(ErrorKind.NOT_PERMITTED, "as 4294967294:100", () -> user.checkRunsAs(-2, 100));
    Access.of(ROOT, ENGINE).checkRunsAs(33, 0);
  }

  @Test
  void membersOfTheGroupAreAdmitted() throws Exception {
    Admission group = new Admission(OptionalInt.of(4243));
    group.check(ROOT);
    group.check(USER);
    group.check(new Peer(1, 1, 4243, List.of()));
    Peer stranger = new Peer(1, 77, 77, List.of(78));
    assertRefused(
        ErrorKind.NOT_PERMITTED, "members of the group 4243", () -> group.check(stranger));
    Admission.ofRoot().check(ROOT);
    assertRefused(
        ErrorKind.NOT_PERMITTED,
        "user 4242 may not use this engine",
        () -> Admission.ofRoot().check(USER));
  }

  private HostAccounts accounts(String passwd, String group) throws Exception {
    Path users = Files.writeString(tmp.resolve("passwd"), passwd);
    Path groups = Files.writeString(tmp.resolve("group"), group);
    return new HostAccounts(users, groups);
  }

  @Test
  void theGroupIsConfiguredOrCalledReg() throws Exception {
    HostAccounts host = accounts("", "root:x:0:\nreg:x:990:me\nstaff:x:4294967294:\n");
    assertThat(host.admission(null).group()).hasValue(990);
    assertThat(host.admission("staff").group()).hasValue(-2);
    assertThat(host.admission("4243").group()).hasValue(4243);
    assertThat(accounts("", "root:x:0:\n").admission(null).group()).isEmpty();
    for (String none : List.of("nobodys", "4294967295", "99999999999", "-1", "REG")) {
      assertRefused(ErrorKind.INVALID, "the group '" + none + "'", () -> host.admission(none));
    }
  }

  @Test
  void brokenFilesHaveNoNames() throws Exception {
    HostAccounts host = accounts("a\nb:x\nme:x:4242:1::/:/\n\n", "g\nh:x:many:\ni:x:7\n");
    assertThat(host.userName(4242)).hasValue("me");
    assertThat(host.userName(7)).isEmpty();
    assertThat(host.groupNames()).containsOnlyKeys(7);
    HostAccounts none = new HostAccounts(tmp.resolve("no"), tmp.resolve("no"));
    assertThat(none.userName(0)).isEmpty();
    assertThat(none.admission(null).group()).isEmpty();
  }
}
