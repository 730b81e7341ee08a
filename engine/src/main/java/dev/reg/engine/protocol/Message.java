package dev.reg.engine.protocol;

import dev.reg.linux.Fd;
import dev.reg.linux.NativeText;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * One received logical message and a reader over its payload. Every read is checked against the
 * end; the descriptors belong to the taker of the message.
 */
public final class Message implements AutoCloseable {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.nativeOrder());

  private final int type;
  private final int arg;
  private final byte[] bytes;
  private final List<Fd> fds;
  private int at;

  Message(int type, int arg, byte[] bytes, int at, List<Fd> fds) {
    this.type = type;
    this.arg = arg;
    this.bytes = bytes;
    this.at = at;
    this.fds = fds;
  }

  static int intAt(byte[] bytes, int offset) {
    return (int) INT.get(bytes, offset);
  }

  public int type() {
    return type;
  }

  public int arg() {
    return arg;
  }

  public List<Fd> fds() {
    return fds;
  }

  /** Payload bytes not read yet. */
  public int remaining() {
    return bytes.length - at;
  }

  public int u32() throws ProtocolException {
    need(4);
    int value = intAt(bytes, at);
    at += 4;
    return value;
  }

  public int u16() throws ProtocolException {
    need(2);
    int value = (short) SHORT.get(bytes, at) & 0xFFFF;
    at += 2;
    return value;
  }

  /** A string of exactly this many bytes. */
  public String text(int length) throws ProtocolException {
    need(length);
    String s = NativeText.decode(bytes, at, length);
    at += length;
    return s;
  }

  /** A string that ends in NUL. */
  public String string() throws ProtocolException {
    for (int end = at; end < bytes.length; end++) {
      if (bytes[end] == 0) {
        String s = NativeText.decode(bytes, at, end - at);
        at = end + 1;
        return s;
      }
    }
    throw new ProtocolException("a string without an end in a message of type " + type);
  }

  /** All that is left. */
  public byte[] bytes() {
    byte[] rest = Arrays.copyOfRange(bytes, at, bytes.length);
    at = bytes.length;
    return rest;
  }

  /** Refuses what should not be there. */
  public void end() throws ProtocolException {
    if (at != bytes.length) {
      throw new ProtocolException("a message of type " + type + " is too long");
    }
  }

  private void need(int count) throws ProtocolException {
    if (remaining() < count) {
      throw new ProtocolException("a message of type " + type + " is too short");
    }
  }

  /** Closes the descriptors that nobody has released. */
  @Override
  public void close() {
    if (!fds.isEmpty()) {
      Fd.closeAll(fds);
    }
  }
}
