package dev.reg.engine.environment;

import dev.reg.template.Accounts;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A user of the host as a container knows them: the files of passwd(5) and group(5) with the
 * standard accounts and this one.
 */
public final class Account {
  private static final String UNNAMED = "user";

  private final String name;
  private final int uid;
  private final int gid;
  private final SortedMap<Long, String> groups = new TreeMap<>();

  /** What a group is called. */
  public interface GroupNames {
    @Nullable String of(int gid);
  }

  /**
   * A user as the container is to know them.
   *
   * @param hostName what the host calls the user; another name is chosen for one that the host does
   *     not know, that is malformed, or that is an account's of the container
   * @param groups supplementary ones
   * @param known those of the container without this one
   */
  public Account(
      @Nullable String hostName,
      int uid,
      int gid,
      List<Integer> groups,
      GroupNames names,
      Accounts known) {
    this.uid = uid;
    this.gid = gid;
    boolean fits =
        hostName != null
            && Accounts.isName(hostName)
            && known.user(hostName).filter(user -> user.uid() != uid).isEmpty();
    this.name = hostName != null && fits ? hostName : UNNAMED;
    addGroup(gid, names, known);
    groups.forEach(group -> addGroup(group, names, known));
  }

  private void addGroup(int number, GroupNames names, Accounts known) {
    String hostName = names.of(number);
    boolean fits =
        hostName != null
            && Accounts.isName(hostName)
            && known.group(hostName).filter(gid -> gid != number).isEmpty()
            && !groups.containsValue(hostName);
    groups.put(
        Integer.toUnsignedLong(number),
        hostName != null && fits ? hostName : "g" + Integer.toUnsignedString(number));
  }

  public String name() {
    return name;
  }

  public int uid() {
    return uid;
  }

  public int gid() {
    return gid;
  }

  /** Absolute; the container has it as a directory of the user's own. */
  public String home() {
    return "/home/" + name;
  }

  /**
   * The text of /etc/passwd.
   *
   * @param standard that of a container without this account
   */
  public String passwd(String standard) {
    String number = Integer.toUnsignedString(uid);
    StringBuilder text = new StringBuilder();
    for (String line : standard.lines().toList()) {
      String[] fields = line.split(":", -1);
      boolean replaced = fields[0].equals(name) || (fields.length > 2 && fields[2].equals(number));
      if (!replaced) {
        text.append(line).append('\n');
      }
    }
    text.append(name).append(":x:").append(number).append(':');
    text.append(Integer.toUnsignedString(gid)).append("::").append(home()).append(":/bin/sh\n");
    return text.toString();
  }

  /**
   * The text of /etc/group.
   *
   * @param standard that of a container without this account
   */
  public String group(String standard) {
    SortedMap<Long, String> left = new TreeMap<>(groups);
    StringBuilder text = new StringBuilder();
    for (String line : standard.lines().toList()) {
      String[] fields = line.split(":", -1);
      String known = fields.length == 4 ? left.remove(number(fields[2])) : null;
      // A standard group keeps its name; the user is one of its members.
      text.append(line);
      if (known != null) {
        text.append(fields[3].isEmpty() ? "" : ",").append(name);
      }
      text.append('\n');
    }
    left.forEach((number, its) -> text.append(its).append(":x:").append(number).append(":\n"));
    return text.toString();
  }

  private static Long number(String text) {
    return text.matches("[0-9]{1,10}") ? Long.valueOf(text) : Long.valueOf(-1);
  }
}
