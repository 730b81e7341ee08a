package dev.reg.engine.container;

import dev.reg.engine.access.Access;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.CallerGone;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.lang.System.Logger;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** All guests, and the clients that wait for them. Safe for use by several threads. */
final class Guests {
  private static final Logger LOG = System.getLogger(Guests.class.getName());
  private static final int SIGKILL = 9;

  private final Runs runs;
  private final int perUser;
  private final SecureRandom random = new SecureRandom();

  /** By id, from the order to start until the process is gone. */
  private final Map<String, Guest> live = new ConcurrentHashMap<>();

  private final Remembered remembered = new Remembered();

  /**
   * None yet.
   *
   * @param perUser how many there may be of one who is not root
   */
  Guests(Runs runs, int perUser) {
    this.runs = runs;
    this.perUser = perUser;
  }

  /**
   * Hexadecimal digits that nobody can guess, but for the last eight: they say who asked for the
   * process, which a later engine finds out from nothing else.
   *
   * @param user whose command it is
   */
  String secret(int digits, int user) {
    String end = Guest.end(user);
    byte[] bytes = new byte[(digits - end.length()) / 2];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes) + end;
  }

  /**
   * One user's processes must not use up the launcher's slots; a race of a few does no harm. What
   * root has in a user's containers is not the user's.
   *
   * @param user whose command it is
   */
  void checkBound(int user, String task) throws RegException {
    if (Access.isConfined(user)
        && live.values().stream().filter(g -> g.isOf(user)).limit(perUser).count() >= perUser) {
      throw new RegException(
          ErrorKind.EXHAUSTED,
          task
              + ": "
              + perUser
              + " commands of yours run in containers already, which is all that one user gets"
              + " (`containers-per-user` in engine.yaml)");
    }
  }

  /** The launcher's events find it from here on. */
  void begin(Guest guest) {
    guest.run().placed.complete(null);
    live.put(guest.id(), guest);
    runs.hold(guest);
  }

  /** What the launcher has been told of and has not answered. */
  void undo(@Nullable Guest guest) {
    if (guest != null && !guest.run().started.isDone()) {
      kill(guest.run());
      runs.abandon(guest);
    }
  }

  /** It never came to be. */
  void forget(Guest guest) {
    live.remove(guest.id());
  }

  void ended(Guest guest, Exit exit) {
    remember(guest.id(), exit);
    live.remove(guest.id());
  }

  /** For a client that comes back. */
  void remember(String id, Exit exit) {
    remembered.put(id, id, exit);
  }

  /** How many processes that joined this container run: none whose end its client was told of. */
  int countJoined(Container container) {
    return (int)
        live.values().stream()
            .filter(g -> g.joined() && container.equals(g.container()))
            .filter(g -> !g.run().exited.isDone())
            .count();
  }

  /**
   * Hands the caller over.
   *
   * @return the exit code when the program has ended already, else {@link Caller#ATTACHED}
   */
  int attach(Started started, Caller caller) throws IOException {
    try {
      return attach(started.container().id(), started.run(), caller);
    } catch (CallerGone e) {
      kill(started.run()); // nobody ever knew of it
      throw e;
    }
  }

  private int attach(String containerId, Run run, Caller caller) throws IOException {
    Guest guest = live.get(run.token);
    boolean ends = guest != null && guest.endsWithClient();
    Runnable onLost = ends ? () -> kill(run) : () -> {};
    Exit exit =
        run.attach(
            () -> caller.attach(containerId, run.token, signal -> relay(run, signal), onLost));
    return exit == null ? Caller.ATTACHED : tell(exit, caller);
  }

  private static int tell(Exit exit, Caller caller) throws CallerGone {
    if (exit.code().isEmpty()) {
      caller.err("reg: how the program ended is unknown\n");
    }
    return Codes.ofRun(exit);
  }

  /** A client that lost its engine comes back; empty when this is the token of no process. */
  OptionalInt resume(String containerId, String token, Caller caller) throws IOException {
    Guest guest = live.get(token);
    if (guest != null && isFor(guest, Access.of(caller.peer()))) {
      return OptionalInt.of(attach(containerId, guest.run(), caller));
    }
    Optional<Exit> exit = remembered.find(token, token);
    return exit.isPresent() ? OptionalInt.of(tell(exit.get(), caller)) : OptionalInt.empty();
  }

  private static boolean isFor(Guest guest, Access access) {
    Container container = guest.container();
    return access.isWhole() || (container != null && access.sees(container.spec().owner().uid()));
  }

  private void relay(Run run, int signal) {
    try {
      runs.signal(run, signal);
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "no launcher to relay a signal to", e);
    }
  }

  void kill(Run run) {
    relay(run, SIGKILL);
  }
}
