package dev.reg.store;

/**
 * A file's identity on a running system.
 *
 * @param device {@code st_dev} of stat(2), that is {@code makedev(major, minor)}
 */
public record Inode(long device, long inode) {}
