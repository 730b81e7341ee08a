package dev.reg.template;

import dev.reg.store.Digest;
import java.time.Instant;
import java.util.List;

/**
 * A stored template without its file list: all that a start needs to know.
 *
 * @param digest sha256 of the canonical YAML
 * @param libs names of the libraries, {@code libc@6}
 * @param files number of files and libraries
 * @param bytes size of all distinct files and libraries
 * @param created when it was stored; not part of the digest
 */
public record Head(
    String name,
    Version version,
    Digest digest,
    List<TemplateRef> requires,
    List<String> libs,
    Level level,
    Execution execution,
    int files,
    long bytes,
    Instant created) {

  public Head {
    requires = List.copyOf(requires);
    libs = List.copyOf(libs);
  }

  /** {@code name@version}. */
  public String id() {
    return name + "@" + version;
  }
}
