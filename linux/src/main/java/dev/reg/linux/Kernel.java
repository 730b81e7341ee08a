package dev.reg.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The one downcall: libc's {@code syscall(2)} with six arguments, errno captured in the same
 * transition (the JVM may overwrite it on the way back otherwise).
 *
 * <p>One handle instead of one per function, because linking a handle costs about 3 ms at start-up
 * and none of them is in the AOT cache.
 */
final class Kernel {
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  static final long STATE_SIZE = STATE.byteSize();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle SYSCALL = link();

  private static final int EINTR = 4;

  private Kernel() {}

  @SuppressWarnings("restricted") // the point of this class; --enable-native-access allows it
  private static MethodHandle link() {
    Linker linker = Linker.nativeLinker();
    MemorySegment symbol =
        linker
            .defaultLookup()
            .find("syscall")
            .orElseThrow(() -> new ExceptionInInitializerError("libc has no syscall function"));
    ValueLayout l = JAVA_LONG;
    return linker.downcallHandle(
        symbol,
        FunctionDescriptor.of(l, l, l, l, l, l, l, l),
        Linker.Option.firstVariadicArg(1),
        Linker.Option.captureCallState("errno"));
  }

  /** The result, or {@code -errno}; EINTR is retried. */
  static long call(Scratch s, int number, long a, long b, long c, long d, long e, long f) {
    while (true) {
      long result = once(s, number, a, b, c, d, e, f);
      if (result != -EINTR) {
        return result;
      }
    }
  }

  static long call(Scratch s, int number, long a, long b, long c, long d) {
    return call(s, number, a, b, c, d, 0, 0);
  }

  static long call(Scratch s, int number, long a, long b) {
    return call(s, number, a, b, 0, 0, 0, 0);
  }

  /** As {@link #call}, but EINTR is returned: for close, which must not be repeated. */
  static long once(Scratch s, int number, long a, long b, long c, long d, long e, long f) {
    try {
      long result = (long) SYSCALL.invokeExact(s.state, (long) number, a, b, c, d, e, f);
      return result == -1 ? -(long) (int) ERRNO.get(s.state, 0L) : result;
    } catch (Throwable t) {
      throw new AssertionError("syscall " + number, t);
    }
  }
}
