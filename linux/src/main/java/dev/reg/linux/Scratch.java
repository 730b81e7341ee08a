package dev.reg.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A thread's own native memory for system call arguments: a small stack for structures and strings,
 * and on first use a buffer of {@value #BULK} bytes for data. Nothing is allocated per call.
 *
 * <p>Usage: {@code Scratch s = Scratch.get(); long mark = s.mark(); try { … } finally {
 * s.reset(mark); }}. The bulk buffer belongs to the innermost method that uses it; it must not be
 * held across a call of another.
 */
final class Scratch {
  /** Bytes of the stack: two paths of 4096 and room for structures. */
  private static final int STACK = 12 * 1024;

  /** Bytes of the data buffer: one message of the protocols. */
  static final int BULK = 65536;

  private static final ThreadLocal<Scratch> LOCAL = ThreadLocal.withInitial(Scratch::new);

  final MemorySegment state;
  private final Arena arena;
  private final MemorySegment stack;
  private final long base;
  private long top;
  private @Nullable MemorySegment bulk;

  private Scratch() {
    // Automatic: freed with the thread, which for a confined arena nobody could do.
    arena = Arena.ofAuto();
    state = arena.allocate(Math.max(8, Kernel.STATE_SIZE), 8);
    stack = arena.allocate(STACK, 16);
    base = stack.address();
  }

  static Scratch get() {
    return LOCAL.get();
  }

  long mark() {
    return top;
  }

  void reset(long mark) {
    top = mark;
  }

  MemorySegment bulk() {
    MemorySegment b = bulk;
    if (b == null) {
      b = arena.allocate(BULK, 16);
      bulk = b;
    }
    return b;
  }

  /** The address of {@code size} zeroed bytes, aligned to 8. */
  long zeroed(long size) {
    long at = take(size);
    stack.asSlice(at, size).fill((byte) 0);
    return base + at;
  }

  /** The address of a NUL-terminated string. */
  long string(String s) {
    byte[] bytes = NativeText.encodePath(s);
    long at = take(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, stack, JAVA_BYTE, at, bytes.length);
    stack.set(JAVA_BYTE, at + bytes.length, (byte) 0);
    return base + at;
  }

  private long take(long size) {
    long at = top;
    long next = (at + size + 7) & ~7L;
    if (next > STACK) {
      throw new IllegalArgumentException("system call arguments of more than " + STACK + " bytes");
    }
    top = next;
    return at;
  }

  void putInt(long address, int value) {
    stack.set(JAVA_INT_UNALIGNED, address - base, value);
  }

  void putLong(long address, long value) {
    stack.set(JAVA_LONG_UNALIGNED, address - base, value);
  }

  void putShort(long address, short value) {
    stack.set(JAVA_SHORT_UNALIGNED, address - base, value);
  }

  int getInt(long address) {
    return stack.get(JAVA_INT_UNALIGNED, address - base);
  }

  long getLong(long address) {
    return stack.get(JAVA_LONG_UNALIGNED, address - base);
  }

  short getShort(long address) {
    return stack.get(JAVA_SHORT_UNALIGNED, address - base);
  }

  void putBytes(long address, byte[] bytes) {
    MemorySegment.copy(bytes, 0, stack, JAVA_BYTE, address - base, bytes.length);
  }
}
