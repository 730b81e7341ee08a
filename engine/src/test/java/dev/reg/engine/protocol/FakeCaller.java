package dev.reg.engine.protocol;

import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Directories;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Peer;
import dev.reg.linux.Pipe;
import dev.reg.linux.Processes;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A caller in the test's own process: its standard streams are /dev/null, what is written to it is
 * kept, and it opens paths itself, relative to a directory of the test.
 */
public class FakeCaller implements Caller, AutoCloseable {
  private final List<String> arguments;
  private final Path directory;
  private final Map<String, String> variables = new HashMap<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Set<Integer> terminalStreams = Set.of();
  private final List<Fd> terminals = new ArrayList<>();
  private final List<Runnable> onGone = new ArrayList<>();
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private final Fd stdin;
  private final Fd stdout;
  private final Fd stderr;
  private final Fd cwd;
  private @Nullable IntConsumer onSignal;
  private @Nullable Runnable onLost;
  private @Nullable String started;
  private @Nullable String token;
  private boolean gone;
  private boolean goodbye;

  public FakeCaller(Path directory, String... arguments) throws IOException {
    this.directory = directory;
    this.arguments = List.of(arguments);
    stdin = Descriptors.open("/dev/null", Open.O_RDWR, 0);
    stdout = Descriptors.duplicate(stdin);
    stderr = Descriptors.duplicate(stdin);
    cwd = Descriptors.open(directory, Open.O_PATH | Open.O_DIRECTORY, 0);
  }

  /** Sets a variable of the client's environment. */
  public FakeCaller with(String name, String value) {
    variables.put(name, value);
    return this;
  }

  /** Says that these of its streams are terminals, though /dev/null is behind them. */
  public FakeCaller at(Integer... streams) {
    terminalStreams = Set.of(streams);
    return this;
  }

  /** What came on standard output so far. */
  public synchronized String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  /** What came on standard error so far. */
  public synchronized String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** The container that STARTED named; null before. */
  public synchronized @Nullable String started() {
    return started;
  }

  public synchronized @Nullable String token() {
    return token;
  }

  public synchronized boolean saidGoodbye() {
    return goodbye;
  }

  /** The exit code that came through the attachment; waits up to 10 s. */
  public int awaitExit() throws Exception {
    return exit.get(10, TimeUnit.SECONDS);
  }

  public boolean hasExited() {
    return exit.isDone();
  }

  /** The client relays a signal. */
  public void signal(int number) {
    IntConsumer consumer;
    synchronized (this) {
      consumer = Objects.requireNonNull(onSignal, "not attached");
    }
    consumer.accept(number);
  }

  /** The client's process ends. */
  public void leave() {
    List<Runnable> actions;
    Runnable lost;
    synchronized (this) {
      gone = true;
      actions = List.copyOf(onGone);
      lost = exit.isDone() ? null : onLost;
    }
    actions.forEach(Runnable::run);
    if (lost != null) {
      lost.run();
    }
  }

  @Override
  public List<String> arguments() {
    return arguments;
  }

  @Override
  public Peer peer() {
    return new Peer(Processes.self(), Processes.userId(), 0, List.of());
  }

  @Override
  public Fd stdin() {
    return stdin;
  }

  @Override
  public Fd stdout() {
    return stdout;
  }

  @Override
  public Fd stderr() {
    return stderr;
  }

  @Override
  public Fd cwd() {
    return cwd;
  }

  @Override
  public Fd open(String path, int flags, int mode) throws RegException, IOException {
    try {
      return Descriptors.open(directory.resolve(path), flags, mode);
    } catch (SyscallException e) {
      throw ClientErrors.opening(path, e.errno());
    }
  }

  @Override
  public List<DirectoryEntry> list(String path) throws RegException, IOException {
    try (Fd fd = open(path, Open.O_RDONLY | Open.O_DIRECTORY, 0)) {
      return Directories.readDirectory(fd);
    }
  }

  @Override
  public byte[] read(String path, int most) throws RegException, IOException {
    try (Fd fd = open(path, Open.O_RDONLY, 0)) {
      return Descriptors.readAll(fd, most);
    }
  }

  @Override
  public void rename(String from, String to) throws RegException, IOException {
    Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void remove(String path) throws RegException, IOException {
    Files.delete(directory.resolve(path));
  }

  @Override
  public Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name));
  }

  @Override
  public CallerTerminal terminal() throws IOException {
    Pipe ends = Sockets.pair();
    terminals.add(ends.read());
    return new CallerTerminal(ends.write(), 24, 80);
  }

  @Override
  public CallerCopy copy(CallerCopy.Order order) {
    throw new AssertionError("no command under test here copies");
  }

  @Override
  public void out(CharSequence text) throws CallerGone {
    write(out, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void out(byte[] bytes) throws CallerGone {
    write(out, bytes);
  }

  @Override
  public void err(CharSequence text) throws CallerGone {
    write(err, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public synchronized void hint(CharSequence text) {
    err.writeBytes(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private synchronized void write(ByteArrayOutputStream to, byte[] bytes) throws CallerGone {
    if (gone) {
      throw new CallerGone("the client has left");
    }
    to.writeBytes(bytes);
  }

  @Override
  public boolean isTerminal(int fd) {
    return terminalStreams.contains(fd);
  }

  @Override
  public synchronized boolean gone() {
    return gone;
  }

  @Override
  public void onGone(Runnable action) {
    synchronized (this) {
      if (!gone) {
        onGone.add(action);
        return;
      }
    }
    action.run();
  }

  @Override
  public synchronized Attachment attach(
      String containerId, String newToken, IntConsumer signals, Runnable lost) throws CallerGone {
    Attachment attachment = hold(lost);
    started = containerId;
    token = newToken;
    onSignal = signals;
    return attachment;
  }

  @Override
  public void farewell() {}

  @Override
  public synchronized Attachment hold(Runnable lost) throws CallerGone {
    if (gone) {
      throw new CallerGone("the client has left");
    }
    onGone.clear();
    onLost = lost;
    close();
    return new FakeAttachment();
  }

  /** Closes the descriptors, as the end of the conversation does. */
  @Override
  public void close() {
    Fd.closeAll(List.of(stdin, stdout, stderr, cwd));
    Fd.closeAll(terminals);
  }

  private final class FakeAttachment implements Attachment {
    @Override
    public void out(int fd, byte[] bytes) {
      synchronized (FakeCaller.this) {
        (fd == 1 ? out : err).writeBytes(bytes);
      }
    }

    @Override
    public boolean awaitRoom() {
      return true;
    }

    @Override
    public void exit(int code) {
      exit.complete(code);
    }

    @Override
    public void goodbye() {
      synchronized (FakeCaller.this) {
        goodbye = true;
      }
    }
  }
}
