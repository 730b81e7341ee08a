/** Readings of engine.yaml, hostile ones included. */
@NullMarked
package dev.reg.engine.configuration;

import org.jspecify.annotations.NullMarked;
