package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccountsTest {
  @ParameterizedTest
  @CsvSource({"root, 0, 0, /root", "www-data, 33, 33, /var/www", "_apt, 42, 65534, /nonexistent"})
  void usersAreFoundByNameAndNumber(String name, int uid, int gid, String home) {
    Accounts.User user = new Accounts.User(name, uid, gid, home);
    assertThat(Accounts.STANDARD.user(name)).contains(user);
    assertThat(Accounts.STANDARD.user(uid)).contains(user);
  }

  @ParameterizedTest
  @CsvSource({"root, 0", "tty, 5", "www-data, 33", "users, 100", "nogroup, 65534"})
  void groupsAreFoundByName(String name, int gid) {
    assertThat(Accounts.STANDARD.group(name)).contains(gid);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Root",
        "root:",
        "root:x",
        "root:x:0",
        "x",
        ":",
        "roo",
        "0",
        "root\n",
        "wheel"
      })
  void nothingElseIsAName(String name) {
    assertThat(Accounts.STANDARD.user(name)).isEmpty();
    assertThat(Accounts.STANDARD.group(name)).isEmpty();
  }

  @Test
  void everyUsersGroupHasALineAndNoNumberHasTwo() {
    assertThat(Accounts.STANDARD.passwd().lines())
        .allMatch(line -> line.matches("[a-z_-]+:x:\\d+:\\d+:[a-z_-]+:/[a-z/-]*:/[a-z/]+"))
        .allSatisfy(
            line ->
                assertThat(Accounts.STANDARD.groups())
                    .contains(":x:" + line.split(":", -1)[3] + ":\n"));
    assertThat(Accounts.STANDARD.passwd().lines().map(line -> line.split(":", -1)[2]))
        .doesNotHaveDuplicates();
    assertThat(Accounts.STANDARD.groups().lines().map(line -> line.split(":", -1)[2]))
        .doesNotHaveDuplicates();
  }
}
