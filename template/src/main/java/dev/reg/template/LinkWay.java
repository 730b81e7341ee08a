package dev.reg.template;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a link of a template leads, by the links of that template alone.
 *
 * @param path what is no link any more; the template need not have it
 * @param links that were passed, the first one among them
 */
public record LinkWay(String path, SortedMap<String, String> links) {
  private static final int MAX_HOPS = 8;

  /** Null when it passes more than eight links. */
  public static @Nullable LinkWay follow(Template template, String link) {
    TreeMap<String, String> passed = new TreeMap<>();
    String path = link;
    for (int hop = 0; hop < MAX_HOPS; hop++) {
      String target = template.links().get(path);
      if (target == null) {
        return new LinkWay(path, passed);
      }
      passed.put(path, target);
      path = join(ContainerPath.parent(path), target);
    }
    return null;
  }

  /** Joins lexically; {@code ..} ends at the root. */
  private static String join(String directory, String target) {
    List<String> components = new ArrayList<>();
    String joined = target.startsWith("/") ? target : directory + "/" + target;
    for (String component : joined.split("/", -1)) {
      if (component.equals("..")) {
        if (!components.isEmpty()) {
          components.removeLast();
        }
      } else if (!component.isEmpty() && !component.equals(".")) {
        components.add(component);
      }
    }
    String path = "/" + String.join("/", components);
    return path.matches("/(bin|sbin|lib|lib64)/.*") ? "/usr" + path : path;
  }
}
