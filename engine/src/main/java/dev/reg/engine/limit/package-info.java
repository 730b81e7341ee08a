/**
 * Limits on what a container may use: what was asked for, and the control groups that hold it to
 * that.
 */
@NullMarked
package dev.reg.engine.limit;

import org.jspecify.annotations.NullMarked;
