/** Where System.Logger's records go: one line each to standard error, which is engine.log. */
@NullMarked
package dev.reg.engine.log;

import org.jspecify.annotations.NullMarked;
