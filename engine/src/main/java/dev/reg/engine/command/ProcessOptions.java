package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.access.HostAccounts;
import dev.reg.engine.container.Spec;
import dev.reg.engine.environment.Account;
import dev.reg.engine.project.Places;
import dev.reg.engine.project.Refused;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Peer;
import dev.reg.template.Accounts;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The options that say how a process in a container runs, whichever command starts it. */
final class ProcessOptions {
  private static final Spec.User ROOT = new Spec.User(0, 0, "/root");
  private static final Pattern USER = Pattern.compile("[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_-]{1,64})?");

  private final Caller caller;
  private final Access access;
  private final Arguments arguments;
  private @Nullable Account account;

  ProcessOptions(Caller caller, Arguments arguments) {
    this.caller = caller;
    this.access = Access.of(caller.peer());
    this.arguments = arguments;
  }

  private RegException invalid(String why) {
    return new RegException(ErrorKind.INVALID, arguments.command() + ": " + why);
  }

  /** Null when {@code -w} is not given. */
  @Nullable String workdir() throws RegException {
    String path = arguments.one(Grammar.WORKDIR);
    if (path == null) {
      return null;
    }
    try {
      return Places.absolute(path);
    } catch (Refused e) {
      throw invalid("-w " + e.reason());
    }
  }

  /**
   * Finds out, before it costs anything, that {@code -u} has no form that it can have.
   *
   * @throws RegException INVALID
   */
  void checkUser() throws RegException {
    String text = arguments.one(Grammar.USER);
    if (text != null && !USER.matcher(text).matches()) {
      throw wrongUser(text);
    }
  }

  /**
   * Whom the program runs as: the caller, or, if that is root, {@code usual}, unless {@code -u}
   * says otherwise.
   *
   * @param known those of the container
   * @param usual whom root runs programs as; empty for root
   * @throws RegException NOT_PERMITTED for whom the caller may not run as
   */
  Spec.User user(Accounts known, Optional<Accounts.User> usual) throws RegException, IOException {
    String text = arguments.one(Grammar.USER);
    if (access.isWhole()) {
      return text == null
          ? usual.map(user -> new Spec.User(user.uid(), user.gid(), user.home())).orElse(ROOT)
          : named(text, known);
    }
    Account own = own(known);
    int gid = own.gid();
    if (text != null) {
      boolean byName = text.equals(own.name());
      Spec.User wanted = byName ? null : named(text, known);
      int uid = wanted == null ? own.uid() : wanted.uid();
      gid = wanted == null || text.indexOf(':') < 0 ? own.gid() : wanted.gid();
      access.checkRunsAs(uid, gid);
    }
    account = own;
    return new Spec.User(own.uid(), gid, own.home(), caller.peer().groups());
  }

  /** The caller, when they are not root; after {@link #user}. */
  @Nullable Account account() {
    return account;
  }

  /** The caller, as the container is to know them. */
  private Account own(Accounts known) throws IOException {
    HostAccounts host = new HostAccounts();
    Peer peer = caller.peer();
    Map<Integer, String> names = host.groupNames();
    return new Account(
        host.userName(peer.uid()).orElse(null),
        peer.uid(),
        peer.gid(),
        peer.groups(),
        names::get,
        known);
  }

  private Spec.User named(String text, Accounts accounts) throws RegException {
    int colon = text.indexOf(':');
    String user = colon < 0 ? text : text.substring(0, colon);
    Optional<Accounts.User> account = accounts.user(user);
    int uid = account.isPresent() ? account.get().uid() : number(user, text);
    Optional<Accounts.User> known = accounts.user(uid);
    int gid;
    if (colon < 0) {
      gid = known.map(Accounts.User::gid).orElse(0);
    } else {
      String group = text.substring(colon + 1);
      Optional<Integer> named = accounts.group(group);
      gid = named.isPresent() ? named.get() : number(group, text);
    }
    return new Spec.User(uid, gid, known.map(Accounts.User::home).orElse("/"));
  }

  private int number(String number, String text) throws RegException {
    try {
      int value = Integer.parseInt(number);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw wrongUser(text);
  }

  private RegException wrongUser(String text) {
    return invalid(
        "-u wants UID[:GID], numbers or names of Debian's standard accounts or of the template's: '"
            + text
            + "'");
  }
}
