/** Templates as the engine offers them: resolved from the repository, or built when missing. */
@NullMarked
package dev.reg.engine.building;

import org.jspecify.annotations.NullMarked;
