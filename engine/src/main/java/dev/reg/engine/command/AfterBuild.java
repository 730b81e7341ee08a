package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.building.BuildWatcher;
import dev.reg.engine.building.Unifier.Unified;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.NativeLine;
import dev.reg.error.RegException;
import dev.reg.template.unify.Move;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a template that was just stored means for the others: they take the newer libraries of it.
 */
final class AfterBuild {
  private static final System.Logger LOG = System.getLogger(AfterBuild.class.getName());

  private AfterBuild() {}

  /** Has templates share; empty when that is not to be had at once. */
  interface Sharing {
    Optional<Unified> share(BuildWatcher watcher) throws RegException, IOException;
  }

  /**
   * Tells what changed; that nothing could be changed is no failure of the build. What everybody
   * uses is changed for root alone, as by {@code template update}.
   */
  static void unify(Sharing sharing, Caller caller) throws IOException {
    Collection<String> lines =
        Access.of(caller.peer()).isWhole()
            ? changes(sharing, caller)
            : List.of("the other templates keep their libraries: only root has them replaced");
    for (String line : lines) {
      caller.err(NativeLine.of("reg: " + line));
    }
  }

  private static Collection<String> changes(Sharing sharing, Caller caller) {
    try {
      Optional<Unified> unified = sharing.share(new CallerWatcher(caller));
      if (unified.isEmpty()) {
        return List.of(
            "an update is under way, which may not have seen this template: 'reg template update'"
                + " has the others take its libraries");
      }
      Set<String> told = new LinkedHashSet<>();
      for (Move move : unified.get().plan().moves()) {
        told.add(move.template() + ": " + move.library() + " is now the build of " + move.origin());
      }
      return told;
    } catch (RegException e) {
      return List.of(e.line());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot have templates share libraries", e);
      return List.of(
          "cannot have the other templates take its libraries: "
              + e
              + "; 'reg template update' tries it again");
    }
  }
}
