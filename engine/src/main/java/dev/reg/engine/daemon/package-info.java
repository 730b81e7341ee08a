/** The life of the engine's process: sockets, threads, start, stop. */
@NullMarked
package dev.reg.engine.daemon;

import org.jspecify.annotations.NullMarked;
