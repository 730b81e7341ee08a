package dev.reg.engine.container;

/** All that is kept of a container. */
public record ContainerRecord(Spec spec, Status status) {}
