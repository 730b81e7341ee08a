/** What a container's root consists of before anything is written to it. */
@NullMarked
package dev.reg.engine.environment;

import org.jspecify.annotations.NullMarked;
