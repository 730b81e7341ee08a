/**
 * A rehearsal for the AOT cache: a whole engine over a root that is thrown away, so that the cache
 * holds the classes and profiles of start and commands.
 */
@NullMarked
package dev.reg.engine.training;

import org.jspecify.annotations.NullMarked;
