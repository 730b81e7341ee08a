package dev.reg.system;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A terminal as an emulator has it: what is typed goes in, what is shown is kept. Programs begin in
 * a session that it controls.
 */
@SuppressWarnings("restricted") // native calls are what this is for
final class PseudoTerminal implements AutoCloseable {
  private static final int O_RDWR = 2;
  private static final int O_NOCTTY = 0x100;
  private static final int O_CLOEXEC = 0x80000;
  private static final long TIOCSWINSZ = 0x5414;

  /** Of glibc's struct termios: four flag words, the line discipline and the control characters. */
  private static final int SETTINGS = 4 * 4 + 1 + 32;

  private static final MethodHandle OPEN_MASTER =
      function("posix_openpt", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle GRANT =
      function("grantpt", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle UNLOCK =
      function("unlockpt", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle NAME =
      function("ptsname_r", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle OPEN =
      variadic("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), 2);
  private static final MethodHandle READ =
      function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle WRITE =
      function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle IOCTL =
      variadic("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);
  private static final MethodHandle SETTINGS_OF =
      function("tcgetattr", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final Arena arena = Arena.ofShared();
  private final int master;

  /** Kept open: else reading the master fails whenever no program has the terminal open. */
  private final int side;

  private final String path;
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private final List<Process> started = new ArrayList<>();
  private final Thread reader = Thread.ofPlatform().daemon().unstarted(this::read);
  private int seen;

  PseudoTerminal(int rows, int columns) {
    master = number(call(OPEN_MASTER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    number(call(GRANT, master));
    number(call(UNLOCK, master));
    MemorySegment name = arena.allocate(64);
    if (number(call(NAME, master, name, name.byteSize())) != 0) {
      throw new AssertionError("a terminal without a name");
    }
    path = name.getString(0);
    side = number(call(OPEN, name, O_RDWR | O_NOCTTY | O_CLOEXEC, 0));
    resize(rows, columns);
    reader.start();
  }

  private static MethodHandle function(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }

  private static MethodHandle variadic(String name, FunctionDescriptor type, int fixed) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), type, Linker.Option.firstVariadicArg(fixed));
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static int number(Object result) {
    int value = (Integer) result;
    if (value < 0) {
      throw new AssertionError("a call about a terminal failed");
    }
    return value;
  }

  /** Begins a program as the leader of a session on this terminal. */
  Process start(Path directory, Map<String, String> environment, String... command) {
    List<String> words = new ArrayList<>(List.of("setsid", "--ctty"));
    words.addAll(List.of(command));
    File file = new File(path);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(directory.toFile())
            .redirectInput(file)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(file))
            .redirectError(ProcessBuilder.Redirect.appendTo(file));
    builder.environment().remove("REG_HOST");
    builder.environment().put("TERM", "xterm-256color");
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      started.add(process);
      return process;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  void type(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (Arena call = Arena.ofConfined()) {
      MemorySegment from = call.allocateFrom(JAVA_BYTE, bytes);
      if ((Long) call(WRITE, master, from, (long) bytes.length) != bytes.length) {
        throw new AssertionError("the terminal did not take what was typed");
      }
    }
  }

  void resize(int rows, int columns) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment size = call.allocate(8);
      size.set(JAVA_SHORT, 0, (short) rows);
      size.set(JAVA_SHORT, 2, (short) columns);
      number(call(IOCTL, master, TIOCSWINSZ, size));
    }
  }

  /** All settings that tcgetattr(3) tells, as text to compare. */
  String settings() {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment settings = call.allocate(128);
      number(call(SETTINGS_OF, side, settings));
      return HexFormat.of().formatHex(settings.asSlice(0, SETTINGS).toArray(JAVA_BYTE));
    }
  }

  private void read() {
    MemorySegment to = arena.allocate(1 << 16);
    while (true) {
      long n = (Long) call(READ, master, to, to.byteSize());
      if (n <= 0) {
        return;
      }
      synchronized (shown) {
        shown.writeBytes(to.asSlice(0, n).toArray(JAVA_BYTE));
      }
    }
  }

  /** What was shown and not awaited yet. */
  String news() {
    byte[] all = all();
    return StandardCharsets.UTF_8.decode(ByteBuffer.wrap(all, seen, all.length - seen)).toString();
  }

  byte[] all() {
    synchronized (shown) {
      return shown.toByteArray();
    }
  }

  /**
   * Waits until this is among the news; returns them up to its end, which are none from then on.
   */
  String await(String text) {
    Await.until(() -> news().contains(text), () -> "\"" + text + "\" is not in: " + news());
    String news = news();
    String upTo = news.substring(0, news.indexOf(text) + text.length());
    seen += upTo.getBytes(StandardCharsets.UTF_8).length;
    return upTo;
  }

  @Override
  public void close() {
    for (Process process : started) {
      process.destroyForcibly();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    // Wakes the reader: it sees its own descriptor hang up.
    call(CLOSE, side);
    try {
      reader.join(10_000);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    call(CLOSE, master);
    if (!reader.isAlive()) {
      arena.close();
    }
  }
}
