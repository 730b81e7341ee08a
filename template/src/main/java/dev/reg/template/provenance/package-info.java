/** Where the files of templates come from: packages, and what brought each file. */
@NullMarked
package dev.reg.template.provenance;

import org.jspecify.annotations.NullMarked;
