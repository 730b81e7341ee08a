package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Failures;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.ProvenanceReader;
import dev.reg.template.provenance.ProvenanceWriter;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Where the files of stored templates come from. */
final class Provenances {
  private final TemplateFiles files;

  Provenances(TemplateFiles files) {
    this.files = files;
  }

  /** CORRUPTED when it is not what was stored. */
  Optional<Provenance> read(Head head) throws IOException, RegException {
    byte[] stored = files.readProvenance(head);
    if (stored == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(ProvenanceReader.read(head.id(), stored));
    } catch (RegException e) {
      throw new RegException(
          ErrorKind.CORRUPTED, e.line() + "; build the template again, or remove it", e);
    }
  }

  /** For a template that is stored. */
  void write(Head head, Provenance provenance) throws IOException, RegException {
    try {
      files.writeProvenance(head, ProvenanceWriter.write(provenance));
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot store the provenance of template " + head.id());
    }
  }

  /** INVALID when it tells of a path that the resolved template does not have. */
  void check(Template template, Provenance provenance) throws RegException {
    Set<String> paths = new HashSet<>(template.links().keySet());
    template.files().forEach(file -> paths.add(file.path()));
    template.libs().forEach(lib -> paths.add(lib.placed()));
    for (String path : provenance.files().keySet()) {
      if (!paths.contains(path)) {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot store the provenance of template "
                + template.id()
                + ": it tells of "
                + Text.quote(path)
                + ", which the template does not have");
      }
    }
  }
}
