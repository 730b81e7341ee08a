/** The paper's state model (section 3.1, figure 2) as one pure function. */
@NullMarked
package dev.reg.engine.lifecycle;

import org.jspecify.annotations.NullMarked;
