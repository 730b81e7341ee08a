package dev.reg.engine.protocol;

import dev.reg.error.RegException;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Fd;
import dev.reg.linux.Peer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * One client and its request, as a command sees it: what was typed, the client's descriptors, and
 * the client's own rights to open files with.
 *
 * <p>A caller is used by one thread, its command's, until {@link #attach} or {@link #hold}; after
 * that only the {@link Attachment} is. {@link #gone}, {@link #out(CharSequence)} and {@link
 * #err(CharSequence)} may be called from any thread.
 *
 * <p>Descriptors returned by {@link #stdin}, {@link #stdout}, {@link #stderr} and {@link #cwd}
 * belong to the caller and are closed when the command has returned; one that passes them on does
 * so before. Those from {@link #open} belong to the command.
 */
public interface Caller {
  /** What a command returns when the conversation goes on without it. */
  int ATTACHED = -1;

  /** The command line without the program's name, losslessly decoded (NativeText). */
  List<String> arguments();

  Peer peer();

  Fd stdin();

  Fd stdout();

  Fd stderr();

  /**
   * The client's working directory, O_PATH: a starting point for mounts, never for our own opens.
   */
  Fd cwd();

  /**
   * Has the client open a path with its own rights, relative to its working directory.
   *
   * @param flags of open(2), see {@link dev.reg.linux.Open}
   * @param mode permission bits for a file that is created
   * @return the descriptor; the command closes it
   * @throws RegException NOT_FOUND, NOT_PERMITTED or INVALID when the client could not open it
   * @throws CallerGone when it no longer answers
   */
  Fd open(String path, int flags, int mode) throws RegException, IOException;

  /** Has the client read a directory with its own rights; unsorted, without "." and "..". */
  List<DirectoryEntry> list(String path) throws RegException, IOException;

  /**
   * Has the client read a file to its end with its own rights: also a pipe, for as long as others
   * write into it.
   *
   * @param most bytes that it may have
   * @throws RegException NOT_FOUND, NOT_PERMITTED or INVALID when the client could not read it, or
   *     there is more
   */
  byte[] read(String path, int most) throws RegException, IOException;

  /**
   * Has the client rename a file with its own rights, replacing what has the new name.
   *
   * @throws RegException NOT_FOUND, NOT_PERMITTED or INVALID when the client could not
   */
  void rename(String from, String to) throws RegException, IOException;

  /** Has the client remove a file with its own rights; fails as {@link #rename} does. */
  void remove(String path) throws RegException, IOException;

  /** A variable of the client's environment. */
  Optional<String> variable(String name) throws IOException;

  /**
   * Asks the client to take the other side of a terminal that the container is to have, from the
   * moment it is told that its program runs ({@link #attach}).
   *
   * @throws RegException EXHAUSTED when the client cannot
   * @throws CallerGone when it no longer answers
   */
  CallerTerminal terminal() throws RegException, IOException;

  /**
   * Has the client take its side of a copy, with its own rights. Asked once at most.
   *
   * @throws RegException EXHAUSTED when the client cannot, INVALID for a path that cannot be
   * @throws CallerGone when it no longer answers
   */
  CallerCopy copy(CallerCopy.Order order) throws RegException, IOException;

  /**
   * Writes to the client's standard output; blocks while the client is behind, but not for ever.
   */
  void out(CharSequence text) throws CallerGone;

  void out(byte[] bytes) throws CallerGone;

  /** Writes to the client's standard error. */
  void err(CharSequence text) throws CallerGone;

  /**
   * Writes to the client's standard error if it takes it at once, and else leaves it: for what
   * others must not wait for. Never blocks, and may be called from any thread.
   */
  void hint(CharSequence text);

  /**
   * Whether the client's descriptor is a terminal.
   *
   * @param fd 0, 1 or 2
   */
  boolean isTerminal(int fd);

  /** Whether the client has left; costs one poll(2). */
  boolean gone();

  /**
   * Runs {@code action} once when the client leaves before the command is done, on the attach
   * loop's thread: it must be short and must not block. Runs at once when it has left already.
   */
  void onGone(Runnable action);

  /**
   * Tells the client that its container runs (STARTED) and hands the conversation to the attach
   * loop. The command then returns {@link #ATTACHED}.
   *
   * @param token the secret with which the client may resume after a lost connection
   * @param onSignal gets each signal the client relays; on the loop's thread, short, non-blocking
   * @param onLost runs when the client has left; on the loop's thread; not after {@link
   *     Attachment#exit}
   * @throws CallerGone when the client has left already; nothing was handed over
   */
  Attachment attach(String containerId, String token, IntConsumer onSignal, Runnable onLost)
      throws CallerGone;

  /**
   * The exit code is to reach the caller when this process has ended, and with it all that it held
   * open: for the command that stops the engine. The command then returns the code.
   */
  void farewell();

  /**
   * Hands the conversation over without STARTED: for commands that only wait ({@code wait}, {@code
   * logs -f}), so that they hold no thread. Signals keep their default effect on the client.
   */
  Attachment hold(Runnable onLost) throws CallerGone;
}
