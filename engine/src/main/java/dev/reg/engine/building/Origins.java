package dev.reg.engine.building;

import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.util.Optional;

/** Where the files of templates come from, of those that are not stored yet, too. */
public interface Origins {
  /** Empty when nobody knows. */
  Optional<Provenance> of(Head template) throws IOException, RegException;
}
