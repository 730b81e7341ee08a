/** The few kinds of failure that a person or a program can tell apart. */
@NullMarked
package dev.reg.error;

import org.jspecify.annotations.NullMarked;
