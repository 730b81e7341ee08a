/** What a project says about itself: reg.yaml, reg.lock, and a script's block. */
@NullMarked
package dev.reg.engine.project;

import org.jspecify.annotations.NullMarked;
