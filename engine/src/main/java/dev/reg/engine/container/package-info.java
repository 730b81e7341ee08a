/**
 * Containers: what one is, where it is kept, and the verbs that change it. The verbs are {@link
 * dev.reg.engine.container.ContainerService}'s; a container's state changes only through {@link
 * dev.reg.engine.lifecycle.Lifecycle}.
 */
@NullMarked
package dev.reg.engine.container;

import org.jspecify.annotations.NullMarked;
