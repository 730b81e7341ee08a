package dev.reg.linux;

/** Who connected (SO_PEERCRED): as of connect(2), in our namespaces. */
public record Peer(int pid, int uid, int gid) {}
