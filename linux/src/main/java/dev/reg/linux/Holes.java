package dev.reg.linux;

/**
 * Where a file has data: {@code lseek(2)} with SEEK_DATA and SEEK_HOLE. Moves the file's offset.
 */
public final class Holes {
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private Holes() {}

  /** The first byte of data at or after {@code from}; -1 when there is none up to the end. */
  public static long nextData(Fd file, long from) throws SyscallException {
    try {
      return seek(file, from, SEEK_DATA);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENXIO) {
        return -1;
      }
      throw e;
    }
  }

  /** The end of the data that {@code from} is in; a file ends in a hole. */
  public static long nextHole(Fd file, long from) throws SyscallException {
    return seek(file, from, SEEK_HOLE);
  }

  private static long seek(Fd file, long from, int whence) throws SyscallException {
    return Descriptors.check(
        Kernel.call(Scratch.get(), Sys.LSEEK, file.number(), from, whence, 0), "lseek", file);
  }
}
