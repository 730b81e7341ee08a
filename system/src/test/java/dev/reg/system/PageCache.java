package dev.reg.system;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Which pages of files are in memory: mincore(2), which brings none in by looking. */
@SuppressWarnings("restricted")
final class PageCache {
  /** Bytes. */
  static final int PAGE = 4096;

  private static final MethodHandle MINCORE =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().find("mincore").orElseThrow(),
              FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS));

  private PageCache() {}

  /**
   * How much of a file is in memory.
   *
   * @return pages that are not
   */
  static int missing(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      long pages = (channel.size() + PAGE - 1) / PAGE;
      MemorySegment vector = arena.allocate(pages);
      int result;
      try {
        result = (int) MINCORE.invokeExact(mapped, mapped.byteSize(), vector);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
      if (result != 0) {
        throw new AssertionError("mincore failed for " + file);
      }
      int missing = 0;
      for (long page = 0; page < pages; page++) {
        missing += 1 - (vector.get(JAVA_BYTE, page) & 1);
      }
      return missing;
    }
  }
}
