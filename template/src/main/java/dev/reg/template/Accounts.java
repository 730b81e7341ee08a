package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The users and groups that a container knows: the standard ones of every container, which are
 * Debian's base-passwd, whose numbers are globally allocated (Debian Policy 9.2.2), and those of
 * its templates, whose numbers are fixed so that environments agree.
 */
public final class Accounts {
  /** A line of passwd(5). An account of a template has a group of its name, with {@code gid}. */
  public record User(String name, int uid, int gid, String home) {
    @Override
    public String toString() {
      return name + " (uid " + uid + ", gid " + gid + ", home " + home + ")";
    }
  }

  /** The highest number of a template's account: dynamic ones end here (Debian Policy 9.2.2). */
  public static final int HIGHEST = 59_999;

  /** Where a container has them: passwd(5) and group(5). */
  static final List<String> FILES = List.of("/etc/passwd", "/etc/group");

  /** Accounts of one template. */
  static final int MOST = 100;

  /** What useradd(8) takes. */
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_-]{0,31}");

  private static final List<User> STANDARD_USERS =
      List.of(
          new User("root", 0, 0, "/root"),
          new User("daemon", 1, 1, "/usr/sbin"),
          new User("bin", 2, 2, "/bin"),
          new User("sys", 3, 3, "/dev"),
          new User("sync", 4, 65534, "/bin"),
          new User("games", 5, 60, "/usr/games"),
          new User("man", 6, 12, "/var/cache/man"),
          new User("lp", 7, 7, "/var/spool/lpd"),
          new User("mail", 8, 8, "/var/mail"),
          new User("news", 9, 9, "/var/spool/news"),
          new User("uucp", 10, 10, "/var/spool/uucp"),
          new User("proxy", 13, 13, "/bin"),
          new User("www-data", 33, 33, "/var/www"),
          new User("backup", 34, 34, "/var/backups"),
          new User("list", 38, 38, "/var/list"),
          new User("irc", 39, 39, "/run/ircd"),
          new User("_apt", 42, 65534, "/nonexistent"),
          new User("nobody", 65534, 65534, "/nonexistent"));

  private static final String STANDARD_GROUPS =
      """
      root:x:0:
      daemon:x:1:
      bin:x:2:
      sys:x:3:
      adm:x:4:
      tty:x:5:
      disk:x:6:
      lp:x:7:
      mail:x:8:
      news:x:9:
      uucp:x:10:
      man:x:12:
      proxy:x:13:
      kmem:x:15:
      dialout:x:20:
      fax:x:21:
      voice:x:22:
      cdrom:x:24:
      floppy:x:25:
      tape:x:26:
      sudo:x:27:
      audio:x:29:
      dip:x:30:
      www-data:x:33:
      backup:x:34:
      operator:x:37:
      list:x:38:
      irc:x:39:
      src:x:40:
      shadow:x:42:
      utmp:x:43:
      video:x:44:
      sasl:x:45:
      plugdev:x:46:
      staff:x:50:
      games:x:60:
      users:x:100:
      nogroup:x:65534:
      """;

  /** Those of a container whose templates have none. */
  public static final Accounts STANDARD = new Accounts(List.of());

  /** Those of templates. */
  private final List<User> added;

  private Accounts(List<User> added) {
    this.added = List.copyOf(added);
  }

  /**
   * Those of a container of these templates.
   *
   * @throws RegException FAILED_PRECONDITION when two templates disagree, naming both
   */
  public static Accounts of(Collection<Head> templates) throws RegException {
    if (templates.stream().allMatch(head -> head.execution().accounts().isEmpty())) {
      return STANDARD;
    }
    List<User> all = new ArrayList<>();
    Map<String, Claim> claims = new HashMap<>();
    for (Head head : templates) {
      for (User user : head.execution().accounts()) {
        Claim claim = new Claim(user, head);
        boolean first = claim(claims, "name " + user.name(), claim);
        claim(claims, "uid " + user.uid(), claim);
        claim(claims, "gid " + user.gid(), claim);
        if (first) {
          all.add(user);
        }
      }
    }
    return new Accounts(all);
  }

  private record Claim(User user, Head by) {}

  private static boolean claim(Map<String, Claim> claims, String key, Claim claim)
      throws RegException {
    Claim before = claims.putIfAbsent(key, claim);
    if (before != null && !before.user.equals(claim.user)) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot combine templates: "
              + before.by.id()
              + " has the account "
              + before.user
              + " and "
              + claim.by.id()
              + " has "
              + claim.user
              + "; leave one of them out");
    }
    return before == null;
  }

  /** Whether these are only the standard ones. */
  public boolean areStandard() {
    return added.isEmpty();
  }

  /** The user of this name. */
  public Optional<User> user(String name) {
    return users().filter(user -> user.name().equals(name)).findFirst();
  }

  /** The user of this number. */
  public Optional<User> user(int uid) {
    return users().filter(user -> user.uid() == uid).findFirst();
  }

  private Stream<User> users() {
    return Stream.concat(STANDARD_USERS.stream(), added.stream());
  }

  /** The number of a group. */
  public Optional<Integer> group(String name) {
    return groups()
        .lines()
        .map(line -> line.split(":", -1))
        .filter(fields -> fields[0].equals(name))
        .map(fields -> Integer.valueOf(fields[2]))
        .findFirst();
  }

  /** The text of /etc/passwd. */
  public String passwd() {
    StringBuilder text = new StringBuilder();
    users()
        .forEach(
            user -> {
              String shell = user.uid() == 0 ? "/bin/sh" : "/usr/sbin/nologin";
              text.append(user.name()).append(":x:").append(user.uid()).append(':');
              text.append(user.gid()).append(':').append(user.name()).append(':');
              text.append(user.home()).append(':').append(shell).append('\n');
            });
    return text.toString();
  }

  /** The text of /etc/group. */
  public String groups() {
    StringBuilder text = new StringBuilder(STANDARD_GROUPS);
    added.forEach(user -> text.append(user.name()).append(":x:").append(user.gid()).append(":\n"));
    return text.toString();
  }

  /** Whether a user or group can be called so. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /**
   * Why a template cannot have this account, as the end of a sentence that begins with its name;
   * null when it can. Its home is checked by who reads it.
   */
  public static @Nullable String problem(User user) {
    if (!isName(user.name())) {
      return "is no account's name: [a-z_][a-z0-9_-]*, at most 32 characters";
    }
    if (STANDARD.user(user.name()).isPresent() || STANDARD.group(user.name()).isPresent()) {
      return "is a standard account or group, which every container has";
    }
    if (user.uid() < 1 || user.uid() > HIGHEST || user.gid() < 1 || user.gid() > HIGHEST) {
      return "must have a uid and a gid between 1 and " + HIGHEST;
    }
    if (STANDARD.user(user.uid()).isPresent()) {
      return "has uid " + user.uid() + ", which is that of a standard account";
    }
    if (STANDARD_GROUPS.contains(":x:" + user.gid() + ":\n")) {
      return "has gid " + user.gid() + ", which is that of a standard group";
    }
    return null;
  }

  /** What two accounts of one template both have; null when nothing. */
  public static @Nullable String clash(User one, User other) {
    if (one.name().equals(other.name())) {
      return "the name " + one.name();
    }
    return one.uid() == other.uid()
        ? "uid " + one.uid()
        : one.gid() == other.gid() ? "gid " + one.gid() : null;
  }
}
