/**
 * Templates from Debian packages. A recipe says which packages to take and which of their files;
 * apt resolves, downloads and verifies them in a directory of its own; the shared libraries are
 * found by the loader's rules. Runs as a process of its own ({@link dev.reg.build.BuilderMain}), so
 * that foreign bytes are parsed outside the engine.
 */
@NullMarked
package dev.reg.build;

import org.jspecify.annotations.NullMarked;
