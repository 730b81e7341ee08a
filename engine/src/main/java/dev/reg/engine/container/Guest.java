package dev.reg.engine.container;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A process that somebody waits for beside a container's own: one that joined it, or a copier alone
 * with its files. Its id is the run's token: whoever knows it may attach to it.
 */
interface Guest extends Held {
  /** Null when an earlier engine began it and nobody can tell any more where it is. */
  @Nullable Container container();

  /** Whether it ends when its client does: else what nobody waits for keeps the container busy. */
  boolean endsWithClient();

  @Override
  default String id() {
    return run().token;
  }

  @Override
  default void started() {
    run().started.complete(run().pid);
  }

  /** Whether this user asked for it, see {@link Guests#secret}. */
  default boolean isOf(int uid) {
    return id().endsWith(end(uid));
  }

  /** What the ids of this user's end in. */
  static String end(int uid) {
    return HexFormat.of().toHexDigits(uid);
  }
}
