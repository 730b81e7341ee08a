@NullMarked
package dev.reg.template.elf;

import org.jspecify.annotations.NullMarked;
