package dev.reg.engine.container;

import dev.reg.engine.access.Access;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All containers of this engine, by id and by name. */
public final class Containers {
  private static final int TRIES = 1000;

  private final ConcurrentNavigableMap<String, Container> byId = new ConcurrentSkipListMap<>();
  // A name is taken before its container is there: by the id it will have.
  private final Map<Name, String> ids = new ConcurrentHashMap<>();

  /** Every user has names of their own: what another calls theirs neither shows nor matters. */
  private record Name(int owner, String text) {}

  private final Holdings holdings;

  /**
   * None yet.
   *
   * @param perUser how many one who is not root may have
   */
  Containers(int perUser) {
    this.holdings = new Holdings(perUser);
  }

  /** How many containers one who is not root may have. */
  int perUser() {
    return holdings.bound();
  }

  /**
   * Takes a name for a container that is about to be made.
   *
   * @param owner whose it will be
   * @param wanted null for a generated one
   * @throws RegException INVALID for what is no name, ALREADY_EXISTS for one in use
   */
  String claimName(int owner, @Nullable String wanted, String id) throws RegException {
    if (wanted == null) {
      for (int attempt = 0; attempt < TRIES; attempt++) {
        String name = Names.random(ThreadLocalRandom.current(), attempt);
        if (ids.putIfAbsent(new Name(owner, name), id) == null) {
          return name;
        }
      }
      return id.substring(0, 12);
    }
    if (!wanted.startsWith(Names.BUILD)) {
      Names.check(wanted);
    }
    String holder = ids.putIfAbsent(new Name(owner, wanted), id);
    if (holder != null) {
      throw new RegException(
          ErrorKind.ALREADY_EXISTS,
          "cannot use the name '"
              + wanted
              + "': container "
              + holder.substring(0, 12)
              + " has it; remove that container or choose another name");
    }
    return wanted;
  }

  void releaseName(int owner, String name, String id) {
    ids.remove(new Name(owner, name), id);
  }

  /**
   * Gives a container another name; at no moment it has none.
   *
   * @throws RegException INVALID for what is no name, ALREADY_EXISTS for one in use
   */
  void rename(Container container, String wanted) throws RegException {
    Names.check(wanted);
    String before = container.name();
    int owner = container.spec().owner().uid();
    String ignored = claimName(owner, wanted, container.id());
    try {
      container.rename(wanted);
    } catch (RegException e) {
      releaseName(owner, wanted, container.id());
      throw e;
    }
    releaseName(owner, before, container.id());
  }

  /**
   * Adds one; its name has been claimed for it.
   *
   * @throws RegException EXHAUSTED when its owner has as many as one user gets
   */
  void add(Container container) throws RegException {
    holdings.add(container.spec());
    byId.put(container.id(), container);
  }

  /** Adds one that an earlier engine made. */
  void restore(Container container) {
    holdings.restore(container.spec());
    byId.put(container.id(), container);
  }

  void remove(Container container) {
    if (byId.remove(container.id()) != null) {
      holdings.remove(container.spec());
    }
    releaseName(container.spec().owner().uid(), container.name(), container.id());
  }

  Optional<Container> byId(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The one whose id begins so: with enough digits for no other's to. */
  Optional<Container> byBeginning(String digits) {
    Map.Entry<String, Container> next = byId.ceilingEntry(digits);
    return Optional.ofNullable(next)
        .filter(entry -> entry.getKey().startsWith(digits))
        .map(Map.Entry::getValue);
  }

  /** Those that exist for a caller, the newest first. */
  public List<Container> list(Access access) {
    return list().stream().filter(c -> access.sees(c.spec().owner().uid())).toList();
  }

  /** Everybody's, the newest first. */
  public List<Container> list() {
    List<Container> all = new ArrayList<>(byId.values());
    all.sort(
        Comparator.comparing((Container c) -> c.spec().created())
            .reversed()
            .thenComparing(Container::id));
    return all;
  }

  /**
   * The container of this name, id or beginning of an id, of those that exist for the caller. The
   * caller's own name comes first, and last somebody else's: no user can give a container a name
   * that leads root astray.
   *
   * @throws RegException NOT_FOUND, with one message whether there is none or it is another's;
   *     INVALID when several ids begin so, or several users have that name
   */
  public Container find(String reference, Access access) throws RegException {
    String id = ids.get(new Name(access.user(), reference));
    Container named = byId.get(id == null ? reference : id);
    if (named != null && access.sees(named.spec().owner().uid())) {
      return named;
    }
    Container found = findByBeginning(reference, access);
    if (found == null && access.isWhole()) {
      found = findOthers(reference);
    }
    if (found == null) {
      throw new RegException(
          ErrorKind.NOT_FOUND,
          "no container is named '" + reference + "' or has an id that begins so; see reg ps -a");
    }
    return found;
  }

  private @Nullable Container findByBeginning(String reference, Access access) throws RegException {
    if (reference.isEmpty()) {
      return null;
    }
    List<Container> matches =
        byId.tailMap(reference).values().stream()
            .takeWhile(c -> c.id().startsWith(reference))
            .filter(c -> access.sees(c.spec().owner().uid()))
            .limit(2)
            .toList();
    if (matches.size() > 1) {
      throw new RegException(
          ErrorKind.INVALID,
          "several containers have ids that begin with '" + reference + "': give more digits");
    }
    return matches.isEmpty() ? null : matches.getFirst();
  }

  private @Nullable Container findOthers(String name) throws RegException {
    List<Container> matches =
        byId.values().stream().filter(c -> c.name().equals(name)).limit(2).toList();
    if (matches.size() > 1) {
      throw new RegException(
          ErrorKind.INVALID,
          "several users have a container named '" + name + "': give its id; see reg ps -a");
    }
    return matches.isEmpty() ? null : matches.getFirst();
  }

  /** Names of the containers that hold what {@code predicate} says of their specs. */
  List<String> users(Predicate<Spec> predicate) {
    return byId.values().stream()
        .map(Container::spec)
        .filter(predicate)
        .map(Spec::name)
        .sorted()
        .toList();
  }

  /** Names of the containers whose closure has this template, {@code name@version}. */
  public List<String> usersOfTemplate(String template) {
    return users(spec -> spec.resolved().contains(template));
  }

  /** Names of the containers that hold this environment. */
  public List<String> usersOfEnvironment(Digest environment) {
    return users(spec -> spec.environment().equals(environment));
  }
}
