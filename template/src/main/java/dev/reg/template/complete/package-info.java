/** Whether a template has all that its programs need, decided on what is stored. */
@NullMarked
package dev.reg.template.complete;

import org.jspecify.annotations.NullMarked;
