package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.Resolver;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Exactly the templates that were decided before: what the repository lacks is built, and what is
 * another than the one that was decided is named, all of it at once.
 */
final class Pins {
  private final Templates templates;
  private final TemplateRepository repository;
  private final Pinned pinned;
  private final String wayOut;

  Pins(Templates templates, TemplateRepository repository, Pinned pinned) {
    this.templates = templates;
    this.repository = repository;
    this.pinned = pinned;
    this.wayOut = "; '" + pinned.renewal() + "' takes what there is now";
  }

  /** Has the repository have all of them. */
  void ensure(Pull pull, BuildWatcher watcher) throws RegException, IOException {
    List<String> reasons = new ArrayList<>();
    for (Map.Entry<String, Digest> each : pinned.templates().entrySet()) {
      TemplateRef ref = TemplateRef.parse(each.getKey());
      if (find(ref).isEmpty() && pull != Pull.NEVER && templates.hasRecipe(ref.name())) {
        Head built = templates.build(ref.name(), watcher);
        if (!built.id().equals(each.getKey())) {
          reasons.add(
              each.getKey()
                  + ", which is not stored here; the catalog's recipe makes "
                  + built.id());
          continue;
        }
      }
      why(ref, each.getValue(), pull).ifPresent(reasons::add);
    }
    if (!reasons.isEmpty()) {
      reasons.sort(null);
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          pinned.by() + " pins " + String.join("; and ", reasons) + wayOut);
    }
  }

  private Optional<Head> find(TemplateRef exact) {
    return repository.versions(exact.name()).stream()
        .filter(head -> head.version().text().equals(exact.prefix()))
        .findFirst();
  }

  /** Why this one is not to be had; empty when it is. */
  private Optional<String> why(TemplateRef ref, Digest wanted, Pull pull) {
    Head head = find(ref).orElse(null);
    if (head == null) {
      String reason =
          templates.hasRecipe(ref.name()) && pull == Pull.NEVER
              ? ", which is not stored here, and --pull never keeps it from being built"
              : ", which is not stored here, and the catalog has no recipe for it";
      return Optional.of(ref + reason);
    }
    return head.digest().equals(wanted)
        ? Optional.empty()
        : Optional.of(
            ref
                + " with the digest "
                + brief(wanted)
                + ", and the one stored here has "
                + brief(head.digest()));
  }

  private static String brief(Digest digest) {
    return digest.toString().substring(0, "sha256:".length() + 12) + "…";
  }

  /** The closure of wishes out of these templates; they are all there. */
  Closure resolve(Resolver resolver, List<TemplateRef> wanted) throws RegException {
    List<Head> heads = new ArrayList<>();
    for (String id : pinned.templates().keySet()) {
      find(TemplateRef.parse(id)).ifPresent(heads::add);
    }
    Closure closure;
    try {
      closure = resolver.resolve(wanted, heads);
    } catch (RegException e) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION, pinned.by() + " does not hold: " + e.line() + wayOut, e);
    }
    if (!closure.id().equals(pinned.environment())) {
      // Something was replaced since it was looked at, or a template is pinned that nobody
      // requires.
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          pinned.by()
              + " does not hold: its templates are not what "
              + String.join(", ", wanted.stream().map(TemplateRef::toString).toList())
              + " requires"
              + wayOut);
    }
    return closure;
  }
}
