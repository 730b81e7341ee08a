/**
 * The only Java that touches the kernel: descriptors, sockets, mounts, processes, through one
 * handle on libc's {@code syscall}.
 *
 * <p>Downcalls pin a virtual thread to its carrier, so calls that can block (accept, receive, wait)
 * belong on platform threads.
 */
@NullMarked
package dev.reg.linux;

import org.jspecify.annotations.NullMarked;
