/** What can be told of stored templates by what they have and where it comes from. */
@NullMarked
package dev.reg.template.report;

import org.jspecify.annotations.NullMarked;
