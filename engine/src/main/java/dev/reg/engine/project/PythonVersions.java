package dev.reg.engine.project;

import dev.reg.template.Text;
import dev.reg.template.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code requires-python} accepts: the version specifiers of Python's packages
 * (packaging.python.org, "Version specifiers") over final releases.
 */
public final class PythonVersions {
  private static final Pattern CLAUSE =
      Pattern.compile("(~=|===|==|!=|<=|>=|<|>) *(\\d{1,6}(?:\\.\\d{1,6}){0,7})(\\.\\*)?");
  private static final Pattern RELEASE = Pattern.compile("\\d{1,6}(\\.\\d{1,6}){0,7}");
  private static final int MOST = 32;

  private final String text;
  private final List<Clause> clauses;

  private record Clause(String operator, List<Integer> release, boolean any) {
    boolean accepts(List<Integer> version) {
      int order = compare(version, release);
      return switch (operator) {
        case "==", "===" -> any ? startsWith(version, release.size()) : order == 0;
        case "!=" -> any ? !startsWith(version, release.size()) : order != 0;
        case "<=" -> order <= 0;
        case ">=" -> order >= 0;
        case "<" -> order < 0;
        case ">" -> order > 0;
        default -> order >= 0 && startsWith(version, release.size() - 1);
      };
    }

    private boolean startsWith(List<Integer> version, int length) {
      for (int i = 0; i < length; i++) {
        if (part(version, i) != part(release, i)) {
          return false;
        }
      }
      return true;
    }
  }

  private PythonVersions(String text, List<Clause> clauses) {
    this.text = text;
    this.clauses = clauses;
  }

  static PythonVersions parse(String text) throws Refused {
    List<Clause> clauses = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher clause = CLAUSE.matcher(part.strip());
      if (!clause.matches() || clauses.size() == MOST) {
        throw refused(text);
      }
      String operator = clause.group(1);
      List<Integer> release = release(clause.group(2));
      boolean any = clause.group(3) != null;
      if ((any && !operator.equals("==") && !operator.equals("!="))
          || (operator.equals("~=") && release.size() < 2)) {
        throw refused(text);
      }
      clauses.add(new Clause(operator, release, any));
    }
    return new PythonVersions(text, clauses);
  }

  private static Refused refused(String text) {
    return new Refused("wants version specifiers, as in \">=3.9,<4\", not " + Text.quote(text));
  }

  private static List<Integer> release(String text) {
    return Pattern.compile("\\.").splitAsStream(text).map(Integer::valueOf).toList();
  }

  /** Missing components are zeros: 3.11 is 3.11.0. */
  private static int compare(List<Integer> a, List<Integer> b) {
    for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
      int order = Integer.compare(part(a, i), part(b, i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static int part(List<Integer> release, int index) {
    return index < release.size() ? release.get(index) : 0;
  }

  /** Whether a template of this version will do; only its leading numbers count. */
  public boolean accepts(Version version) {
    Matcher leading = RELEASE.matcher(version.text());
    if (!leading.lookingAt()) {
      return false;
    }
    List<Integer> release = release(leading.group());
    return clauses.stream().allMatch(clause -> clause.accepts(release));
  }

  @Override
  public String toString() {
    return text;
  }
}
