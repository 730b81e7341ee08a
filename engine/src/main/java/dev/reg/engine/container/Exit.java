package dev.reg.engine.container;

import java.time.Instant;
import java.util.OptionalInt;

/**
 * How a run ended.
 *
 * @param code 0..255, 128+n for signal n; empty when nobody knows it
 */
public record Exit(OptionalInt code, Instant at) {}
