@NullMarked
package dev.reg.template.provenance;

import org.jspecify.annotations.NullMarked;
