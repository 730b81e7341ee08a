@NullMarked
package dev.reg.linux;

import org.jspecify.annotations.NullMarked;
