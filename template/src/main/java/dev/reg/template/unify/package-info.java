/** Which build of a library templates can share, decided on what is stored; no I/O of its own. */
@NullMarked
package dev.reg.template.unify;

import org.jspecify.annotations.NullMarked;
