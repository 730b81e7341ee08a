package dev.reg.engine.plan;

import dev.reg.linux.NativeText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Writes a plan as docs/protocol.md has it: host byte order, each operation padded to 4 bytes. */
public final class PlanEncoder {
  private static final int HEADER = 8;
  private static final int ALIGN = 4;
  private static final int EXEC_DESCRIPTOR = 1;

  private ByteBuffer out = ByteBuffer.allocate(2048).order(ByteOrder.nativeOrder());

  private PlanEncoder() {}

  public static byte[] encode(Plan plan) {
    PlanEncoder encoder = new PlanEncoder();
    for (SetupOp operation : plan.operations()) {
      encoder.add(operation);
    }
    return Arrays.copyOf(encoder.out.array(), encoder.out.position());
  }

  private void add(SetupOp operation) {
    room(HEADER);
    int start = out.position();
    out.position(start + HEADER);
    int flags = 0;
    int code =
        switch (operation) {
          case SetupOp.Stdio op -> {
            number(op.in());
            number(op.out());
            number(op.err());
            yield 1;
          }
          case SetupOp.Root op -> {
            number(op.fd());
            yield 2;
          }
          case SetupOp.Mount op -> {
            flags = op.flags();
            number(op.fd());
            text(op.path());
            yield 3;
          }
          case SetupOp.FsMount op -> {
            flags = op.flags();
            number(op.mountFlags());
            text(op.type());
            text(op.path());
            text(op.data());
            yield 4;
          }
          case SetupOp.Fixture op -> {
            number(op.kind().code);
            text(op.path());
            yield 5;
          }
          case SetupOp.Mask op -> {
            text(op.path());
            yield 6;
          }
          case SetupOp.Protect op -> {
            text(op.path());
            yield 7;
          }
          case SetupOp.ReadOnly op -> {
            text(op.path());
            yield 8;
          }
          case SetupOp.Hostname op -> {
            text(op.name());
            yield 9;
          }
          case SetupOp.Workdir op -> {
            flags = op.make() ? 1 : 0;
            text(op.path());
            yield 10;
          }
          case SetupOp.ResourceLimit op -> {
            number(op.resource());
            wide(op.soft());
            wide(op.hard());
            yield 11;
          }
          case SetupOp.User op -> {
            user(op);
            yield 12;
          }
          case SetupOp.Rights op -> {
            user(op.user());
            yield 20;
          }
          case SetupOp.Capabilities op -> {
            wide(op.mask());
            yield 13;
          }
          case SetupOp.NoNewPrivileges op -> 14;
          case SetupOp.ExitFile op -> {
            number(op.fd());
            yield 15;
          }
          case SetupOp.Exec op -> {
            Integer program = op.fd();
            if (program != null) {
              flags = EXEC_DESCRIPTOR;
              number(program);
            }
            number(op.argv().size());
            number(op.environment().size());
            texts(op.argv());
            texts(op.environment());
            yield 16;
          }
          case SetupOp.Terminal op -> {
            flags = op.streams();
            number(op.fd());
            half(op.rows());
            half(op.columns());
            yield 17;
          }
          case SetupOp.ControlGroup op -> {
            number(op.fd());
            yield 18;
          }
        };
    finish(start, code, flags);
  }

  private void finish(int start, int code, int flags) {
    int length = out.position() - start - HEADER;
    out.putShort(start, (short) code);
    out.putShort(start + 2, (short) flags);
    out.putInt(start + 4, length);
    int padding = -length & (ALIGN - 1);
    room(padding);
    for (int i = 0; i < padding; i++) {
      out.put((byte) 0);
    }
  }

  private void user(SetupOp.User user) {
    number(user.uid());
    number(user.gid());
    number(user.groups().size());
    user.groups().forEach(this::number);
  }

  private void number(int value) {
    room(Integer.BYTES);
    out.putInt(value);
  }

  private void half(int value) {
    room(Short.BYTES);
    out.putShort((short) value);
  }

  private void wide(long value) {
    room(Long.BYTES);
    out.putLong(value);
  }

  private void texts(List<String> texts) {
    for (String text : texts) {
      text(text);
    }
  }

  private void text(String text) {
    byte[] bytes = NativeText.encode(text);
    room(bytes.length + 1);
    out.put(bytes).put((byte) 0);
  }

  private void room(int size) {
    if (out.remaining() < size) {
      int capacity = Math.max(out.capacity() * 2, out.position() + size);
      ByteBuffer larger = ByteBuffer.allocate(capacity).order(ByteOrder.nativeOrder());
      out = larger.put(out.flip());
    }
  }
}
