/** The conversation with a client: docs/protocol.md, first part. */
@NullMarked
package dev.reg.engine.protocol;

import org.jspecify.annotations.NullMarked;
