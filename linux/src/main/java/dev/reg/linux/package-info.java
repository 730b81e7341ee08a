/**
 * The only Java that touches the kernel: descriptors, sockets, mounts, processes, through one
 * handle on libc's {@code syscall}. Beside it, one use of another library of the host: {@link
 * HostSha256}.
 *
 * <p>Downcalls pin a virtual thread to its carrier, so calls that can block (accept, receive, wait)
 * belong on platform threads.
 */
@NullMarked
package dev.reg.linux;

import org.jspecify.annotations.NullMarked;
