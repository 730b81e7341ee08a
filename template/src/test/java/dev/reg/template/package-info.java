@NullMarked
package dev.reg.template;

import org.jspecify.annotations.NullMarked;
