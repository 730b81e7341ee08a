package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.building.Unifier.Unified;
import dev.reg.engine.building.Updates;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.NativeLine;
import dev.reg.error.RegException;
import dev.reg.template.unify.Move;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a template that was just stored means for the others: they take the newer libraries of it.
 */
final class AfterBuild {
  private AfterBuild() {}

  /**
   * Tells what changed; that nothing could be changed is no failure of the build. What everybody
   * uses is changed for root alone, as by {@code template update}.
   */
  static void unify(Updates updates, Caller caller) throws IOException {
    if (!Access.of(caller.peer()).isWhole()) {
      caller.err("reg: the other templates keep their libraries: only root has them replaced\n");
      return;
    }
    try {
      Optional<Unified> unified = updates.unify(new CallerWatcher(caller));
      if (unified.isEmpty()) {
        caller.err(
            "reg: an update is under way, which may not have seen this template: 'reg template"
                + " update' has the others take its libraries\n");
        return;
      }
      Set<String> told = new LinkedHashSet<>();
      for (Move move : unified.get().plan().moves()) {
        told.add(move.template() + ": " + move.library() + " is now the build of " + move.origin());
      }
      for (String line : told) {
        caller.err(NativeLine.of("reg: " + line));
      }
    } catch (RegException e) {
      caller.err(NativeLine.of("reg: " + e.line()));
    }
  }
}
