package dev.reg.linux;

/**
 * System call numbers of the machine we run on: {@code asm/unistd_64.h} for x86-64, {@code
 * asm-generic/unistd.h} for aarch64. From 424 on all architectures share one numbering.
 */
final class Sys {
  private static final boolean X86_64 = x86();

  static final int READ = of(0, 63);
  static final int WRITE = of(1, 64);
  static final int CLOSE = of(3, 57);
  static final int LSEEK = of(8, 62);
  static final int IOCTL = of(16, 29);
  static final int GETPID = of(39, 172);
  static final int SOCKET = of(41, 198);
  static final int CONNECT = of(42, 203);
  static final int SENDMSG = of(46, 211);
  static final int RECVMSG = of(47, 212);
  static final int SHUTDOWN = of(48, 210);
  static final int BIND = of(49, 200);
  static final int LISTEN = of(50, 201);
  static final int GETSOCKNAME = of(51, 204);
  static final int SOCKETPAIR = of(53, 199);
  static final int SETSOCKOPT = of(54, 208);
  static final int GETSOCKOPT = of(55, 209);
  static final int FCNTL = of(72, 25);
  static final int FLOCK = of(73, 32);
  static final int FSYNC = of(74, 82);
  static final int FGETXATTR = of(193, 10);
  static final int FCHMOD = of(91, 52);
  static final int FCHOWN = of(93, 55);
  static final int FCHOWNAT = of(260, 54);
  static final int UMASK = of(95, 166);
  static final int GETUID = of(102, 174);
  static final int FSTATFS = of(138, 44);
  static final int GETDENTS64 = of(217, 61);
  static final int EPOLL_CTL = of(233, 21);
  static final int OPENAT = of(257, 56);
  static final int MKDIRAT = of(258, 34);
  static final int UNLINKAT = of(263, 35);
  static final int LINKAT = of(265, 37);
  static final int SYMLINKAT = of(266, 36);
  static final int READLINKAT = of(267, 78);
  static final int PPOLL = of(271, 73);
  static final int EPOLL_PWAIT = of(281, 22);
  static final int ACCEPT4 = of(288, 242);
  static final int EVENTFD2 = of(290, 19);
  static final int EPOLL_CREATE1 = of(291, 20);
  static final int PIPE2 = of(293, 59);
  static final int FANOTIFY_INIT = of(300, 262);
  static final int FANOTIFY_MARK = of(301, 263);
  static final int PRLIMIT64 = of(302, 261);
  static final int SYNCFS = of(306, 267);
  static final int RENAMEAT2 = of(316, 276);
  static final int MEMFD_CREATE = of(319, 279);
  static final int STATX = of(332, 291);
  static final int UMOUNT2 = of(166, 39);
  static final int PIDFD_SEND_SIGNAL = 424;
  static final int OPEN_TREE = 428;
  static final int MOVE_MOUNT = 429;
  static final int FSOPEN = 430;
  static final int FSCONFIG = 431;
  static final int FSMOUNT = 432;
  static final int PIDFD_OPEN = 434;
  static final int CLONE3 = 435;
  static final int OPENAT2 = 437;
  static final int MOUNT_SETATTR = 442;

  private Sys() {}

  /** epoll_event is packed on x86-64 only (12 bytes, elsewhere 16): eventpoll.h. */
  static boolean packsEpollEvents() {
    return X86_64;
  }

  private static int of(int x86, int generic) {
    return X86_64 ? x86 : generic;
  }

  private static boolean x86() {
    String arch = System.getProperty("os.arch");
    return switch (arch) {
      case "amd64", "x86_64" -> true;
      case "aarch64" -> false;
      default -> throw new ExceptionInInitializerError("no system call table for " + arch);
    };
  }
}
