package dev.reg.engine.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A plan as text. */
final class PlanPrinter {
  private PlanPrinter() {}

  static String print(Plan plan) {
    return plan.operations().stream()
        .map(PlanPrinter::line)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String line(SetupOp operation) {
    return switch (operation) {
      case SetupOp.ControlGroup op -> "cgroup #" + op.fd();
      case SetupOp.Stdio op -> "stdio in=#" + op.in() + " out=#" + op.out() + " err=#" + op.err();
      case SetupOp.Root op -> "root #" + op.fd();
      case SetupOp.Mount op -> "mount #" + op.fd() + " " + op.path() + flags(op.flags());
      case SetupOp.FsMount op ->
          "fsmount "
              + op.type()
              + " "
              + op.path()
              + (op.data().isEmpty() ? "" : " " + op.data())
              + mountFlags(op.mountFlags())
              + flags(op.flags());
      case SetupOp.Fixture op -> "fixture " + op.kind() + " " + op.path();
      case SetupOp.Mask op -> "mask " + op.path();
      case SetupOp.Protect op -> "protect " + op.path();
      case SetupOp.ReadOnly op -> "readonly " + op.path();
      case SetupOp.Hostname op -> "hostname " + op.name();
      case SetupOp.Workdir op -> "workdir " + op.path() + (op.make() ? " [make]" : "");
      case SetupOp.ResourceLimit op ->
          "rlimit " + op.resource() + " " + op.soft() + ":" + op.hard();
      case SetupOp.User op -> "user " + user(op);
      case SetupOp.Rights op -> "rights of " + user(op.user());
      case SetupOp.Capabilities op -> "capabilities 0x" + Long.toHexString(op.mask());
      case SetupOp.NoNewPrivileges op -> "no_new_privs";
      case SetupOp.ExitFile op -> "exitfile #" + op.fd();
      case SetupOp.Terminal op ->
          "terminal #" + op.fd() + " " + op.columns() + "x" + op.rows() + streams(op.streams());
      case SetupOp.Exec op -> "exec " + op.argv() + "\n  " + String.join("\n  ", op.environment());
    };
  }

  private static String user(SetupOp.User user) {
    return Integer.toUnsignedString(user.uid())
        + ":"
        + Integer.toUnsignedString(user.gid())
        + " "
        + user.groups().stream().map(Integer::toUnsignedString).toList();
  }

  private static String flags(int flags) {
    List<String> names = new ArrayList<>();
    add(names, flags, SetupOp.MAKE_DIRECTORIES, "make directories");
    add(names, flags, SetupOp.MAKE_FILE, "make file");
    add(names, flags, SetupOp.FOLLOW_LINKS, "follow links");
    return names.isEmpty() ? "" : " " + names;
  }

  private static String streams(int streams) {
    List<String> names = new ArrayList<>();
    add(names, streams, SetupOp.Terminal.INPUT, "in");
    add(names, streams, SetupOp.Terminal.OUTPUT, "out");
    add(names, streams, SetupOp.Terminal.ERROR, "err");
    return " " + names;
  }

  private static String mountFlags(int flags) {
    List<String> names = new ArrayList<>();
    add(names, flags, MountFlags.RDONLY, "ro");
    add(names, flags, MountFlags.NOSUID, "nosuid");
    add(names, flags, MountFlags.NODEV, "nodev");
    add(names, flags, MountFlags.NOEXEC, "noexec");
    return names.isEmpty() ? "" : " " + String.join(",", names);
  }

  private static void add(List<String> names, int flags, int flag, String name) {
    if ((flags & flag) != 0) {
      names.add(name);
    }
  }
}
