/** The command line: its grammar, one class a verb, and what they print. */
@NullMarked
package dev.reg.engine.command;

import org.jspecify.annotations.NullMarked;
