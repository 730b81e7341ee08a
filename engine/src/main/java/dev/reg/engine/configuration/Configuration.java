package dev.reg.engine.configuration;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.WholeCharacters;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.ConstructNode;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * The engine's configuration file.
 *
 * <pre>
 * apt:
 *   suite: trixie                          # instead of the host's own Debian release
 *   mirror: http://mirror.example/debian   # instead of the host's own
 *   sources: sources.d                     # beside them: a file, or a folder with files *.sources
 *   replace: true                          # not beside, but instead of them
 * group: staff                             # whose members may use the engine; reg by default
 * containers-per-user: 200                 # that one who is not root may have; 1000 by default
 * trace-seconds: 300                       # that each trace command of a template has; 60 by default
 * </pre>
 *
 * @param suite null for the host's
 * @param mirror null for the host's
 * @param sources a file or directory of more package sources; null for none
 * @param replace whether those take the place of the host's
 * @param group a name or a number; null for the group {@code reg}, if the host has one
 * @param containersPerUser that one who is not root may have, in whatever state; 0 or more
 * @param traceSeconds that each trace command of a template has; 1 or more
 */
public record Configuration(
    @Nullable String suite,
    @Nullable String mirror,
    @Nullable Path sources,
    boolean replace,
    @Nullable String group,
    int containersPerUser,
    int traceSeconds) {
  private static final int CONTAINERS_PER_USER = 1000;
  private static final int MOST_CONTAINERS = 1_000_000;
  private static final int TRACE_SECONDS = 60;
  private static final int MOST_SECONDS = 86_400;

  private static final int LARGEST = 1 << 16;

  /** The schema knows texts alone: neither an empty document nor a key without a value. */
  private static final Map<Tag, ConstructNode> NOTHING = Map.of(Tag.NULL, node -> null);

  /** The defaults, but for where packages come from. */
  public Configuration(@Nullable String suite, @Nullable String mirror) {
    this(suite, mirror, null, false, null, CONTAINERS_PER_USER, TRACE_SECONDS);
  }

  /** Reads the file; all defaults when there is none, INVALID for what it does not know. */
  public static Configuration read(Path file) throws IOException, RegException {
    String text;
    try {
      if (Files.size(file) > LARGEST) {
        throw invalid(file, "it is larger than 64 KiB");
      }
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return new Configuration(null, null);
    } catch (CharacterCodingException e) {
      throw invalid(file, "it is not UTF-8");
    }
    Object document;
    try {
      LoadSettings settings =
          LoadSettings.builder()
              .setSchema(new FailsafeSchema())
              .setTagConstructors(NOTHING)
              .setAllowDuplicateKeys(false)
              .setMaxAliasesForCollections(0)
              .build();
      document = new Load(settings).loadFromReader(new WholeCharacters(text));
    } catch (YamlEngineException e) {
      throw invalid(file, String.valueOf(e.getMessage()).lines().findFirst().orElse("no YAML"));
    }
    if (document == null) {
      return new Configuration(null, null);
    }
    Map<?, ?> root = map(file, document, "the document");
    refuseOthers(file, root, "apt", "group", "containers-per-user", "trace-seconds");
    Map<?, ?> apt = root.containsKey("apt") ? map(file, root.get("apt"), "apt") : Map.of();
    refuseOthers(file, apt, "suite", "mirror", "sources", "replace");
    Path sources = path(file, apt, "sources");
    boolean replace = truth(file, apt, "replace");
    if (replace && (sources == null || apt.get("mirror") != null)) {
      throw invalid(file, "replace: true wants sources, and no mirror");
    }
    return new Configuration(
        text(file, apt, "suite"),
        text(file, apt, "mirror"),
        sources,
        replace,
        text(file, root, "group"),
        number(file, root, "containers-per-user", 0, MOST_CONTAINERS, CONTAINERS_PER_USER),
        number(file, root, "trace-seconds", 1, MOST_SECONDS, TRACE_SECONDS));
  }

  private static int number(
      Path file, Map<?, ?> map, String key, int least, int most, int otherwise)
      throws RegException {
    String text = text(file, map, key);
    if (text == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw invalid(file, key + " is not a number from " + least + " to " + most);
  }

  private static Map<?, ?> map(Path file, @Nullable Object value, String what) throws RegException {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw invalid(file, what + " is not a mapping");
  }

  private static void refuseOthers(Path file, Map<?, ?> map, String... known) throws RegException {
    for (Object key : map.keySet()) {
      if (!List.of(known).contains(key)) {
        throw invalid(file, "it has the unknown key '" + key + "'");
      }
    }
  }

  private static @Nullable String text(Path file, Map<?, ?> map, String key) throws RegException {
    Object value = map.get(key);
    if (value == null) {
      return null;
    }
    if (value instanceof String text) {
      if (text.isBlank()) {
        throw invalid(file, key + " is empty");
      }
      return text;
    }
    throw invalid(file, key + " is not a text");
  }

  /** A relative one is beside the configuration. */
  private static @Nullable Path path(Path file, Map<?, ?> map, String key) throws RegException {
    String text = text(file, map, key);
    if (text == null) {
      return null;
    }
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw invalid(file, key + " is no path");
    }
    return file.toAbsolutePath().resolveSibling(text).normalize();
  }

  private static boolean truth(Path file, Map<?, ?> map, String key) throws RegException {
    String text = text(file, map, key);
    if (text == null || text.equals("false")) {
      return false;
    }
    if (text.equals("true")) {
      return true;
    }
    throw invalid(file, key + " is neither true nor false");
  }

  private static RegException invalid(Path file, String why) {
    return new RegException(ErrorKind.INVALID, "cannot use the configuration " + file + ": " + why);
  }
}
