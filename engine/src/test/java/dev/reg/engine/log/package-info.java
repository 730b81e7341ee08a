/** The form of the engine's log. */
@NullMarked
package dev.reg.engine.log;

import org.jspecify.annotations.NullMarked;
