/** What a container's root consists of. */
@NullMarked
package dev.reg.engine.environment;

import org.jspecify.annotations.NullMarked;
