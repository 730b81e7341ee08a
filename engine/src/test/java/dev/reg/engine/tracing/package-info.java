/** The form of the engine's log. */
@NullMarked
package dev.reg.engine.tracing;

import org.jspecify.annotations.NullMarked;
