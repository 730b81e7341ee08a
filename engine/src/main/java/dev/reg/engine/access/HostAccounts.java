package dev.reg.engine.access;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The host's /etc/passwd and /etc/group (passwd(5), group(5)), read anew each time: they are small,
 * and who has just been made a user is one. Accounts of a directory service have no names here.
 */
public final class HostAccounts {
  /** The group that is admitted unless another one is configured. */
  private static final String DEFAULT_GROUP = "reg";

  private static final int LARGEST = 4 << 20;

  private final Path passwd;
  private final Path group;

  public HostAccounts() {
    this(Path.of("/etc/passwd"), Path.of("/etc/group"));
  }

  HostAccounts(Path passwd, Path group) {
    this.passwd = passwd;
    this.group = group;
  }

  /** The name of a user. */
  public Optional<String> userName(int uid) throws IOException {
    String wanted = Integer.toUnsignedString(uid);
    return lines(passwd).stream()
        .map(line -> line.split(":", -1))
        .filter(fields -> fields.length > 2 && fields[2].equals(wanted))
        .map(fields -> fields[0])
        .findFirst();
  }

  /** The names of all users, by number. */
  public Map<Integer, String> userNames() throws IOException {
    return names(passwd);
  }

  /** The names of all groups, by number. */
  public Map<Integer, String> groupNames() throws IOException {
    return names(group);
  }

  /** Both files have the name first and the number third. */
  private static Map<Integer, String> names(Path file) throws IOException {
    Map<Integer, String> names = new HashMap<>();
    for (String line : lines(file)) {
      String[] fields = line.split(":", -1);
      if (fields.length > 2 && fields[2].matches("[0-9]{1,10}")) {
        names.putIfAbsent((int) Long.parseLong(fields[2]), fields[0]);
      }
    }
    return names;
  }

  /**
   * Who is admitted beside root.
   *
   * @param configured a name or number; null for the default group, if there is one
   * @throws RegException INVALID for a name that the host does not have
   */
  public Admission admission(@Nullable String configured) throws IOException, RegException {
    if (configured != null && configured.matches("[0-9]{1,10}")) {
      long number = Long.parseLong(configured);
      if (number < 0xFFFF_FFFFL) { // the highest means "unchanged" to chown(2)
        return new Admission(OptionalInt.of((int) number));
      }
    }
    OptionalInt gid = groupNumber(configured == null ? DEFAULT_GROUP : configured);
    if (configured != null && gid.isEmpty()) {
      throw new RegException(
          ErrorKind.INVALID,
          "the configuration names the group '"
              + configured
              + "', which "
              + group
              + " does not have; make it (groupadd) or give its number");
    }
    return new Admission(gid);
  }

  private OptionalInt groupNumber(String name) throws IOException {
    return lines(group).stream()
        .map(line -> line.split(":", -1))
        .filter(fields -> fields.length > 2 && fields[0].equals(name))
        .filter(fields -> fields[2].matches("[0-9]{1,10}"))
        .mapToInt(fields -> (int) Long.parseLong(fields[2]))
        .findFirst();
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      if (Files.size(file) > LARGEST) {
        throw new IOException(file + " is larger than 4 MiB");
      }
      return Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
