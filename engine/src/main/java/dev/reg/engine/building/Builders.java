package dev.reg.engine.building;

import dev.reg.engine.configuration.Configuration;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What all runs of builders have in common.
 *
 * @param apt a private apt directory, which is made if it is missing
 * @param configuration where packages come from
 */
public record Builders(Path apt, Configuration configuration, BuilderMemory memory) {
  /**
   * Makes the files of one template in processes of their own.
   *
   * @param out an empty or absent directory, beside which others are made meanwhile; has the
   *     template on success, nothing of use on failure
   * @param progress gets short lines
   * @param wanted false ends the processes
   * @param required gives the builder of packages what its recipe requires
   */
  void run(
      BuildSource source,
      Path out,
      Consumer<String> progress,
      BooleanSupplier wanted,
      BuilderRun.Giver required)
      throws IOException, RegException {
    try (BuilderMemory.Hold hold = memory.hold()) {
      BuilderRun.run(source, out, this, hold, progress, wanted, required);
    }
  }
}
