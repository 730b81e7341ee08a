package dev.reg.engine.container;

import dev.reg.engine.limit.Group;
import dev.reg.engine.plan.Plan;
import dev.reg.engine.protocol.Attachment;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.CallerGone;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Processes;
import dev.reg.linux.SyscallException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One life of a container's processes, from the order to start them until all are reaped. */
final class Run {
  /** Nanoseconds within which a launcher that lives has read what it was sent. */
  private static final long SURELY_READ = 1_000_000_000;

  private static final byte[] UNKNOWN =
      "reg: how the program ended is unknown: neither launcher, init nor kernel told it\n"
          .getBytes(StandardCharsets.US_ASCII);

  final int slot;
  final String token;

  /** Null for a run that another engine started. */
  final @Nullable Plan plan;

  /** What holds it to its limits; null without any. */
  volatile @Nullable Group group;

  /** The kernel ended a process of it for want of memory; known when it is gone. */
  volatile boolean oomKilled;

  /** PID 1 in the host's view; fails with what the launcher said. */
  final CompletableFuture<Integer> started = new CompletableFuture<>();

  /** The program's end. */
  final CompletableFuture<Exit> exited = new CompletableFuture<>();

  /** The last process's end; also completed when nothing was ever started. */
  final CompletableFuture<Exit> gone = new CompletableFuture<>();

  /** The container's directory and record are in their places: only then can they be deleted. */
  final CompletableFuture<Void> placed = new CompletableFuture<>();

  volatile int pid;
  volatile long startTime;

  /** Its launcher is gone, as far as is known. */
  volatile boolean orphaned;

  volatile @Nullable Instant startedAt;

  // Guarded by this.
  private @Nullable Fd pidfd;
  private @Nullable Attachment attachment;
  private long sent; // bit n-1 for signal n
  private long sentAt;
  private long orphanedAt;

  Run(int slot, String token, @Nullable Plan plan) {
    this.slot = slot;
    this.token = token;
    this.plan = plan;
  }

  /** Set-up stopped at an operation of the plan. */
  static final class SetupFailed extends Exception {
    private static final long serialVersionUID = 1L;
    final int operation;
    final int errno;

    SetupFailed(int operation, int errno) {
      super("operation " + operation + ", errno " + errno, null, false, false);
      this.operation = operation;
      this.errno = errno;
    }
  }

  /** Keeps the descriptor of a process that is no child of the launcher, until {@link #release}. */
  synchronized void watch(Fd process) {
    release();
    pidfd = process;
  }

  /** The process's descriptor, if it is kept; closed by {@link #release}. */
  synchronized @Nullable Fd watched() {
    return pidfd;
  }

  /** What {@code question} finds out about the process, if its descriptor is kept. */
  synchronized OptionalInt ask(ToCode question) {
    Fd fd = pidfd;
    return fd == null ? OptionalInt.empty() : question.ask(fd, pid);
  }

  /** A signal is about to be given to the launcher, which may die with it. */
  synchronized void sending(int signal) {
    long now = System.nanoTime();
    sent = (now - sentAt > SURELY_READ ? 0 : sent) | 1L << (signal - 1);
    sentAt = now;
  }

  synchronized void orphan() {
    orphaned = true;
    orphanedAt = System.nanoTime();
  }

  /** Sends again what the launcher may not have passed on before it died. */
  synchronized void repeatSignals() throws SyscallException {
    if (sentAt < orphanedAt - SURELY_READ) {
      return;
    }
    for (long left = sent; left != 0; left &= left - 1) {
      signal(Long.numberOfTrailingZeros(left) + 1);
    }
    sent = 0;
  }

  /** A question to the kernel about an ended process. */
  interface ToCode {
    OptionalInt ask(Fd pidfd, int pid);
  }

  /**
   * Signals a process that is no child of the launcher.
   *
   * @return false when it is one, or the launcher's death is not known yet
   */
  synchronized boolean signal(int signal) throws SyscallException {
    Fd fd = pidfd;
    if (fd == null) {
      return false;
    }
    try {
      Processes.signal(fd, signal);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ESRCH) {
        throw e;
      }
    }
    return true;
  }

  synchronized void release() {
    if (pidfd != null) {
      pidfd.close();
      pidfd = null;
    }
  }

  /**
   * Hands the caller over, or gives the exit when that came first. A client that comes back takes
   * the place of the one before.
   *
   * @param attach makes the attachment
   * @return null when the caller is attached
   */
  synchronized @Nullable Exit attach(Attach attach) throws CallerGone {
    Exit known = exited.getNow(null);
    if (known != null) {
      return known;
    }
    attachment = attach.attach();
    return null;
  }

  /** Whether a client has been handed over to it. */
  synchronized boolean isAttached() {
    return attachment != null;
  }

  /** {@link Caller#attach} with its arguments filled in. */
  interface Attach {
    Attachment attach() throws CallerGone;
  }

  /** The program ended: the client gets its code at once. Only the first call counts. */
  void exit(Exit exit) {
    Attachment client;
    synchronized (this) {
      if (!exited.complete(exit)) {
        return;
      }
      client = attachment;
    }
    if (client != null) {
      if (exit.code().isEmpty()) {
        client.out(2, UNKNOWN);
      }
      client.exit(Codes.ofRun(exit));
    }
  }

  /** Whether the program has ended but not yet all that belonged to it. */
  boolean isEnding() {
    return exited.isDone() && !gone.isDone();
  }
}
