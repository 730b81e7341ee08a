/** Building of templates with builders that the tests play. */
@NullMarked
package dev.reg.engine.building;

import org.jspecify.annotations.NullMarked;
