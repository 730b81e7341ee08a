package dev.reg.engine.command;

import dev.reg.error.RegException;
import dev.reg.store.ObjectId;
import dev.reg.template.Head;
import dev.reg.template.ReplacedBuilds;
import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** How builds of libraries are called: by the version of their package, where one is known. */
final class BuildNames {
  private static final int DIGITS = 12;

  private final Map<String, Optional<Provenance>> provenances = new HashMap<>();
  private final Map<ObjectId, String> replaced;
  private final Source source;

  /** Where is known where the files of a template come from. */
  interface Source {
    Optional<Provenance> of(String template) throws IOException, RegException;
  }

  private BuildNames(Source source, Map<ObjectId, String> replaced) {
    this.source = source;
    this.replaced = replaced;
  }

  /** Of templates as they are stored. */
  static BuildNames stored(Context context) throws IOException {
    Map<String, Head> heads = new HashMap<>();
    context.templates().list().forEach(head -> heads.put(head.id(), head));
    return of(
        context,
        template -> {
          Head head = heads.get(template);
          return head == null ? Optional.empty() : context.templates().provenance(head);
        });
  }

  static BuildNames of(Context context, Source source) throws IOException {
    return new BuildNames(source, new ReplacedBuilds(context.layout()).read());
  }

  /** A package's version; else the digest's beginning. */
  String of(String template, String path, ObjectId object) throws IOException {
    Optional<String> version =
        provenance(template)
            .flatMap(from -> from.packageOf(path))
            .map(DistributionPackage::version);
    return version.orElseGet(
        () -> replaced.getOrDefault(object, object.digest().hex().substring(0, DIGITS)));
  }

  private Optional<Provenance> provenance(String template) throws IOException {
    Optional<Provenance> known = provenances.get(template);
    if (known == null) {
      try {
        known = source.of(template);
      } catch (RegException e) {
        known = Optional.empty(); // damaged: then nobody knows
      }
      provenances.put(template, known);
    }
    return known;
  }
}
