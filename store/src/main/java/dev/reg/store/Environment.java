package dev.reg.store;

import java.nio.file.Path;

/**
 * A complete environment on disk. Its trees never change while it exists.
 *
 * @param id the closure's digest
 * @param usr the tree that is mounted read-only at {@code /usr}
 * @param root the lower directory of the container's {@code /}
 * @param files number of regular files in both trees
 * @param bytes their sizes added up; the space is shared with other environments
 */
public record Environment(Digest id, Path usr, Path root, int files, long bytes) {}
