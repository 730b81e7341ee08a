package dev.reg.linux;

/**
 * A file that a process has mapped.
 *
 * @param device as in {@link FileStatus}
 * @param path as the process's root sees it, for display
 */
public record Mapping(long device, long inode, String path) {}
