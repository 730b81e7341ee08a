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
    for (Stanza stanza : stanzas(text)) {
      if (stanza.isEnabled() && stanza.words("types").contains("deb")) {
        AptSource source = stanza.source();
        if (!source.uris().isEmpty() && !source.suites().isEmpty()) {
          out.add(source);
        }
      }
    }
    return out;
  }

  /**
   * One paragraph of the deb822 form.
   *
   * @param fields by their names in lower case; the last of several with one name
   * @param strays lines that are none of a field, and names of fields that are there twice
   */
  record Stanza(Map<String, String> fields, List<String> strays) {
    boolean isEnabled() {
      return !isNo(fields.getOrDefault("enabled", "yes"));
    }

    List<String> words(String field) {
      return SourcesList.words(fields.getOrDefault(field, ""));
    }

    AptSource source() {
      return new AptSource(words("uris"), words("suites"), words("components"), fields);
    }
  }

  /** All paragraphs that have anything, whatever it is worth. */
  static List<Stanza> stanzas(String text) {
    List<Stanza> out = new ArrayList<>();
    Stanza stanza = new Stanza(new LinkedHashMap<>(), new ArrayList<>());
    String last = "";
    for (String line : (text + "\n\n").lines().toList()) {
      if (line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(':');
      if (line.isBlank()) {
        if (!stanza.fields.isEmpty() || !stanza.strays.isEmpty()) {
          out.add(stanza);
        }
        stanza = new Stanza(new LinkedHashMap<>(), new ArrayList<>());
        last = "";
      } else if (Character.isWhitespace(line.charAt(0)) && !last.isEmpty()) {
        stanza.fields.computeIfPresent(last, (name, value) -> value + "\n" + line.strip());
      } else if (colon > 0 && !Character.isWhitespace(line.charAt(0))) {
        last = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
        if (stanza.fields.put(last, line.substring(colon + 1).strip()) != null) {
          stanza.strays.add(last);
        }
      } else {
        stanza.strays.add(line);
      }
    }
    return out;
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
