/** Decisions about callers of all kinds. */
@NullMarked
package dev.reg.engine.access;

import org.jspecify.annotations.NullMarked;
