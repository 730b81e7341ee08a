@NullMarked
package dev.reg.template.unify;

import org.jspecify.annotations.NullMarked;
