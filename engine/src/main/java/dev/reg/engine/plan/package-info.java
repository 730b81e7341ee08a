/**
 * What turns a fresh process into a container's first program: the operations, the pure planner
 * that orders them, and the two forms they are written in (docs/protocol.md's bytes, and text).
 */
@NullMarked
package dev.reg.engine.plan;

import org.jspecify.annotations.NullMarked;
