package dev.reg.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 by the host's libcrypto (OpenSSL 3), with the processor's instructions for it: more than
 * ten times as fast as Java's, which only the second compiler replaces by these. Loading it takes
 * some milliseconds, once a process: for contents of files, not for texts. Not for use by several
 * threads.
 */
public final class HostSha256 extends MessageDigest {
  private static final String LIBRARY = "libcrypto.so.3";
  private static final int DIGEST_BYTES = 32;

  /**
   * Bytes of one call, some ten microseconds: a thread in a critical call comes to no safepoint,
   * and all others wait for it there.
   */
  static final int SLICE = 65_536;

  /** SHA256_CTX of openssl/sha.h has 112. */
  private static final int CONTEXT_LONGS = 16;

  private final MemorySegment context = MemorySegment.ofArray(new long[CONTEXT_LONGS]);
  private final Functions functions;

  /** SHA256_Init(3) and its like; each returns 1. */
  private record Functions(MethodHandle init, MethodHandle update, MethodHandle end) {
    private static final @Nullable Functions HOST = load();

    /** Null when there is no such library, or it was built without these functions. */
    @SuppressWarnings("restricted") // what --enable-native-access is given for
    private static @Nullable Functions load() {
      SymbolLookup library;
      try {
        library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
      } catch (IllegalArgumentException e) {
        return null;
      }
      Optional<MemorySegment> init = library.find("SHA256_Init");
      Optional<MemorySegment> update = library.find("SHA256_Update");
      Optional<MemorySegment> end = library.find("SHA256_Final");
      if (init.isEmpty() || update.isEmpty() || end.isEmpty()) {
        return null;
      }
      return new Functions(
          handle(init.get(), ADDRESS),
          handle(update.get(), ADDRESS, ADDRESS, JAVA_LONG),
          handle(end.get(), ADDRESS, ADDRESS));
    }

    /** Critical: it is given Java's own arrays; see {@link #SLICE}. */
    @SuppressWarnings("restricted")
    private static MethodHandle handle(MemorySegment function, MemoryLayout... parameters) {
      return Linker.nativeLinker()
          .downcallHandle(
              function, FunctionDescriptor.of(JAVA_INT, parameters), Linker.Option.critical(true));
    }
  }

  private HostSha256(Functions functions) {
    super("SHA-256");
    this.functions = functions;
    begin();
  }

  /** A fresh one; empty on a host without that library. */
  public static Optional<MessageDigest> create() {
    Functions host = Functions.HOST;
    return host == null ? Optional.empty() : Optional.of(new HostSha256(host));
  }

  private void begin() {
    try {
      check((int) functions.init.invokeExact(context));
    } catch (Throwable t) {
      throw new AssertionError("SHA256_Init", t);
    }
  }

  private static void check(int result) {
    if (result != 1) {
      throw new IllegalStateException(LIBRARY + " refuses to compute a SHA-256");
    }
  }

  @Override
  protected int engineGetDigestLength() {
    return DIGEST_BYTES;
  }

  @Override
  protected void engineUpdate(byte input) {
    engineUpdate(new byte[] {input}, 0, 1);
  }

  @Override
  protected void engineUpdate(byte[] input, int offset, int length) {
    MemorySegment bytes = MemorySegment.ofArray(input).asSlice(offset, length);
    for (int done = 0; done < length; done += SLICE) {
      long n = Math.min(SLICE, length - done);
      try {
        check((int) functions.update.invokeExact(context, bytes.asSlice(done, n), n));
      } catch (Throwable t) {
        throw new AssertionError("SHA256_Update", t);
      }
    }
  }

  @Override
  protected byte[] engineDigest() {
    byte[] digest = new byte[DIGEST_BYTES];
    try {
      check((int) functions.end.invokeExact(MemorySegment.ofArray(digest), context));
    } catch (Throwable t) {
      throw new AssertionError("SHA256_Final", t);
    }
    begin();
    return digest;
  }

  @Override
  protected void engineReset() {
    begin();
  }
}
