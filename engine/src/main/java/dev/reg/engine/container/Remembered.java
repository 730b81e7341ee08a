package dev.reg.engine.container;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How the last runs ended of which nothing else is left, for clients that lost the engine meanwhile
 * and come back.
 */
final class Remembered {
  private static final int MOST = 1024;

  private record Ended(String token, Exit exit) {}

  private final Map<String, Ended> ended =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Ended> eldest) {
          return size() > MOST;
        }
      };

  synchronized void put(String id, String token, Exit exit) {
    ended.put(id, new Ended(token, exit));
  }

  /** Empty also for whoever does not know the token. */
  synchronized Optional<Exit> find(String id, String token) {
    Ended known = ended.get(id);
    return known != null && !token.isEmpty() && Tokens.equal(known.token(), token)
        ? Optional.of(known.exit())
        : Optional.empty();
  }
}
