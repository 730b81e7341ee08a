@NullMarked
package dev.reg.engine.protocol;

import org.jspecify.annotations.NullMarked;
