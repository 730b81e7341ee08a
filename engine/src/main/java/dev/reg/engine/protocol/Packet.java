package dev.reg.engine.protocol;

import dev.reg.linux.NativeText;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A logical message being put together: header, then fields in host byte order. */
public final class Packet {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private byte[] bytes;
  private int length = Wire.HEADER_SIZE;

  /** A message of this type; {@code room} is how many payload bytes are expected. */
  public Packet(int type, int arg, int room) {
    bytes = new byte[Wire.HEADER_SIZE + room];
    INT.set(bytes, 0, type);
    INT.set(bytes, 4, arg);
  }

  public Packet u32(int value) {
    grow(4);
    INT.set(bytes, length, value);
    length += 4;
    return this;
  }

  public Packet bytes(byte[] from) {
    return bytes(from, 0, from.length);
  }

  public Packet bytes(byte[] from, int offset, int count) {
    grow(count);
    System.arraycopy(from, offset, bytes, length, count);
    length += count;
    return this;
  }

  /** A string and its NUL; IllegalArgumentException when it contains one. */
  public Packet string(String s) {
    if (s.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a string of the protocol contains a NUL");
    }
    bytes(NativeText.encode(s));
    grow(1);
    bytes[length++] = 0;
    return this;
  }

  private void grow(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
    }
  }

  /** The message; its first {@link #length} bytes count. */
  byte[] array() {
    return bytes;
  }

  int length() {
    return length;
  }
}
