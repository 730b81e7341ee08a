@NullMarked
package dev.reg.build;

import org.jspecify.annotations.NullMarked;
