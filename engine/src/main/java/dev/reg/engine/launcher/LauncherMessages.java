package dev.reg.engine.launcher;

import dev.reg.engine.protocol.Channel;
import dev.reg.engine.protocol.Message;
import dev.reg.engine.protocol.Packet;
import dev.reg.engine.protocol.ProtocolException;
import dev.reg.engine.protocol.Wire;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What the launcher is told and says, as bytes: docs/protocol.md, second part. */
final class LauncherMessages {
  /** A START longer than this carries its plan in a memfd. */
  static final int INLINE_MAX = 60_000;

  /** Two descriptors of a message may be the plan's memfd and a control group. */
  static final int FDS_MAX = Wire.MESSAGE_FDS - 2;

  private LauncherMessages() {}

  /** Puts together what comes before a START's plan. */
  interface Start {
    /**
     * The message, but for its plan.
     *
     * @param more flags besides its own
     * @param room bytes of the plan that follow in the same message
     */
    Packet with(int more, int planLength, int room);

    /**
     * Sends it with its plan, in a memfd when that is too long for a message.
     *
     * @param fds as the plan numbers them
     * @param group a version 2 control group to be born in, if any
     */
    default void send(Connection to, byte[] plan, List<Fd> fds, @Nullable Fd group)
        throws IOException {
      if (fds.size() > FDS_MAX) {
        throw new IllegalArgumentException(fds.size() + " descriptors for one container");
      }
      int flags = group == null ? 0 : Wire.START_CGROUP;
      if (plan.length <= INLINE_MAX) {
        Packet packet = with(flags, plan.length, plan.length);
        to.get().send(packet.bytes(plan), group == null ? fds : before(List.of(group), fds));
        return;
      }
      try (Fd memfd = Descriptors.memfd("plan", plan)) {
        List<Fd> first = group == null ? List.of(memfd) : List.of(memfd, group);
        to.get().send(with(flags | Wire.START_MEMFD, plan.length, 0), before(first, fds));
      }
    }
  }

  /** The connection to the launcher, which may have to be waited for. */
  interface Connection {
    Channel get() throws IOException;
  }

  private static List<Fd> before(List<Fd> first, List<Fd> fds) {
    List<Fd> all = new ArrayList<>(first.size() + fds.size());
    all.addAll(first);
    all.addAll(fds);
    return all;
  }

  /** Of a container. */
  static Start start(int slot, int flags, String containerId) {
    byte[] id = id(containerId);
    return (more, planLength, room) ->
        new Packet(Wire.LAUNCHER_START, slot, 8 + id.length + room)
            .u32(flags | more)
            .u32(planLength)
            .bytes(id);
  }

  /** Of a process in the container of a slot. */
  static Start join(int slot, int container, String processId) {
    Start start = start(slot, Wire.START_JOIN, processId);
    return (more, planLength, room) -> start.with(more, planLength, room + 4).u32(container);
  }

  /** What a launcher says of itself. ProtocolException for a later version than ours. */
  static Launcher.Identity identity(@Nullable Message hello) throws IOException {
    if (hello == null || hello.type() != Wire.LAUNCHER_HELLO) {
      throw new ProtocolException("the launcher did not say hello");
    }
    if (hello.arg() < 1 || hello.arg() > Wire.LAUNCHER_VERSION) {
      throw new ProtocolException(
          "the running launcher speaks version "
              + hello.arg()
              + " of the protocol, this engine "
              + Wire.LAUNCHER_VERSION
              + ": stop its containers, then kill it");
    }
    return new Launcher.Identity(hello.u32(), hello.u32(), hello.string(), hello.arg());
  }

  /** An id's 64 bytes. */
  static byte[] id(String containerId) {
    byte[] id = containerId.getBytes(StandardCharsets.US_ASCII);
    if (id.length != Wire.CONTAINER_ID_SIZE) {
      throw new IllegalArgumentException("not a container id: " + containerId);
    }
    return id;
  }

  /** Reads the rest of an ITEM. */
  static Launcher.Item item(Message message) throws IOException {
    String id = message.text(Wire.CONTAINER_ID_SIZE);
    int pid = message.u32();
    int state = message.u32();
    OptionalInt code = code(message.u32());
    int flags = message.u32();
    Launcher.State known =
        switch (state) {
          case Wire.STATE_STARTING -> Launcher.State.STARTING;
          case Wire.STATE_RUNNING -> Launcher.State.RUNNING;
          case Wire.STATE_EXITED -> Launcher.State.EXITED;
          case Wire.STATE_GONE -> Launcher.State.GONE;
          case Wire.STATE_FAILED -> Launcher.State.FAILED;
          default -> throw new ProtocolException("the launcher sent state " + state);
        };
    return new Launcher.Item(
        message.arg(),
        id,
        pid,
        known,
        code,
        (flags & Wire.SLOT_ADOPTED) != 0,
        (flags & Wire.SLOT_JOINED) != 0);
  }

  /** −1 is unknown. */
  static OptionalInt code(int value) {
    return value < 0 ? OptionalInt.empty() : OptionalInt.of(value);
  }
}
