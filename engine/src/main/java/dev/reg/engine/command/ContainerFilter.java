package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.NearMisses;
import dev.reg.template.TemplateRef;
import dev.reg.template.Text;
import dev.reg.template.Version;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What {@code ps --filter} asks for, as Docker means it: of one key any value, of several keys all.
 * A name is looked for as text, not as an expression: one that takes the engine an hour to match
 * could be anybody's.
 *
 * @param wantsAll whether it asks for containers that do not run
 */
record ContainerFilter(Predicate<Container> matches, boolean wantsAll) {
  private static final List<String> KEYS =
      List.of("name", "id", "status", "exited", "template", "ancestor");

  /** Docker's; those that no container here is ever in are there for scripts that ask for them. */
  private static final List<String> STATES =
      List.of("created", "running", "exited", "removing", "paused", "restarting", "dead");

  private static final Pattern NAME = Pattern.compile("\\^?/?[a-zA-Z0-9_.-]*\\$?");
  private static final Pattern ID = Pattern.compile("[0-9a-f]{1,64}");
  private static final Pattern CODE = Pattern.compile("[0-9]{1,3}");

  /** INVALID for what is no filter. */
  static ContainerFilter parse(List<String> filters) throws RegException {
    Map<String, Predicate<Container>> byKey = new LinkedHashMap<>();
    boolean wantsAll = false;
    for (String filter : filters) {
      int equals = filter.indexOf('=');
      if (equals <= 0 || equals == filter.length() - 1) {
        throw invalid("wants KEY=VALUE, as in status=exited, not " + Text.quote(filter));
      }
      String key = filter.substring(0, equals);
      Predicate<Container> one = predicate(key, filter.substring(equals + 1));
      // An alias is the same question.
      byKey.merge(key.equals("ancestor") ? "template" : key, one, Predicate::or);
      wantsAll |= key.equals("status") || key.equals("exited");
    }
    return new ContainerFilter(
        byKey.values().stream().reduce(each -> true, Predicate::and), wantsAll);
  }

  private static Predicate<Container> predicate(String key, String value) throws RegException {
    return switch (key) {
      case "name" -> name(value);
      case "id" -> {
        String id = value.toLowerCase(Locale.ROOT);
        check(ID, id, value, "id wants the beginning of an id");
        yield c -> c.id().startsWith(id);
      }
      case "status" -> {
        if (!STATES.contains(value)) {
          throw invalid("knows no status " + Text.quote(value) + meant(value, STATES));
        }
        yield c -> ContainerFields.state(c.state()).equals(value);
      }
      case "exited" -> {
        check(CODE, value, value, "exited wants an exit code");
        Integer code = Integer.valueOf(value);
        yield c ->
            ContainerFields.state(c.state()).equals("exited") && code.equals(c.status().exitCode());
      }
      case "template", "ancestor" -> template(value);
      default -> throw invalid("knows no key " + Text.quote(key) + meant(key, KEYS));
    };
  }

  /** A part of it; {@code ^} and {@code $} stand for its ends, and Docker's names begin with /. */
  private static Predicate<Container> name(String value) throws RegException {
    check(NAME, value, value, "name wants a part of a name, ^ and $ being its ends");
    boolean first = value.startsWith("^") || value.startsWith("/");
    boolean last = value.endsWith("$");
    String part = value.replaceAll("^\\^?/?|\\$$", "");
    if (first && last) {
      return c -> c.name().equals(part);
    }
    if (first) {
      return c -> c.name().startsWith(part);
    }
    return last ? c -> c.name().endsWith(part) : c -> c.name().contains(part);
  }

  /** One of the closure's, as an image is an ancestor of those made from it. */
  private static Predicate<Container> template(String value) throws RegException {
    TemplateRef wanted;
    try {
      wanted = TemplateRef.parse(value);
    } catch (RegException e) {
      throw invalid("template=" + e.line());
    }
    return c -> c.spec().resolved().stream().anyMatch(each -> isMet(wanted, each));
  }

  /** The template is {@code NAME@VERSION}. */
  private static boolean isMet(TemplateRef wanted, String template) {
    int at = template.indexOf('@');
    return at > 0
        && template.substring(0, at).equals(wanted.name())
        && wanted.matches(new Version(template.substring(at + 1)));
  }

  private static void check(Pattern form, String text, String shown, String what)
      throws RegException {
    if (!form.matcher(text).matches()) {
      throw invalid(what + ", not " + Text.quote(shown));
    }
  }

  private static String meant(String word, List<String> known) {
    List<String> near = NearMisses.of(word, known);
    return near.isEmpty()
        ? "; there are " + String.join(", ", known)
        : "; did you mean " + String.join(" or ", near) + "?";
  }

  private static RegException invalid(String why) {
    return new RegException(ErrorKind.INVALID, "ps: --filter " + why);
  }
}
