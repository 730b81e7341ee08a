package dev.reg.engine.launcher;

import dev.reg.linux.Fd;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The process that executes plans and is the parent of every container, as the engine sees it.
 *
 * <p>All methods may be called from any thread. They fail with an IOException when the launcher's
 * process is gone at that moment; it is then being replaced, and {@link Listener#restored} follows.
 * Descriptors passed stay the caller's to close; the launcher has its own.
 */
public interface Launcher {
  /**
   * Starts a container: {@link Listener#started} or {@link Listener#failed} follows.
   *
   * @param slot a number the engine chose, unique among live containers
   * @param containerId 64 hexadecimal digits
   * @param plan operations as docs/protocol.md has them; any length up to 4 MiB
   * @param init whether the child stays as a minimal init and runs the program in its own child
   * @param log whether output goes to the logger
   * @param fds what the plan's descriptor indices name, at most 62
   * @param group a directory of version 2 control groups that it is made in; null for the
   *     launcher's
   */
  void start(
      int slot,
      String containerId,
      byte[] plan,
      boolean init,
      boolean log,
      List<Fd> fds,
      @Nullable Fd group)
      throws IOException;

  /**
   * Starts a process in a running container: {@link Listener#started} or {@link Listener#failed}
   * follows, with ESRCH and no operation when the container has ended.
   *
   * @param container the container's slot
   * @param id 64 hexadecimal digits that name the process
   * @param plan without operations that shape a container
   * @param group as in {@link #start}
   * @throws IOException also when the launcher is one that {@link Identity#canJoin cannot}
   */
  void join(int slot, int container, String id, byte[] plan, List<Fd> fds, @Nullable Fd group)
      throws IOException;

  void signal(int slot, int signal) throws IOException;

  /** The exit is recorded: the slot may be used again. */
  void forget(int slot) throws IOException;

  /**
   * Has the launcher watch a container that another launcher started.
   *
   * @param joined whether it is no container but a process that joined one
   */
  void adopt(int slot, String containerId, int pid, Fd pidfd, boolean joined) throws IOException;

  /** What the launcher holds at this moment, one per slot. */
  List<Item> list() throws IOException;

  /** Ends the launcher; false when containers run and it refused. */
  boolean quit() throws IOException;

  /** Process and build of the launcher that is connected. */
  Identity identity() throws IOException;

  /**
   * The launcher's process.
   *
   * @param pid as the engine sees it
   * @param running containers it held when it connected
   * @param build identifies the executable
   * @param version of the protocol that it speaks
   */
  record Identity(int pid, int running, String build, int version) {
    /** Whether it knows the control groups of {@link Launcher#start}, and a plan's. */
    public boolean canLimit() {
      return version >= 2;
    }

    /** Whether it knows {@link Launcher#join}. */
    public boolean canJoin() {
      return version >= 2;
    }
  }

  /**
   * A slot and its container.
   *
   * @param pid PID 1 of the container in the host's view
   * @param joined whether it is no container but a process that joined one, and the id its own
   */
  record Item(
      int slot,
      String containerId,
      int pid,
      State state,
      OptionalInt exitCode,
      boolean adopted,
      boolean joined) {}

  /** State of a slot. */
  enum State {
    STARTING,
    RUNNING,
    /** The program has ended, its namespaces may still be going. */
    EXITED,
    /** Every process has been reaped. */
    GONE,
    FAILED
  }

  /**
   * Receives events, one after the other, on the link's own thread. Methods must not block and must
   * not call {@link Launcher#list}, {@link Launcher#quit} or {@link Launcher#identity}, whose
   * answer the same thread delivers.
   */
  interface Listener {
    /** The program has been executed. */
    void started(int slot, int pid);

    /**
     * Set-up failed; nothing is left of it.
     *
     * @param operation index into the plan
     */
    void failed(int slot, int operation, int errno);

    /** The program ended with this code, 0..255. */
    void exited(int slot, int code);

    /** Every process is reaped; the code is empty when nobody knows it. */
    void gone(int slot, OptionalInt code);

    /** The launcher's process ended; its containers live on. A new one is being started. */
    void lost();

    /** A new launcher is connected; it holds nothing yet. Work that blocks goes elsewhere. */
    void restored();
  }
}
