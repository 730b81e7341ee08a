package dev.reg.linux;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Processes, known by pidfd; and what /proc tells of them (proc(5)). */
public final class Processes {
  private static final int PROC_LIMIT = 64 << 20;
  private static final long PIDFD_INFO_EXIT = 1 << 3;
  private static final int PIDFD_INFO_SIZE_VER0 = 64;

  /** _IOWR(0xFF, 11, struct pidfd_info) of linux/pidfd.h with its first version's size. */
  private static final long PIDFD_GET_INFO =
      3L << 30 | (long) PIDFD_INFO_SIZE_VER0 << 16 | 0xFF << 8 | 11;

  private Processes() {}

  /** A descriptor of the process; ESRCH when there is none. Readable once it has ended. */
  public static Fd pidfd(int pid) throws SyscallException {
    long fd = Kernel.call(Scratch.get(), Sys.PIDFD_OPEN, pid, 0);
    return Descriptors.fd(fd, "pidfd_open", fd < 0 ? Integer.toString(pid) : "");
  }

  /** ESRCH when it has been reaped. Signal 0 only asks. */
  public static void signal(Fd pidfd, int signal) throws SyscallException {
    Descriptors.check(
        Kernel.call(Scratch.get(), Sys.PIDFD_SEND_SIGNAL, pidfd.number(), signal, 0, 0),
        "pidfd_send_signal",
        pidfd);
  }

  /** Whether the process has ended, reaped or not. */
  public static boolean hasEnded(Fd pidfd) throws SyscallException {
    return Poll.await(pidfd, Poll.IN, 0) != 0;
  }

  /** Waits until the process has ended; false when the time is over first. */
  public static boolean awaitEnd(Fd pidfd, int milliseconds) throws SyscallException {
    return Poll.await(pidfd, Poll.IN, milliseconds) != 0;
  }

  /** Our own process id. */
  public static int self() {
    return (int) Kernel.call(Scratch.get(), Sys.GETPID, 0, 0);
  }

  /** Our own real user id. */
  public static int userId() {
    return (int) Kernel.call(Scratch.get(), Sys.GETUID, 0, 0);
  }

  /** Sets the file mode creation mask of the whole process; returns the one before. */
  public static int setUmask(int mask) {
    return (int) Kernel.call(Scratch.get(), Sys.UMASK, mask, 0);
  }

  /**
   * When the process started, in clock ticks after boot: with the pid and the boot id it names one
   * process for ever.
   */
  public static long startTime(int pid) throws IOException {
    String stat = text("/proc/" + pid + "/stat");
    // Field 2 is the name in parentheses, which may contain anything; 22 is the 20th after it.
    int at = stat.lastIndexOf(')') + 2;
    for (int field = 3; field < 22; field++) {
      at = stat.indexOf(' ', at) + 1;
    }
    return Long.parseLong(stat.substring(at, stat.indexOf(' ', at)));
  }

  /** Time since boot, as processes' start times count it. */
  public static Duration upTime() throws IOException {
    String seconds = text("/proc/uptime").split(" ", 2)[0];
    return Duration.ofMillis((long) (Double.parseDouble(seconds) * 1000));
  }

  /** Changes with every boot. */
  public static String bootId() throws IOException {
    return text("/proc/sys/kernel/random/boot_id").strip();
  }

  /**
   * The exit code of a process that has ended, 128+n for signal n. Of one that nobody has waited
   * for /proc tells it; of one that has been reaped, whoever did, the kernel tells it from 6.15 on
   * if the descriptor is older than that. Empty for a process that runs and when nobody tells.
   *
   * @param pid the number that {@code pidfd} was made from
   */
  public static OptionalInt exitCode(Fd pidfd, int pid) throws IOException {
    // In this order: it may be reaped between the two questions, and never comes back from that.
    OptionalInt zombie = codeOfZombie(pidfd, pid);
    return zombie.isPresent() ? zombie : codeOfReaped(pidfd);
  }

  private static OptionalInt codeOfZombie(Fd pidfd, int pid) throws IOException {
    String stat;
    try {
      // To a reader who may not look the code is 0: this asks for the same right, and fails.
      Descriptors.readLink("/proc/" + pid + "/ns/pid");
      stat = text("/proc/" + pid + "/stat");
      signal(pidfd, 0); // reaped meanwhile: the number may be another's
    } catch (SyscallException e) {
      return OptionalInt.empty();
    }
    char state = stat.charAt(stat.lastIndexOf(')') + 2);
    return state == 'Z' || state == 'X'
        ? OptionalInt.of(code(Integer.parseInt(stat.substring(stat.lastIndexOf(' ') + 1).strip())))
        : OptionalInt.empty();
  }

  /** Of a status as wait(2) gives it. */
  private static int code(int status) {
    int signal = status & 0x7f;
    return signal == 0 ? status >> 8 & 0xff : 128 + signal;
  }

  private static OptionalInt codeOfReaped(Fd pidfd) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long info = s.zeroed(PIDFD_INFO_SIZE_VER0);
      s.putLong(info, PIDFD_INFO_EXIT);
      long r = Kernel.call(s, Sys.IOCTL, pidfd.number(), PIDFD_GET_INFO, info, 0);
      if (r == -Errno.ENOTTY || r == -Errno.EINVAL || r == -Errno.ESRCH) {
        return OptionalInt.empty(); // a kernel without it, or gone before anybody could ask
      }
      Descriptors.check(r, "ioctl PIDFD_GET_INFO", pidfd);
      if ((s.getLong(info) & PIDFD_INFO_EXIT) == 0) {
        return OptionalInt.empty();
      }
      return OptionalInt.of(code(s.getInt(info + 60)));
    } finally {
      s.reset(mark);
    }
  }

  /** Whether the kernel tells of processes by PIDFD_GET_INFO (6.13). */
  public static boolean hasPidfdInfo() throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try (Fd self = pidfd(self())) {
      long info = s.zeroed(PIDFD_INFO_SIZE_VER0);
      return Kernel.call(s, Sys.IOCTL, self.number(), PIDFD_GET_INFO, info, 0) >= 0;
    } finally {
      s.reset(mark);
    }
  }

  /** Every file the process has mapped, once. Empty for one that is just ending. */
  public static List<Mapping> mappings(int pid) throws IOException {
    Set<Mapping> found = new LinkedHashSet<>();
    String maps = text("/proc/" + pid + "/maps");
    for (int at = 0; at < maps.length(); ) {
      int end = maps.indexOf('\n', at);
      end = end < 0 ? maps.length() : end;
      Mapping mapping = mapping(maps.substring(at, end));
      if (mapping.inode() != 0) {
        found.add(mapping);
      }
      at = end + 1;
    }
    return List.copyOf(found);
  }

  /** "address perms offset major:minor inode path", numbers but the inode in hexadecimal. */
  private static Mapping mapping(String line) {
    int device = line.indexOf(' ', line.indexOf(' ', line.indexOf(' ') + 1) + 1) + 1;
    int colon = line.indexOf(':', device);
    int inode = line.indexOf(' ', colon) + 1;
    int end = line.indexOf(' ', inode);
    end = end < 0 ? line.length() : end;
    int major = Integer.parseInt(line, device, colon, 16);
    int minor = Integer.parseInt(line, colon + 1, inode - 1, 16);
    long number = Long.parseLong(line, inode, end, 10);
    return new Mapping(Descriptors.device(major, minor), number, line.substring(end).strip());
  }

  /**
   * All processes in the pid namespace of {@code pid}, itself included, not those in namespaces
   * below. Walks /proc: for verification, not for a start.
   */
  public static List<Integer> inPidNamespaceOf(int pid) throws IOException {
    String namespace = Descriptors.readLink("/proc/" + pid + "/ns/pid");
    List<Integer> pids = new ArrayList<>();
    try (Fd proc = Descriptors.open("/proc", Open.O_RDONLY | Open.O_DIRECTORY, 0)) {
      for (DirectoryEntry entry : Directories.readDirectory(proc)) {
        String name = entry.name();
        if (Character.isDigit(name.charAt(0)) && namespace.equals(namespaceOf(name))) {
          pids.add(Integer.parseInt(name));
        }
      }
    }
    return pids;
  }

  /**
   * The first processes of the pid namespaces right below ours, as far as they are in our user
   * namespace, each with the source of the overlay at its root (mountinfo's tenth field; proc(5)).
   * Others are left out. Walks /proc.
   */
  public static Map<Integer, String> rootsOfNamespaces() throws IOException {
    String ours = Descriptors.readLink("/proc/self/ns/pid");
    Map<Integer, String> found = new HashMap<>();
    try (Fd proc = Descriptors.open("/proc", Open.O_RDONLY | Open.O_DIRECTORY, 0)) {
      for (DirectoryEntry entry : Directories.readDirectory(proc)) {
        String name = entry.name();
        if (Character.isDigit(name.charAt(0)) && !ours.equals(namespaceOf(name))) {
          rootOfNamespace(name).ifPresent(source -> found.put(Integer.parseInt(name), source));
        }
      }
    }
    return found;
  }

  /** Empty for one that has just ended, is not the first process, or has no overlay as its root. */
  private static Optional<String> rootOfNamespace(String pid) throws IOException {
    String users = "/ns/user";
    String status;
    String mounts;
    try {
      status = text("/proc/" + pid + "/status");
      // Whoever made a user namespace can mount what looks like anything.
      if (!status.contains("\nNSpid:\t" + pid + "\t1\n")
          || !Descriptors.readLink("/proc/self" + users)
              .equals(Descriptors.readLink("/proc/" + pid + users))) {
        return Optional.empty();
      }
      mounts = text("/proc/" + pid + "/mountinfo");
    } catch (SyscallException e) {
      return Optional.empty();
    }
    // id parent device root point options [more] - type source options
    for (String line : mounts.split("\n", -1)) {
      String[] fields = line.split(" ", 6);
      int type = line.indexOf(" - overlay ");
      if (type > 0 && fields[3].equals("/") && fields[4].equals("/")) {
        return Optional.of(line.substring(type + 11).split(" ", 2)[0]);
      }
    }
    return Optional.empty();
  }

  /**
   * "" for a process that ended meanwhile, or that we may not look into (EACCES): root may look
   * into whatever it started, so that is none of ours.
   */
  private static String namespaceOf(String pid) throws SyscallException {
    try {
      return Descriptors.readLink("/proc/" + pid + "/ns/pid");
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ESRCH || e.errno() == Errno.EACCES) {
        return "";
      }
      throw e;
    }
  }

  private static String text(String path) throws IOException {
    try (Fd fd = Descriptors.open(path, Open.O_RDONLY, 0)) {
      return NativeText.decode(Descriptors.readAll(fd, PROC_LIMIT));
    }
  }
}
