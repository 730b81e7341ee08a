package dev.reg.store;

/**
 * What the repository holds.
 *
 * @param objects number of objects, replicas not counted
 * @param bytes size of all contents, replicas counted, in bytes (not blocks)
 */
public record Usage(long objects, long bytes) {}
