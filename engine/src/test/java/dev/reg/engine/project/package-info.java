/** Files of projects: what they say, and what is said of their mistakes. */
@NullMarked
package dev.reg.engine.project;

import org.jspecify.annotations.NullMarked;
