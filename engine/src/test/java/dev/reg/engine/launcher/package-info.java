@NullMarked
package dev.reg.engine.launcher;

import org.jspecify.annotations.NullMarked;
