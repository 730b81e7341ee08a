/** Commands without an engine: words in, what a person or a program reads out. */
@NullMarked
package dev.reg.engine.command;

import org.jspecify.annotations.NullMarked;
