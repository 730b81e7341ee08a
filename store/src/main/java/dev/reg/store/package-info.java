/**
 * What Reg keeps on disk: objects (every file's content once), environments (read-only trees of
 * hard links to objects), and {@link dev.reg.store.Layout}, the only class that knows their paths.
 */
@NullMarked
package dev.reg.store;

import org.jspecify.annotations.NullMarked;
