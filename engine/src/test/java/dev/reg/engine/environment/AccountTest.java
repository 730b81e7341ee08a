package dev.reg.engine.environment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.template.Accounts;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccountTest {
  private static Account of(@Nullable String name, int uid, int gid, Integer... groups) {
    Map<Integer, String> names = Map.of(4242, "me", 4243, "reg", 7, "root", 8, "b:ad", 27, "wheel");
    return new Account(name, uid, gid, List.of(groups), names::get, Accounts.STANDARD);
  }

  @Test
  void aUserOfTheHostIsOneMoreUser() {
    Account account = of("me", 4242, 4242, 4243);
    assertThat(account.home()).isEqualTo("/home/me");
    assertThat(account.passwd(Accounts.STANDARD.passwd()))
        .isEqualTo(Accounts.STANDARD.passwd() + "me:x:4242:4242::/home/me:/bin/sh\n");
    assertThat(account.group(Accounts.STANDARD.groups()))
        .isEqualTo(Accounts.STANDARD.groups() + "me:x:4242:\nreg:x:4243:\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"root", "daemon", "Me", "a b", "x:0:0", "../x", "", "1st"})
  void aNameThatIsNoneOrAnothersIsNotTaken(String name) {
    Account account = of(name, 4242, 4242);
    assertThat(account.name()).isEqualTo("user");
    assertThat(account.passwd(Accounts.STANDARD.passwd()))
        .endsWith("\nuser:x:4242:4242::/home/user:/bin/sh\n");
  }

  @Test
  void aStandardAccountIsReplacedAndAStandardGroupGetsAMember() {
    Account account = of("www-data", 33, 33, 27, 7, 8, 9);
    String passwd = account.passwd(Accounts.STANDARD.passwd());
    assertThat(passwd).contains("\nwww-data:x:33:33::/home/www-data:/bin/sh\n");
    assertThat(passwd.lines().filter(line -> line.contains(":x:33:"))).hasSize(1);
    String groups = account.group(Accounts.STANDARD.groups());
    assertThat(groups).contains("\nsudo:x:27:www-data\n", "\nlp:x:7:www-data\n");
    // Names of the host's that are another's here, or none.
    assertThat(groups).contains("\nmail:x:8:www-data\n").doesNotContain("wheel", "b:ad");
    assertThat(groups.lines().filter(line -> line.startsWith("root:"))).hasSize(1);
  }

  @Test
  void numbersAreUnsigned() {
    Account account = of(null, -2, -3);
    assertThat(account.passwd("")).isEqualTo("user:x:4294967294:4294967293::/home/user:/bin/sh\n");
    assertThat(account.group("")).isEqualTo("g4294967293:x:4294967293:\n");
  }
}
