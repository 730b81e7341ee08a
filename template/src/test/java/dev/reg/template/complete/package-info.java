/** Tests of what a stored template lacks. */
@NullMarked
package dev.reg.template.complete;

import org.jspecify.annotations.NullMarked;
