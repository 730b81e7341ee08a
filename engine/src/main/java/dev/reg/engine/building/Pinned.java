package dev.reg.engine.building;

import dev.reg.store.Digest;
import java.util.Map;

/**
 * The templates of a closure, decided before.
 *
 * @param by who pins them, to begin a message with: a path
 * @param renewal the command that decides anew, for messages
 * @param templates digests of the templates' canonical texts by {@code name@version}
 * @param environment the closure's id, which covers all of them
 */
public record Pinned(String by, String renewal, Map<String, Digest> templates, Digest environment) {
  public Pinned {
    templates = Map.copyOf(templates);
  }
}
