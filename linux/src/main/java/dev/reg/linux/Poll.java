package dev.reg.linux;

/** ppoll(2) on one descriptor. */
public final class Poll {
  public static final int IN = 0x001;
  public static final int OUT = 0x004;
  public static final int ERR = 0x008;
  public static final int HUP = 0x010;
  public static final int RDHUP = 0x2000;

  private Poll() {}

  /**
   * Waits for one of {@code events} (ERR and HUP always count).
   *
   * @param milliseconds at most this long; 0 looks and returns, -1 waits without end
   * @return what is there, 0 when the time is over
   */
  public static int await(Fd fd, int events, int milliseconds) throws SyscallException {
    Scratch s = Scratch.get();
    long mark = s.mark();
    try {
      long poll = s.zeroed(8);
      s.putInt(poll, fd.number());
      s.putShort(poll + 4, (short) events);
      long time = 0;
      if (milliseconds >= 0) {
        time = s.zeroed(16);
        s.putLong(time, milliseconds / 1000);
        s.putLong(time + 8, milliseconds % 1000 * 1_000_000L);
      }
      Descriptors.check(Kernel.call(s, Sys.PPOLL, poll, 1, time, 0, 8, 0), "ppoll", fd);
      return s.getShort(poll + 6) & 0xFFFF;
    } finally {
      s.reset(mark);
    }
  }
}
