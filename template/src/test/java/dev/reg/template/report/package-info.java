@NullMarked
package dev.reg.template.report;

import org.jspecify.annotations.NullMarked;
