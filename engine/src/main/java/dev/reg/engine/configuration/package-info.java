/** What an administrator decides: the file engine.yaml. */
@NullMarked
package dev.reg.engine.configuration;

import org.jspecify.annotations.NullMarked;
