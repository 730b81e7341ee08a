package dev.reg.template.unify;

import java.util.List;

/**
 * What is to be done so that templates share the newest build of each library.
 *
 * @param moves sorted by template and path
 * @param stays sorted by template and library
 */
public record Plan(List<Move> moves, List<Stay> stays) {
  /** When nothing differs. */
  public static final Plan NOTHING = new Plan(List.of(), List.of());

  public Plan {
    moves = List.copyOf(moves);
    stays = List.copyOf(stays);
  }
}
