package dev.reg.template.unify;

import dev.reg.template.Template;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Templates as they are now.
 *
 * @param templates resolved ones, by {@code name@version}
 * @param closures of each template, by {@code name@version}: all that it requires, and itself
 */
public record Stock(
    SortedMap<String, Template> templates, SortedMap<String, List<String>> closures) {
  public Stock(Map<String, Template> templates, Map<String, List<String>> closures) {
    this(new TreeMap<>(templates), new TreeMap<>(closures));
  }

  public Stock {
    templates = Collections.unmodifiableSortedMap(new TreeMap<>(templates));
    closures = Collections.unmodifiableSortedMap(new TreeMap<>(closures));
  }
}
