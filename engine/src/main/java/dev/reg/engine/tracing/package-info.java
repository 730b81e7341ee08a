/** What a run opened, set against what its templates have. */
@NullMarked
package dev.reg.engine.tracing;

import org.jspecify.annotations.NullMarked;
