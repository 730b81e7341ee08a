package dev.reg.engine.container;

import dev.reg.store.EnvironmentStore;
import java.util.function.BooleanSupplier;

/**
 * What is to become a container.
 *
 * @param tree gives the environment's entries when it has to be made
 * @param current whether the draft's templates are still what they were when it was drafted; asked
 *     when the container can be seen by whoever would remove one
 */
public record Wish(Draft draft, EnvironmentStore.TreeSource tree, BooleanSupplier current) {}
