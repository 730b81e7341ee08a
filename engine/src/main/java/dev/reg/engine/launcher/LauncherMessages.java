package dev.reg.engine.launcher;

import dev.reg.engine.protocol.Message;
import dev.reg.engine.protocol.Packet;
import dev.reg.engine.protocol.ProtocolException;
import dev.reg.engine.protocol.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/** What the launcher is told and says, as bytes: docs/protocol.md, second part. */
final class LauncherMessages {
  /** A START longer than this carries its plan in a memfd. */
  static final int INLINE_MAX = 60_000;

  /** One descriptor of a message may be the plan's memfd. */
  static final int FDS_MAX = Wire.MESSAGE_FDS - 1;

  private LauncherMessages() {}

  /**
   * A START without its plan.
   *
   * @param room bytes of the plan that follow in the same message
   */
  static Packet start(int slot, int flags, int planLength, byte[] id, int room) {
    return new Packet(Wire.LAUNCHER_START, slot, 8 + id.length + room)
        .u32(flags)
        .u32(planLength)
        .bytes(id);
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
    boolean adopted = message.u32() != 0;
    Launcher.State known =
        switch (state) {
          case Wire.STATE_STARTING -> Launcher.State.STARTING;
          case Wire.STATE_RUNNING -> Launcher.State.RUNNING;
          case Wire.STATE_EXITED -> Launcher.State.EXITED;
          case Wire.STATE_GONE -> Launcher.State.GONE;
          case Wire.STATE_FAILED -> Launcher.State.FAILED;
          default -> throw new ProtocolException("the launcher sent state " + state);
        };
    return new Launcher.Item(message.arg(), id, pid, known, code, adopted);
  }

  /** −1 is unknown. */
  static OptionalInt code(int value) {
    return value < 0 ? OptionalInt.empty() : OptionalInt.of(value);
  }
}
