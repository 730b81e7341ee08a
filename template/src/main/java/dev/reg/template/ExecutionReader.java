package dev.reg.template;

import dev.reg.template.Accounts.User;
import dev.reg.template.ContainerPath.Refused;
import dev.reg.template.Yaml.Node;
import dev.reg.template.Yaml.Pair;
import dev.reg.template.Yaml.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the part of a template file that says how its programs are run. */
final class ExecutionReader {
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,255}");
  private static final Set<String> ACCOUNT_KEYS = Set.of("uid", "gid", "home");
  private static final int MAX_WORDS = 1_000;

  private final TemplateNodes nodes;
  private final List<User> accounts = new ArrayList<>();
  private @Nullable String user;
  private @Nullable Node userNode;
  private final TreeMap<String, String> environment = new TreeMap<>();
  private final List<String> command = new ArrayList<>();

  ExecutionReader(TemplateNodes nodes) {
    this.nodes = nodes;
  }

  boolean hasAccounts() {
    return !accounts.isEmpty();
  }

  /** When everything was read: the user may stand before the accounts. */
  Execution result() {
    if (user != null
        && userNode != null
        && Accounts.STANDARD.user(user).isEmpty()
        && accounts.stream().noneMatch(account -> account.name().equals(user))) {
      nodes.problem(
          userNode,
          "user "
              + Text.quote(user)
              + " is neither one of the template's accounts nor a standard one");
    }
    return new Execution(accounts, user, environment, command);
  }

  void user(Node node) {
    user = nodes.text(node, "user");
    userNode = node;
  }

  void accounts(Node node) {
    List<Pair> pairs = nodes.pairs(node, "accounts");
    if (pairs.size() > Accounts.MOST) {
      nodes.problem(node, "accounts has more than " + Accounts.MOST + " entries");
      return;
    }
    for (Pair pair : pairs) {
      String name = pair.key().text();
      Map<String, Node> fields =
          nodes.fields(pair.value(), "account " + Text.quote(name), ACCOUNT_KEYS);
      Integer uid = number(pair, fields.get("uid"), "uid");
      Integer gid = number(pair, fields.get("gid"), "gid");
      String home = home(pair, fields.get("home"));
      if (uid != null && gid != null && home != null) {
        account(pair.key(), new User(name, uid, gid, home));
      }
    }
  }

  private void account(Node at, User account) {
    String problem = Accounts.problem(account);
    if (problem != null) {
      nodes.problem(at, "account " + Text.quote(account.name()) + " " + problem);
    }
    for (User other : accounts) {
      String both = Accounts.clash(other, account);
      if (both != null) {
        nodes.problem(
            at, "accounts " + other.name() + " and " + account.name() + " both have " + both);
      }
    }
    accounts.add(account);
  }

  private @Nullable Integer number(Pair account, @Nullable Node node, String key) {
    if (node instanceof Scalar scalar && scalar.text().matches("[0-9]{1,9}")) {
      return Integer.valueOf(scalar.text());
    }
    nodes.problem(
        node == null ? account.key() : node,
        "account " + Text.quote(account.key().text()) + " needs a number as its " + key);
    return null;
  }

  private @Nullable String home(Pair account, @Nullable Node node) {
    String what = "account " + Text.quote(account.key().text());
    if (!(node instanceof Scalar scalar)) {
      nodes.problem(node == null ? account.key() : node, what + " needs a path as its home");
      return null;
    }
    try {
      if (scalar.text().indexOf(':') >= 0) {
        throw new Refused("has a colon");
      }
      return ContainerPath.normalize(scalar.text());
    } catch (Refused e) {
      nodes.problem(
          node, "home " + Text.quote(scalar.text()) + " of " + what + " " + e.getMessage());
      return null;
    }
  }

  void environment(Node node) {
    for (Pair pair : nodes.pairs(node, "environment")) {
      String variable = pair.key().text();
      if (!VARIABLE.matcher(variable).matches()) {
        nodes.problem(
            pair.key(),
            Text.quote(variable) + " names no variable: letters, digits and _, no digit first");
      }
      String value = nodes.word(pair.value(), "the value of " + Text.quote(variable));
      if (value != null) {
        environment.put(variable, value);
      }
    }
  }

  void command(Node node) {
    if (node instanceof Scalar scalar && !TemplateNodes.isNothing(scalar)) {
      if (scalar.text().chars().anyMatch(Character::isWhitespace)) {
        nodes.problem(
            scalar,
            "command is more than one word: write a list, as in [python3, -m, http.server]");
      }
      String word = nodes.word(scalar, "command");
      if (word != null) {
        command.add(word);
      }
      return;
    }
    for (Node item : nodes.items(node, "command", MAX_WORDS)) {
      String word = nodes.word(item, "command");
      if (word != null) {
        command.add(word);
      }
    }
    if (!command.isEmpty() && command.getFirst().isEmpty()) {
      nodes.problem(node, "command begins with an empty word");
    }
  }
}
