@NullMarked
package dev.reg.engine.doctor;

import org.jspecify.annotations.NullMarked;
