package dev.reg.build;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The host's package sources, both forms of sources.list(5). Only read: entries that are disabled,
 * for sources or malformed are passed over, they are not ours to judge.
 */
final class SourcesList {
  private static final Pattern ONE_LINE =
      Pattern.compile("deb\\s+(?:\\[([^]]*)]\\s+)?(\\S+)\\s+(\\S+)((?:\\s+\\S+)*)\\s*");

  /** The one-line form's names of options for which deb822 has another. */
  private static final Map<String, String> OPTIONS =
      Map.of("arch", "architectures", "lang", "languages", "target", "targets");

  private SourcesList() {}

  /** Those of {@code etc}/sources.list and {@code etc}/sources.list.d. */
  static List<AptSource> read(Path etc) throws IOException {
    List<AptSource> out = new ArrayList<>();
    Path main = etc.resolve("sources.list");
    if (Files.isReadable(main)) {
      out.addAll(oneLine(text(main)));
    }
    Path parts = etc.resolve("sources.list.d");
    if (Files.isDirectory(parts)) {
      try (Stream<Path> files = Files.list(parts)) {
        for (Path file : files.filter(Files::isReadable).sorted().toList()) {
          if (file.toString().endsWith(".list")) {
            out.addAll(oneLine(text(file)));
          } else if (file.toString().endsWith(".sources")) {
            out.addAll(deb822(text(file)));
          }
        }
      }
    }
    return out;
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  static List<AptSource> oneLine(String text) {
    List<AptSource> out = new ArrayList<>();
    for (String line : text.lines().toList()) {
      Matcher matcher = ONE_LINE.matcher(line.replaceFirst("#.*", "").strip());
      if (matcher.matches()) {
        out.add(
            new AptSource(
                List.of(matcher.group(2)),
                List.of(matcher.group(3)),
                words(matcher.group(4)),
                options(matcher.group(1) == null ? "" : matcher.group(1))));
      }
    }
    return out;
  }

  private static Map<String, String> options(String text) {
    Map<String, String> out = new TreeMap<>();
    for (String option : words(text)) {
      int equals = option.indexOf('=');
      if (equals > 0) {
        String name = option.substring(0, equals).toLowerCase(Locale.ROOT);
        out.put(OPTIONS.getOrDefault(name, name), option.substring(equals + 1));
      }
    }
    return out;
  }

  static List<AptSource> deb822(String text) {
    List<AptSource> out = new ArrayList<>();
    Map<String, String> fields = new LinkedHashMap<>();
    String last = "";
    for (String line : (text + "\n\n").lines().toList()) {
      if (line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(':');
      if (line.isBlank()) {
        add(fields, out);
        fields.clear();
        last = "";
      } else if (Character.isWhitespace(line.charAt(0))) {
        fields.computeIfPresent(last, (name, value) -> value + "\n" + line.strip());
      } else if (colon > 0) {
        last = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
        fields.put(last, line.substring(colon + 1).strip());
      }
    }
    add(fields, out);
    return out;
  }

  private static void add(Map<String, String> fields, List<AptSource> out) {
    boolean enabled = !isNo(fields.getOrDefault("enabled", "yes"));
    List<String> uris = words(fields.getOrDefault("uris", ""));
    List<String> suites = words(fields.getOrDefault("suites", ""));
    if (enabled
        && words(fields.getOrDefault("types", "")).contains("deb")
        && !uris.isEmpty()
        && !suites.isEmpty()) {
      out.add(new AptSource(uris, suites, words(fields.getOrDefault("components", "")), fields));
    }
  }

  /** What apt's StringToBool takes for no. */
  static boolean isNo(String value) {
    return List.of("no", "false", "without", "off", "disable", "0")
        .contains(value.strip().toLowerCase(Locale.ROOT));
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.strip().split("\\s+", -1)).filter(word -> !word.isEmpty()).toList();
  }
}
