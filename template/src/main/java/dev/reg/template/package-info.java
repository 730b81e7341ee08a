/** Runtime environment templates: their format, versions, repository and resolution. */
@NullMarked
package dev.reg.template;

import org.jspecify.annotations.NullMarked;
