package dev.reg.engine.launcher;

import dev.reg.engine.protocol.Wire;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A launcher without processes: it records every call in order, keeps slots as the real one does,
 * and delivers the events a test asks for.
 */
public final class RecordingLauncher implements Launcher {
  /**
   * What was asked. {@code statuses} are those of the descriptors when they were passed.
   *
   * @param call "start", "join", "signal", "forget", "adopt", "list" or "quit"
   * @param argument the signal, pid or slot to join, else 0
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by component in tests
  public record Call(
      String call,
      int slot,
      String containerId,
      int argument,
      byte[] plan,
      boolean init,
      boolean log,
      List<FileStatus> statuses) {
    static Call of(String call, int slot, int argument) {
      return new Call(call, slot, "", argument, new byte[0], false, false, List.of());
    }

    @Override
    public String toString() {
      return call + " " + slot + (argument == 0 ? "" : " " + argument);
    }
  }

  private final List<Call> calls = new ArrayList<>();
  private final Map<Integer, Item> slots = new LinkedHashMap<>();
  private @Nullable Listener listener;
  private int nextPid = 100_000;
  private boolean broken;
  private int version = Wire.LAUNCHER_VERSION;

  /** Who gets the events; the daemon passes the service to the real link in the same way. */
  public synchronized void listener(Listener l) {
    listener = l;
  }

  /** From now on every call fails as if the launcher's process were gone, until false. */
  public synchronized void broken(boolean is) {
    broken = is;
  }

  /** As an older or newer launcher would. */
  public synchronized void speaks(int protocolVersion) {
    version = protocolVersion;
  }

  /** As if it had run a process in a container for an earlier engine. */
  public synchronized void holdsJoined(
      int slot, String id, int pid, State state, OptionalInt code) {
    put(slot, id, pid, state, code, false, true);
  }

  public synchronized List<Call> calls() {
    return List.copyOf(calls);
  }

  /** "start 1", "signal 1 15" … in order. */
  public synchronized List<String> transcript() {
    return calls.stream().map(Call::toString).toList();
  }

  /** As if it had run a container for an earlier engine. */
  public synchronized void holds(
      int slot, String containerId, int pid, State state, OptionalInt code) {
    put(slot, containerId, pid, state, code, false, false);
  }

  /** Holds nothing and has been asked nothing. */
  public synchronized void clear() {
    slots.clear();
    calls.clear();
  }

  @Override
  public synchronized void start(
      int slot,
      String containerId,
      byte[] plan,
      boolean init,
      boolean log,
      List<Fd> fds,
      @Nullable Fd group)
      throws IOException {
    check();
    if (slots.containsKey(slot)) {
      throw new IllegalStateException("slot " + slot + " is in use");
    }
    List<FileStatus> statuses = new ArrayList<>();
    for (Fd fd : fds) {
      statuses.add(Descriptors.status(fd));
    }
    calls.add(
        new Call("start", slot, containerId, 0, plan.clone(), init, log, List.copyOf(statuses)));
    put(slot, containerId, nextPid++, State.STARTING, OptionalInt.empty(), false, false);
  }

  @Override
  public synchronized void join(
      int slot, int container, String id, byte[] plan, List<Fd> fds, @Nullable Fd group)
      throws IOException {
    check();
    List<FileStatus> statuses = new ArrayList<>();
    for (Fd fd : fds) {
      statuses.add(Descriptors.status(fd));
    }
    calls.add(
        new Call("join", slot, id, container, plan.clone(), false, false, List.copyOf(statuses)));
    put(slot, id, nextPid++, State.STARTING, OptionalInt.empty(), false, true);
  }

  @Override
  public synchronized void signal(int slot, int signal) throws IOException {
    check();
    calls.add(Call.of("signal", slot, signal));
  }

  @Override
  public synchronized void forget(int slot) throws IOException {
    check();
    calls.add(Call.of("forget", slot, 0));
    slots.remove(slot);
  }

  @Override
  public synchronized void adopt(int slot, String containerId, int pid, Fd pidfd, boolean joined)
      throws IOException {
    check();
    calls.add(
        new Call(
            "adopt",
            slot,
            containerId,
            pid,
            new byte[0],
            false,
            false,
            List.of(Descriptors.status(pidfd))));
    put(slot, containerId, pid, State.RUNNING, OptionalInt.empty(), true, joined);
  }

  @Override
  public synchronized List<Item> list() throws IOException {
    check();
    calls.add(Call.of("list", 0, 0));
    return List.copyOf(slots.values());
  }

  @Override
  public synchronized boolean quit() throws IOException {
    check();
    calls.add(Call.of("quit", 0, 0));
    return slots.values().stream().allMatch(i -> i.state() == State.GONE);
  }

  @Override
  public synchronized Identity identity() throws IOException {
    check();
    return new Identity(99_999, slots.size(), "recording", version);
  }

  /** The slot of a container that was started; fails when it was not. */
  public synchronized int slotOf(String containerId) {
    return slots.values().stream()
        .filter(i -> i.containerId().equals(containerId))
        .findFirst()
        .orElseThrow(() -> new AssertionError("never started: " + containerId))
        .slot();
  }

  // Events. Delivered on the calling thread, without this object's lock.

  public void sendStarted(int slot) {
    int pid = change(slot, State.RUNNING, OptionalInt.empty()).pid();
    listener().started(slot, pid);
  }

  public void sendFailed(int slot, int operation, int errno) {
    change(slot, State.FAILED, OptionalInt.empty());
    listener().failed(slot, operation, errno);
  }

  public void sendExited(int slot, int code) {
    change(slot, State.EXITED, OptionalInt.of(code));
    listener().exited(slot, code);
  }

  public void sendGone(int slot, OptionalInt code) {
    change(slot, State.GONE, code);
    listener().gone(slot, code);
  }

  /** The launcher's process is killed and another one connects: it holds nothing. */
  public void crash() {
    synchronized (this) {
      slots.clear();
    }
    listener().lost();
    listener().restored();
  }

  private synchronized Listener listener() {
    Listener l = listener;
    if (l == null) {
      throw new IllegalStateException("no listener");
    }
    return l;
  }

  private synchronized Item change(int slot, State state, OptionalInt code) {
    Item old = slots.get(slot);
    if (old == null) {
      throw new IllegalStateException("slot " + slot + " is not in use");
    }
    return put(slot, old.containerId(), old.pid(), state, code, old.adopted(), old.joined());
  }

  private Item put(
      int slot,
      String id,
      int pid,
      State state,
      OptionalInt code,
      boolean adopted,
      boolean joined) {
    Item item = new Item(slot, id, pid, state, code, adopted, joined);
    slots.put(slot, item);
    return item;
  }

  private void check() throws IOException {
    if (broken) {
      throw new IOException("the launcher is gone");
    }
  }
}
