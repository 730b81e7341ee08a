package dev.reg.template;

import dev.reg.store.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes the canonical form of a template: equal templates, equal bytes. Text is plain where every
 * YAML reader takes it for text, otherwise quoted as in JSON; keys come in a fixed order.
 */
public final class TemplateWriter {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z/_][A-Za-z0-9/_.+@-]*");

  /** Words that a YAML 1.1 reader takes for something else. */
  private static final Set<String> WORDS =
      Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null");

  /** A YAML key without a question mark is at most 1,024 characters (YAML 1.2.2, 7.4.3). */
  private static final int MAX_SIMPLE_KEY = 1_000;

  private final StringBuilder out = new StringBuilder(4096);

  private TemplateWriter() {}

  /** UTF-8, as {@link TemplateReader} reads it back. */
  public static byte[] write(Template template) {
    return new TemplateWriter().template(template).getBytes(StandardCharsets.UTF_8);
  }

  private String template(Template template) {
    out.append("name: ").append(quote(template.name())).append('\n');
    out.append("version: ").append(quoted(template.version().text())).append('\n');
    list("requires", template.requires().stream().map(TemplateRef::toString).toList());
    if (!template.files().isEmpty()) {
      out.append("files:\n");
      for (TemplateFile file : template.files()) {
        key("  ", file.source());
        details(file.path(), file.digest(), file.mode());
      }
    }
    if (!template.libs().isEmpty()) {
      out.append("libs:\n");
      template.libs().forEach(this::lib);
    }
    map("links", template.links());
    directories(template.directories());
    execution(template.execution(), template);
    return out.toString();
  }

  /**
   * What a template does not state is not written: its digest is what it was before there was more
   * to state.
   */
  private void execution(Execution execution, Template template) {
    if (!execution.accounts().isEmpty()) {
      out.append("accounts:\n");
      execution.accounts().forEach(this::account);
    }
    if (execution.user() != null) {
      out.append("user: ").append(quote(execution.user())).append('\n');
    }
    if (template.level() != Level.NONE) {
      out.append("level: ").append(template.level()).append('\n');
    }
    map("waive", template.waive());
    trace(template.trace());
    map("environment", execution.environment());
    list("command", execution.command());
  }

  private void directories(List<TemplateDirectory> directories) {
    if (directories.isEmpty()) {
      return;
    }
    out.append("directories:\n");
    for (TemplateDirectory directory : directories) {
      if (directory.mode() == TemplateDirectory.USUAL_MODE) {
        out.append("  - ").append(quote(directory.path())).append('\n');
      } else {
        out.append("  -");
        details(directory.path(), null, directory.mode());
      }
    }
  }

  private void account(Accounts.User user) {
    out.append("  ").append(quote(user.name())).append(": {uid: ").append(user.uid());
    out.append(", gid: ").append(user.gid()).append(", home: ").append(quote(user.home()));
    out.append("}\n");
  }

  private void lib(TemplateLib lib) {
    out.append("  - ").append(quote(lib.name()));
    if (lib.path() == null && lib.digest() == null && lib.mode() == null) {
      out.append('\n');
    } else {
      out.append(':');
      details(lib.path(), lib.digest(), lib.mode());
    }
  }

  private void details(@Nullable String path, @Nullable Digest digest, @Nullable Integer mode) {
    String separator = " {";
    if (path != null) {
      out.append(separator).append("path: ").append(quote(path));
      separator = ", ";
    }
    if (digest != null) {
      out.append(separator).append("digest: ").append(quoted(digest.toString()));
      separator = ", ";
    }
    if (mode != null) {
      out.append(separator).append("mode: \"").append(octal(mode)).append('"');
    }
    out.append("}\n");
  }

  private static String octal(int mode) {
    return String.format(Locale.ROOT, "%04o", mode);
  }

  private void map(String name, Map<String, String> map) {
    if (!map.isEmpty()) {
      out.append(name).append(":\n");
      map.forEach(
          (key, value) -> {
            key("  ", key);
            out.append(' ').append(quote(value)).append('\n');
          });
    }
  }

  private void list(String name, List<String> items) {
    if (!items.isEmpty()) {
      out.append(name).append(":\n");
      items.forEach(item -> out.append("  - ").append(quote(item)).append('\n'));
    }
  }

  /** Each command as a list in one line. */
  private void trace(List<List<String>> commands) {
    if (!commands.isEmpty()) {
      out.append("trace:\n");
      for (List<String> words : commands) {
        List<String> quoted = words.stream().map(TemplateWriter::quote).toList();
        out.append("  - [").append(String.join(", ", quoted)).append("]\n");
      }
    }
  }

  private void key(String indent, String key) {
    String text = quote(key);
    if (text.length() <= MAX_SIMPLE_KEY) {
      out.append(indent).append(text).append(':');
    } else {
      out.append(indent).append("? ").append(text).append('\n').append(indent).append(':');
    }
  }

  private static String quote(String text) {
    return PLAIN.matcher(text).matches() && !WORDS.contains(text.toLowerCase(Locale.ROOT))
        ? text
        : quoted(text);
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    text.codePoints().forEach(c -> escape(out, c));
    return out.append('"').toString();
  }

  private static void escape(StringBuilder out, int c) {
    if (c == '"' || c == '\\') {
      out.append('\\').append((char) c);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (Character.isISOControl(c) || isUnsafe(c)) {
      out.append(String.format(Locale.ROOT, "\\u%04x", c));
    } else {
      out.appendCodePoint(c);
    }
  }

  /** Line breaks of other standards, the byte order mark, and what YAML does not allow raw. */
  private static boolean isUnsafe(int c) {
    return c == 0x2028 || c == 0x2029 || c == 0xFEFF || c == 0xFFFE || c == 0xFFFF;
  }
}
