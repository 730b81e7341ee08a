package dev.reg.engine.project;

import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.template.Closure;
import dev.reg.template.TemplateRef;
import dev.reg.template.Text;
import dev.reg.template.Version;
import dev.reg.template.Yaml;
import dev.reg.template.Yaml.Mapping;
import dev.reg.template.Yaml.Node;
import dev.reg.template.Yaml.Pair;
import dev.reg.template.Yaml.Scalar;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads reg.lock, and only what {@link Lock#text} writes. */
final class LockReader {
  private final Mistakes.Collector mistakes = new Mistakes.Collector();

  private LockReader() {}

  /**
   * Reads one document of at most {@link Lock#LARGEST} bytes.
   *
   * @param origin how messages name it
   */
  static Lock read(String origin, byte[] document) throws Mistakes {
    try {
      LockReader reader = new LockReader();
      Lock lock = reader.lock(Yaml.parse(origin, document, Lock.LARGEST));
      reader.mistakes.throwIfAny(origin);
      if (lock == null) {
        throw new AssertionError("a lock without a mistake and without a value");
      }
      return lock;
    } catch (Yaml.Malformed e) {
      throw Mistakes.one(origin, e.line(), e.problem());
    }
  }

  private @Nullable Lock lock(Node root) {
    Map<String, Node> fields = new HashMap<>();
    for (Pair pair : pairs(root, "the file", root)) {
      String key = pair.key().text();
      if (!List.of("version", "runtime", "templates", "environment").contains(key)) {
        mistakes.add(pair.key().line(), "unknown key " + Text.quote(key));
      }
      fields.put(key, pair.value());
    }
    if (!(fields.get("version") instanceof Scalar version)) {
      mistakes.add(root.line(), "it has no version");
      return null;
    }
    if (!version.text().equals(Integer.toString(Lock.VERSION))) {
      mistakes.add(
          version.line(),
          "it has the version "
              + Text.quote(version.text())
              + ", and this reg reads "
              + Lock.VERSION);
      return null;
    }
    SortedMap<String, Digest> templates = templates(fields.get("templates"), root);
    Map<String, String> runtime = runtime(fields.get("runtime"), root, templates);
    Digest environment = fields.get("environment") instanceof Scalar scalar ? digest(scalar) : null;
    if (environment == null || !environment.equals(Closure.idOf(templates))) {
      mistakes.add(
          root.line(), "it was cut short or changed: its environment is not that of its templates");
      return null;
    }
    return new Lock(runtime, templates, environment);
  }

  private SortedMap<String, Digest> templates(@Nullable Node node, Node root) {
    SortedMap<String, Digest> templates = new TreeMap<>();
    for (Pair pair : pairs(node, "templates", root)) {
      TemplateRef ref = exact(pair.key());
      Digest digest = digest(pair.value());
      if (ref != null && digest != null && templates.put(ref.toString(), digest) != null) {
        mistakes.add(pair.key().line(), ref + " is there twice");
      }
    }
    return templates;
  }

  private Map<String, String> runtime(
      @Nullable Node node, Node root, Map<String, Digest> templates) {
    Map<String, String> runtime = new LinkedHashMap<>();
    for (Pair pair : pairs(node, "runtime", root)) {
      TemplateRef wish = ref(pair.key());
      TemplateRef id = exact(pair.value());
      if (wish == null || id == null) {
        continue;
      }
      boolean holds =
          templates.containsKey(id.toString())
              && id.name().equals(wish.name())
              && wish.matches(new Version(id.prefix()));
      if (!holds) {
        mistakes.add(pair.key().line(), wish + " is not " + id + " of its templates");
      }
      runtime.put(wish.toString(), id.toString());
    }
    return runtime;
  }

  private @Nullable TemplateRef exact(Node node) {
    TemplateRef ref = ref(node);
    if (ref != null && ref.prefix().isEmpty()) {
      mistakes.add(node.line(), ref + " has no version");
      return null;
    }
    return ref;
  }

  private @Nullable TemplateRef ref(Node node) {
    if (node instanceof Scalar scalar) {
      try {
        return TemplateRef.parse(scalar.text());
      } catch (RegException e) {
        mistakes.add(node.line(), e.line());
        return null;
      }
    }
    mistakes.add(node.line(), "a template is NAME@VERSION");
    return null;
  }

  private @Nullable Digest digest(Node node) {
    if (node instanceof Scalar scalar) {
      try {
        return Digest.parse(scalar.text());
      } catch (RegException e) {
        mistakes.add(node.line(), e.line());
        return null;
      }
    }
    mistakes.add(node.line(), "a digest is sha256:…");
    return null;
  }

  private List<Pair> pairs(@Nullable Node node, String what, Node root) {
    if (node instanceof Mapping mapping) {
      return mapping.pairs();
    }
    mistakes.add((node == null ? root : node).line(), what + " is no mapping");
    return List.of();
  }
}
