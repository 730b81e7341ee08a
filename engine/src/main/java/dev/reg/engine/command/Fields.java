package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.NearMisses;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a template can name of one thing: the names Docker has for it, and those of its JSON, whose
 * first letter may be a capital, too.
 *
 * @param known by Docker's names
 * @param own as {@code --format json} prints it
 */
record Fields(ObjectNode known, ObjectNode own) {
  static Fields of(ObjectNode own) {
    return new Fields(Json.object(), own);
  }

  /** INVALID for a name that nothing has, with the near ones. */
  JsonNode get(List<String> path) throws RegException {
    JsonNode at = null;
    for (int i = 0; i < path.size(); i++) {
      String name = path.get(i);
      JsonNode next = at == null ? first(name) : below(at, name);
      if (next == null) {
        throw unknown(path.subList(0, i), name, at);
      }
      at = next;
    }
    return at == null ? own : at;
  }

  private @Nullable JsonNode first(String name) {
    JsonNode found = known.get(name);
    return found == null ? below(own, name) : found;
  }

  private static @Nullable JsonNode below(JsonNode node, String name) {
    JsonNode found = node.get(name);
    return found == null && !name.isEmpty() ? node.get(decapitalized(name)) : found;
  }

  private static String decapitalized(String name) {
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }

  private RegException unknown(List<String> above, String name, @Nullable JsonNode at) {
    Set<String> names = new LinkedHashSet<>();
    if (at == null) {
      names.addAll(known.propertyNames());
      names.addAll(own.propertyNames());
    } else {
      names.addAll(at.propertyNames());
    }
    List<String> near = NearMisses.of(name, names);
    List<String> shown = near.isEmpty() ? List.copyOf(names) : near;
    List<String> full = new ArrayList<>();
    for (String each : shown) {
      full.add("." + String.join(".", above) + (above.isEmpty() ? "" : ".") + each);
    }
    String there =
        full.isEmpty()
            ? "there is nothing below"
            : near.isEmpty()
                ? "there are " + String.join(", ", full)
                : "did you mean " + String.join(" or ", full) + "?";
    String prefix = above.isEmpty() ? "." : "." + String.join(".", above) + ".";
    return new RegException(
        ErrorKind.INVALID, "--format: there is no field " + prefix + name + "; " + there);
  }
}
