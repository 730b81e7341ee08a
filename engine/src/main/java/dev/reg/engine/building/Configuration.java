package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
 * </pre>
 *
 * @param suite null for the host's
 * @param mirror null for the host's
 */
public record Configuration(@Nullable String suite, @Nullable String mirror) {
  private static final int LARGEST = 1 << 16;

  /** The schema knows texts alone: neither an empty document nor a key without a value. */
  private static final Map<Tag, ConstructNode> NOTHING = Map.of(Tag.NULL, node -> null);

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
      document = new Load(settings).loadFromString(text);
    } catch (YamlEngineException e) {
      throw invalid(file, String.valueOf(e.getMessage()).lines().findFirst().orElse("no YAML"));
    }
    if (document == null) {
      return new Configuration(null, null);
    }
    Map<?, ?> root = map(file, document, "the document");
    refuseOthers(file, root, "apt");
    if (!root.containsKey("apt")) {
      return new Configuration(null, null);
    }
    Map<?, ?> apt = map(file, root.get("apt"), "apt");
    refuseOthers(file, apt, "suite", "mirror");
    return new Configuration(text(file, apt, "suite"), text(file, apt, "mirror"));
  }

  private static Map<?, ?> map(Path file, @Nullable Object value, String what) throws RegException {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw invalid(file, what + " is not a mapping");
  }

  private static void refuseOthers(Path file, Map<?, ?> map, String... known) throws RegException {
    for (Object key : map.keySet()) {
      if (!java.util.List.of(known).contains(key)) {
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

  private static RegException invalid(Path file, String why) {
    return new RegException(ErrorKind.INVALID, "cannot use the configuration " + file + ": " + why);
  }
}
