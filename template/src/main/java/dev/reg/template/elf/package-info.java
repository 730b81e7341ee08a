/** ELF files as the dynamic loader sees them, and the closure of what it would load. */
@NullMarked
package dev.reg.template.elf;

import org.jspecify.annotations.NullMarked;
