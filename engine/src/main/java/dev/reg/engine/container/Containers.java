package dev.reg.engine.container;

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
  private final Map<String, String> ids = new ConcurrentHashMap<>();

  Containers() {}

  /**
   * Takes a name for a container that is about to be made.
   *
   * @param wanted null for a generated one
   * @throws RegException INVALID for what is no name, ALREADY_EXISTS for one in use
   */
  String claimName(@Nullable String wanted, String id) throws RegException {
    if (wanted == null) {
      for (int attempt = 0; attempt < TRIES; attempt++) {
        String name = Names.random(ThreadLocalRandom.current(), attempt);
        if (ids.putIfAbsent(name, id) == null) {
          return name;
        }
      }
      return id.substring(0, 12);
    }
    if (!wanted.startsWith(Names.BUILD)) {
      Names.check(wanted);
    }
    String holder = ids.putIfAbsent(wanted, id);
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

  void releaseName(String name, String id) {
    ids.remove(name, id);
  }

  /** Its name has been claimed for it. */
  void add(Container container) {
    byId.put(container.id(), container);
  }

  void remove(Container container) {
    byId.remove(container.id());
    releaseName(container.name(), container.id());
  }

  Optional<Container> byId(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The newest first. */
  public List<Container> list() {
    List<Container> all = new ArrayList<>(byId.values());
    all.sort(
        Comparator.comparing((Container c) -> c.spec().created())
            .reversed()
            .thenComparing(Container::id));
    return all;
  }

  /**
   * The container of this name, id or beginning of an id.
   *
   * @throws RegException NOT_FOUND, or INVALID when several ids begin so
   */
  public Container find(String reference) throws RegException {
    String id = ids.get(reference);
    Container named = byId.get(id == null ? reference : id);
    if (named != null) {
      return named;
    }
    if (!reference.isEmpty()) {
      List<Container> matches =
          byId.tailMap(reference).values().stream()
              .takeWhile(c -> c.id().startsWith(reference))
              .limit(2)
              .toList();
      if (matches.size() == 1) {
        return matches.getFirst();
      }
      if (matches.size() > 1) {
        throw new RegException(
            ErrorKind.INVALID,
            "several containers have ids that begin with '" + reference + "': give more digits");
      }
    }
    throw new RegException(
        ErrorKind.NOT_FOUND,
        "no container is named '" + reference + "' or has an id that begins so; see reg ps -a");
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
