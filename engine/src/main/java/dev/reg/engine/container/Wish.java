package dev.reg.engine.container;

import dev.reg.engine.environment.Account;
import dev.reg.store.EnvironmentStore;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is to become a container.
 *
 * @param tree gives the environment's entries when it has to be made
 * @param current whether the draft's templates are still what they were when it was drafted; asked
 *     when the container can be seen by whoever would remove one
 * @param account the program's user, when it is not one of the standard accounts
 */
public record Wish(
    Draft draft,
    EnvironmentStore.TreeSource tree,
    BooleanSupplier current,
    @Nullable Account account) {
  /** For one whose user is a standard account. */
  public Wish(Draft draft, EnvironmentStore.TreeSource tree, BooleanSupplier current) {
    this(draft, tree, current, null);
  }
}
