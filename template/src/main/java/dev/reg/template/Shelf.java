package dev.reg.template;

import dev.reg.error.RegException;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Templates that are found by name: those of a host, or what they are to become. */
interface Shelf {
  /** The highest version that matches. */
  Optional<Head> find(TemplateRef wanted);

  /** All versions of a name, the highest first; empty when there is none. */
  List<Head> versions(String name);

  /** Up to five known names that look like {@code name}, the nearest first. */
  List<String> nearMisses(String name, Collection<String> otherKnownNames);

  /** The whole template; CORRUPTED when it is not what was stored. */
  Template load(Head head) throws IOException, RegException;
}
