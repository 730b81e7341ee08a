/** What a machine needs for Reg to run, tried out one thing after the other. */
@NullMarked
package dev.reg.engine.doctor;

import org.jspecify.annotations.NullMarked;
