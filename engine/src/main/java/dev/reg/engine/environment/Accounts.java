package dev.reg.engine.environment;

import java.util.List;
import java.util.Optional;

/**
 * The users and groups of every container: Debian's base-passwd, whose numbers are globally
 * allocated (Debian Policy 9.2.2), with a shell that is there.
 */
public final class Accounts {
  /** A line of /etc/passwd. */
  public record User(String name, int uid, int gid, String home) {}

  private static final List<User> USERS =
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

  private static final String GROUPS =
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

  private Accounts() {}

  public static Optional<User> user(String name) {
    return USERS.stream().filter(u -> u.name().equals(name)).findFirst();
  }

  public static Optional<User> user(int uid) {
    return USERS.stream().filter(u -> u.uid() == uid).findFirst();
  }

  /** The number of a group. */
  public static Optional<Integer> group(String name) {
    return GROUPS
        .lines()
        .map(line -> line.split(":", -1))
        .filter(fields -> fields[0].equals(name))
        .map(fields -> Integer.valueOf(fields[2]))
        .findFirst();
  }

  static String passwd() {
    StringBuilder text = new StringBuilder();
    for (User user : USERS) {
      String shell = user.uid() == 0 ? "/bin/sh" : "/usr/sbin/nologin";
      text.append(user.name()).append(":x:").append(user.uid()).append(':').append(user.gid());
      text.append(':').append(user.name()).append(':').append(user.home()).append(':');
      text.append(shell).append('\n');
    }
    return text.toString();
  }

  static String groups() {
    return GROUPS;
  }
}
