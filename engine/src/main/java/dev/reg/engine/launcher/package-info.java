/** The conversation with the launcher: docs/protocol.md, second part. */
@NullMarked
package dev.reg.engine.launcher;

import org.jspecify.annotations.NullMarked;
