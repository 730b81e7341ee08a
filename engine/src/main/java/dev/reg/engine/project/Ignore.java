package dev.reg.engine.project;

import dev.reg.template.Text;
import java.util.ArrayList;
import java.util.List;

/**
 * What a copy of the project leaves out, by patterns as gitignore(5) has them: {@code *} and {@code
 * ?} stay within a name, {@code [a-z]} and {@code [!a-z]} match one character, {@code **} between
 * slashes spans any number of directories. A pattern with a slash before its end is relative to the
 * project's directory, any other matches a name at any depth; one that ends in a slash matches
 * directories only; one that begins with {@code !} takes back what an earlier one left out, and the
 * last one that matches counts. Nothing below a directory that is left out can be taken back.
 */
public final class Ignore {
  /** Leaves out nothing. */
  public static final Ignore NOTHING = new Ignore(List.of());

  private static final int LONGEST = 1024;

  private static final NamePattern DIRECTORIES = NamePattern.nothing();

  private final List<Rule> rules;

  /**
   * One pattern.
   *
   * @param names {@link #DIRECTORIES} stands for any number of them; it is never the last
   */
  private record Rule(List<NamePattern> names, boolean takeBack, boolean directories) {}

  private Ignore(List<Rule> rules) {
    this.rules = List.copyOf(rules);
  }

  /** Patterns in their order, which counts. */
  static final class Builder {
    private final List<Rule> rules = new ArrayList<>();

    void add(String text) throws Refused {
      rules.add(rule(text));
    }

    Ignore build() {
      return rules.isEmpty() ? NOTHING : new Ignore(rules);
    }
  }

  public boolean isEmpty() {
    return rules.isEmpty();
  }

  /**
   * Whether it is left out, provided that the directories above it are not.
   *
   * @param path relative to the project's directory, without a slash at its end
   */
  public boolean matches(String path, boolean directory) {
    String[] names = path.split("/", -1);
    for (Rule rule : rules.reversed()) {
      if ((directory || !rule.directories) && matches(rule.names, names)) {
        return !rule.takeBack;
      }
    }
    return false;
  }

  private static boolean matches(List<NamePattern> patterns, String[] names) {
    int next = 0;
    int at = 0;
    int any = -1;
    int resume = 0;
    while (at < names.length) {
      NamePattern pattern = next < patterns.size() ? patterns.get(next) : null;
      if (pattern == DIRECTORIES) {
        any = next++;
        resume = at;
      } else if (pattern != null && pattern.matches(names[at])) {
        next++;
        at++;
      } else if (any >= 0) {
        next = any + 1;
        at = ++resume;
      } else {
        return false;
      }
    }
    return next == patterns.size();
  }

  private static Rule rule(String text) throws Refused {
    boolean takeBack = text.startsWith("!");
    String body = takeBack ? text.substring(1) : text;
    boolean directories = body.endsWith("/");
    if (directories) {
      body = body.substring(0, body.length() - 1);
    }
    boolean anchored = body.indexOf('/') >= 0;
    if (body.startsWith("/")) {
      body = body.substring(1);
    }
    if (body.isEmpty() || body.length() > LONGEST || Text.hasControl(body)) {
      throw new Refused(
          "has a pattern that names nothing, is longer than "
              + LONGEST
              + " characters or has control characters: "
              + Text.quote(text));
    }
    List<NamePattern> names = new ArrayList<>();
    if (!anchored) {
      names.add(DIRECTORIES);
    }
    String[] parts = body.split("/", -1);
    for (int i = 0; i < parts.length; i++) {
      if (parts[i].isEmpty() || parts[i].equals(".") || parts[i].equals("..")) {
        throw new Refused("has a pattern with an empty, '.' or '..' name: " + Text.quote(text));
      }
      if (parts[i].equals("**") && anchored) {
        names.add(DIRECTORIES);
        if (i == parts.length - 1) {
          // Everything below, and not the directory itself.
          names.add(NamePattern.of("*"));
        }
      } else {
        names.add(NamePattern.of(parts[i]));
      }
    }
    return new Rule(List.copyOf(names), takeBack, directories);
  }
}
