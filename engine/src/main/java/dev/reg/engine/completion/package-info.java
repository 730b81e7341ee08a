/** Scripts that complete command lines in a shell, made from the grammar. */
@NullMarked
package dev.reg.engine.completion;

import org.jspecify.annotations.NullMarked;
