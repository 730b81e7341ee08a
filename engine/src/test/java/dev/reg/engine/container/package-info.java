/** Containers over a launcher and processes that the tests play. */
@NullMarked
package dev.reg.engine.container;

import org.jspecify.annotations.NullMarked;
