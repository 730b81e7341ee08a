package dev.reg.template;

import dev.reg.template.ContainerPath.Refused;
import dev.reg.template.Yaml.Mapping;
import dev.reg.template.Yaml.Node;
import dev.reg.template.Yaml.Pair;
import dev.reg.template.Yaml.Scalar;
import dev.reg.template.Yaml.Sequence;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The values of a template file in the forms that its keys want; another form is a problem, and
 * nothing.
 */
final class TemplateNodes {
  private static final Pattern MODE = Pattern.compile("[0-7]{3,4}");

  /** Half of the kernel's MAX_ARG_STRLEN (linux/binfmts.h), which holds for one string of exec. */
  private static final int MAX_WORD = 65_536;

  private final Problems problems;

  TemplateNodes(Problems problems) {
    this.problems = problems;
  }

  void problem(Node at, String text) {
    problems.add(at.line(), text);
  }

  /** The values of a mapping that has no other keys than these. */
  Map<String, Node> fields(Node node, String what, Set<String> known) {
    Map<String, Node> fields = new LinkedHashMap<>();
    for (Pair pair : pairs(node, what)) {
      if (known.contains(pair.key().text())) {
        fields.put(pair.key().text(), pair.value());
      } else {
        unknown(pair.key(), known);
      }
    }
    return fields;
  }

  void unknown(Scalar key, Set<String> known) {
    List<String> near = NearMisses.of(key.text(), known);
    String hint =
        near.isEmpty()
            ? "; there are " + String.join(", ", known.stream().sorted().toList())
            : "; did you mean " + near.getFirst() + "?";
    problems.add(key.line(), "unknown key " + Text.quote(key.text()) + hint);
  }

  @Nullable Integer mode(Scalar scalar, String what, int highest) {
    String text = scalar.text();
    if (!MODE.matcher(text).matches()) {
      problems.add(
          scalar.line(),
          "mode " + Text.quote(text) + " of " + what + " is not octal, as in \"0755\"");
      return null;
    }
    int mode = Integer.parseInt(text, 8);
    if (mode > highest) {
      problems.add(
          scalar.line(),
          "mode "
              + Text.quote(text)
              + " of "
              + what
              + (highest > 0777
                  ? " has setuid or setgid, which containers ignore: leave it out"
                  : " has setuid, setgid or sticky, which containers ignore: leave it out"));
      return null;
    }
    return mode;
  }

  @Nullable String path(Scalar scalar, String what) {
    try {
      return ContainerPath.normalizeFile(scalar.text());
    } catch (Refused e) {
      problems.add(
          scalar.line(),
          "path " + Text.quote(scalar.text()) + " of " + what + " " + e.getMessage());
      return null;
    }
  }

  @Nullable String word(Node node, String what) {
    if (!(node instanceof Scalar scalar)) {
      problems.add(node.line(), what + " must be text");
    } else if (scalar.text().indexOf(0) >= 0) {
      problems.add(node.line(), what + " has a NUL character");
    } else if (scalar.text().length() > MAX_WORD) {
      problems.add(node.line(), what + " is longer than " + MAX_WORD + " characters");
    } else {
      return scalar.text();
    }
    return null;
  }

  @Nullable String text(Node node, String what) {
    if (node instanceof Scalar scalar && !isNothing(scalar)) {
      return scalar.text();
    }
    problems.add(
        node.line(), what + (node instanceof Scalar ? " is empty" : " must be text, one value"));
    return null;
  }

  List<Node> items(Node node, String what, int limit) {
    if (node instanceof Sequence sequence) {
      if (sequence.items().size() > limit) {
        problems.add(node.line(), what + " has more than " + limit + " entries");
        return List.of();
      }
      return sequence.items();
    }
    if (!(node instanceof Scalar scalar && isNothing(scalar))) {
      problems.add(node.line(), what + " must be a list, as in [a, b]");
    }
    return List.of();
  }

  List<Pair> pairs(Node node, String what) {
    if (!(node instanceof Mapping mapping)) {
      if (!(node instanceof Scalar scalar && isNothing(scalar))) {
        problems.add(node.line(), what + " must be a mapping, as in {a: b}");
      }
      return List.of();
    }
    Map<String, Pair> unique = new LinkedHashMap<>();
    for (Pair pair : mapping.pairs()) {
      if (unique.putIfAbsent(pair.key().text(), pair) != null) {
        problems.add(
            pair.key().line(), Text.quote(pair.key().text()) + " is in " + what + " twice");
      }
    }
    return List.copyOf(unique.values());
  }

  static boolean isNothing(Scalar scalar) {
    return scalar.plain() && scalar.text().isEmpty();
  }
}
