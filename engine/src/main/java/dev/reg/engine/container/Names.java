package dev.reg.engine.container;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Names of containers. */
public final class Names {
  /** Begins the names of containers in which templates are built. {@link #check} refuses it. */
  public static final String BUILD = ".build-";

  private static final Pattern FORM = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}");

  private static final List<String> ADJECTIVES =
      List.of(
          "able", "amber", "ample", "apt", "bold", "brave", "brief", "bright", "brisk", "calm",
          "candid", "clear", "clever", "cool", "crisp", "deft", "eager", "early", "fair", "fast",
          "fine", "firm", "fond", "fresh", "gentle", "glad", "grand", "green", "handy", "happy",
          "hardy", "honest", "ideal", "jolly", "keen", "kind", "late", "lean", "light", "lively",
          "lucid", "merry", "mild", "modest", "neat", "nimble", "noble", "patient", "plain",
          "polite", "prime", "proud", "quick", "quiet", "rapid", "ready", "round", "sharp",
          "silent", "smart", "solid", "steady", "sunny", "swift", "tidy", "vivid", "warm", "wise");

  private static final List<String> NOUNS =
      List.of(
          "acorn", "alder", "anchor", "apple", "aspen", "badger", "basin", "beacon", "beech",
          "birch", "brook", "canyon", "cedar", "cliff", "clover", "comet", "coral", "crane",
          "delta", "dune", "eagle", "ember", "falcon", "fern", "finch", "fjord", "flint", "forest",
          "fox", "garnet", "glacier", "grove", "harbor", "hazel", "heron", "island", "ivy", "jay",
          "juniper", "kestrel", "lagoon", "lark", "laurel", "linden", "lotus", "maple", "marsh",
          "meadow", "moss", "oak", "orchid", "otter", "owl", "pebble", "pine", "plover", "quartz",
          "raven", "reef", "ridge", "robin", "sparrow", "spruce", "thistle", "tulip", "willow");

  private Names() {}

  /** {@code adjective_noun}; with a number from the fourth try on, when many are taken. */
  static String random(RandomGenerator random, int attempt) {
    String name =
        ADJECTIVES.get(random.nextInt(ADJECTIVES.size()))
            + "_"
            + NOUNS.get(random.nextInt(NOUNS.size()));
    return attempt < 3 ? name : name + "_" + random.nextInt(1_000_000);
  }

  /** INVALID unless it has the form of a name that a caller may give. */
  public static void check(String name) throws RegException {
    if (!FORM.matcher(name).matches()) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot name a container '"
              + name
              + "': a name has 1 to 63 letters, digits, '_', '.' and '-' and begins with a letter"
              + " or digit");
    }
  }
}
