package dev.reg.engine.building;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a process that reads strangers' bytes is started by (unshare(1), setpriv(1)): it is a user
 * of its own without capabilities, in namespaces in which there is no other process, no network but
 * where it is asked for, and no file but the host's programs and what it is given; each process's
 * address space and time, each file, and the number of processes are bounded.
 */
final class Confinement {
  /**
   * Users whom Debian reserves (Policy 9.2.2) and nobody else gives to anybody: a builder can do
   * nothing to another's processes, nor can the host's nobody to it.
   */
  private static final int FIRST_USER = 65_520;

  private static final int USERS = 13;

  /** The one user with a network: what it has made before is its own the next time, too. */
  private static final int ON_THE_NETWORK = FIRST_USER + USERS;

  /** The host's services of names, which are reached through files. */
  private static final List<Path> RESOLVERS =
      List.of(Path.of("/run/systemd/resolve"), Path.of("/run/nscd"));

  private static final Path RESOLVER = Path.of("/etc/resolv.conf");

  private static final AtomicInteger NEXT = new AtomicInteger();

  /** Whatever the user, may everything be read: of a program of this machine what it loads. */
  private static final String ANY = "-all,+dac_read_search";

  private final int user;
  private final boolean network;
  private final List<String> joined = new ArrayList<>();
  private final List<String> read = new ArrayList<>();

  /** Behind the others: what is mounted above one later would hide it. */
  private final List<String> written = new ArrayList<>();

  private boolean whole;

  Confinement() {
    this(FIRST_USER + Math.floorMod(NEXT.getAndIncrement(), USERS), false);
  }

  private Confinement(int user, boolean network) {
    this.user = user;
    this.network = network;
  }

  /**
   * One with the host's network and what that takes: the host's settings, as far as those who are
   * nobody in particular may read them.
   */
  static Confinement withNetwork() throws IOException {
    Confinement confinement = new Confinement(ON_THE_NETWORK, true);
    // With what is mounted below it, as /etc/resolv.conf may be.
    confinement.read.addAll(List.of("all", "/etc"));
    RESOLVERS.stream().filter(Files::exists).forEach(confinement::mayRead);
    if (Files.exists(RESOLVER)) {
      confinement.mayRead(RESOLVER.toRealPath());
    }
    return confinement;
  }

  /** The id of the process's user and group. */
  int user() {
    return user;
  }

  /** The process writes {@code 0} to a control group's file, before it has lost its rights. */
  void joins(Path file) {
    joined.addAll(List.of("in", file.toString()));
  }

  /** The process reads a file or directory, if those who are nobody in particular may. */
  void mayRead(Path path) {
    read.addAll(List.of("ro", path.toString()));
  }

  /** The process writes in a directory of its user. */
  void mayWrite(Path directory) {
    written.addAll(List.of("rw", directory.toString()));
  }

  /** The process reads all of the host, with the one capability that this takes. */
  void mayReadAll() {
    whole = true;
  }

  /**
   * The words that start {@code program}. The kernel ends it with this thread (PR_SET_PDEATHSIG),
   * and with it whatever it started.
   *
   * @param place an empty directory, in which nothing is left
   */
  List<String> command(Path place, List<String> program) throws IOException {
    List<String> command = new ArrayList<>(List.of("setpriv", "--pdeathsig=KILL", "--", "unshare"));
    command.addAll(List.of("--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"));
    if (!network) {
      command.add("--net");
    }
    command.add("--");
    command.addAll(List.of("sh", "-c", script(), "reg-confine", whole ? "/" : place.toString()));
    command.addAll(joined);
    if (!whole) {
      command.addAll(read);
      command.addAll(written);
    }
    command.addAll(List.of("--", "setpriv", "--pdeathsig=KILL", "--no-new-privs"));
    command.addAll(List.of("--reuid=" + user, "--regid=" + user, "--clear-groups"));
    String capabilities = whole ? ANY : "-all";
    if (whole) {
      // Or access(2), by which Java looks for files, would go without the capability.
      command.add("--securebits=+no_setuid_fixup");
    }
    command.add("--inh-caps=" + capabilities);
    command.add("--ambient-caps=" + capabilities);
    command.add("--bounding-set=" + capabilities);
    command.add("--");
    command.addAll(program);
    return command;
  }

  private static String script() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(Confinement.class.getResourceAsStream("confine.sh"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
