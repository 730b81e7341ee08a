@NullMarked
package dev.reg.engine;

import org.jspecify.annotations.NullMarked;
