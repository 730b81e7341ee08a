package dev.reg.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The records of packages that a machine has; whoever cannot read them has none. */
record HostRecords(Path host) implements InstalledPackages.Records {
  @Override
  public @Nullable Path content(String path) {
    Path file = host.resolve(path.substring(1));
    return Files.isRegularFile(file) && Files.isReadable(file) ? file : null;
  }

  @Override
  public Collection<String> below(String directory) throws IOException {
    Path place = host.resolve(directory.substring(1));
    if (!Files.isDirectory(place) || !Files.isReadable(place)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(place)) {
      return files.map(file -> directory + file.getFileName()).sorted().toList();
    }
  }
}
