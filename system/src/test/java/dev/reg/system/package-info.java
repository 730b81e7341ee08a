/**
 * The real client against a real engine, in a temporary root. Needs root; says so when it skips.
 */
@NullMarked
package dev.reg.system;

import org.jspecify.annotations.NullMarked;
