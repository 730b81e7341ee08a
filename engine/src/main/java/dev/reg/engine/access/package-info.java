/** Who may do what. */
@NullMarked
package dev.reg.engine.access;

import org.jspecify.annotations.NullMarked;
