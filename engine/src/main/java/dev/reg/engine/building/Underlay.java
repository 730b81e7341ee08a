package dev.reg.engine.building;

import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.UnfinishedTemplate;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;

/**
 * A closure with all files of its packages underneath, for a run to be traced on. What it has
 * beyond the closure is in the repository until it is closed, and found by nobody.
 *
 * @param origins the package of each file that a package has, by path
 * @param links symbolic links of the packages, path to target
 */
public record Underlay(
    UnfinishedTemplate unfinished, Map<String, String> origins, SortedMap<String, String> links)
    implements AutoCloseable {
  /** The closure and what is underneath. */
  public Closure closure() {
    return unfinished.closure();
  }

  /** Of the unfinished template itself. */
  public Head head() {
    return unfinished.head();
  }

  @Override
  public void close() throws IOException {
    unfinished.close();
  }
}
