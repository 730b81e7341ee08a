package dev.reg.build;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where packages are to come from.
 *
 * @param suite of Debian; null for the host's
 * @param mirror of Debian; null for the host's
 * @param sources a file or directory of {@link ConfiguredSources}; null for none
 * @param replace whether these take the place of Debian's
 */
public record FetchedFrom(
    @Nullable String suite, @Nullable String mirror, @Nullable Path sources, boolean replace) {}
