@NullMarked
package dev.reg.engine.daemon;

import org.jspecify.annotations.NullMarked;
