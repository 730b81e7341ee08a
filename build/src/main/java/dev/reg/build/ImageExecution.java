package dev.reg.build;

import dev.reg.build.PackageTree.Node;
import dev.reg.template.Accounts;
import dev.reg.template.Execution;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How an image says that it is run (config.md of the OCI image format specification): its
 * Entrypoint and Cmd, Env and User.
 *
 * @param programs paths of the words of its command that are programs of the image
 * @param notes one sentence for each thing that has no counterpart
 */
record ImageExecution(Execution execution, List<String> programs, List<String> notes) {
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,255}");
  private static final String NO_HOME = "/nonexistent";
  private static final int LONGEST = 65_536;
  private static final int MOST = 1_000;
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  static ImageExecution of(JsonNode document, LayerStack stack, PackageTree tree)
      throws IOException {
    JsonNode config = document.path("config");
    List<String> notes = new ArrayList<>();
    TreeMap<String, String> environment = new TreeMap<>();
    for (JsonNode each : config.path("Env")) {
      String[] pair = each.asString("").split("=", 2);
      if (pair.length == 2
          && VARIABLE.matcher(pair[0]).matches()
          && isWord(pair[1])
          && environment.size() < MOST) {
        environment.put(pair[0], pair[1]);
      } else {
        notes.add("left out: the variable " + Text.quote(pair[0]) + " of the image");
      }
    }
    List<String> command = new ArrayList<>();
    words(config.path("Entrypoint"), command);
    words(config.path("Cmd"), command);
    if (!command.isEmpty()
        && (command.getFirst().isEmpty() || !command.stream().allMatch(ImageExecution::isWord))) {
      notes.add("left out: the image's command, which no program can be given");
      command.clear();
    }
    String directory = config.path("WorkingDir").asString("");
    if (!directory.isEmpty() && !directory.equals("/")) {
      notes.add("the image's working directory is " + Text.quote(directory) + ": name it with -w");
    }
    Account account = account(config.path("User").asString(""), stack, notes);
    Execution execution =
        new Execution(
            account.own() == null ? List.of() : List.of(account.own()),
            account.name(),
            environment,
            command);
    List<String> programs = new ArrayList<>();
    for (String word : command) {
      find(word, environment.getOrDefault("PATH", PATH), tree).ifPresent(programs::add);
    }
    if (!command.isEmpty()
        && find(command.getFirst(), environment.getOrDefault("PATH", PATH), tree).isEmpty()) {
      notes.add("the image has no program " + Text.quote(command.getFirst()));
    }
    return new ImageExecution(execution, programs, notes);
  }

  private static boolean isWord(String text) {
    return text.length() <= LONGEST && text.indexOf('\0') < 0;
  }

  private static void words(JsonNode node, List<String> out) {
    for (JsonNode word : node) {
      if (out.size() < MOST) {
        out.add(word.asString(""));
      }
    }
  }

  /** A file that could be executed; a link's own path when it leads to one. */
  private static Optional<String> find(String word, String path, PackageTree tree) {
    List<String> candidates = new ArrayList<>();
    if (word.startsWith("/")) {
      candidates.add(Paths.target("/", word));
    } else if (!word.isEmpty() && !word.contains("/")) {
      for (String directory : path.split(":", -1)) {
        if (directory.startsWith("/")) {
          candidates.add(Paths.target("/", directory + "/" + word));
        }
      }
    }
    for (String candidate : candidates) {
      String place = Paths.merged(candidate);
      Node at = tree.resolve(place).map(to -> tree.get(to.path())).orElse(null);
      if (at instanceof Node.File file && (file.mode() & 0111) != 0) {
        return Optional.of(
            tree.get(place) == null
                ? tree.resolve(place).map(PackageTree.Resolved::path).orElse(place)
                : place);
      }
    }
    return Optional.empty();
  }

  /** {@code own} is null for one that every container has; both are null for root. */
  private record Account(@Nullable String name, Accounts.@Nullable User own) {}

  private static Account account(String user, LayerStack stack, List<String> notes)
      throws IOException {
    String wanted = user.split(":", 2)[0];
    if (wanted.isEmpty() || wanted.equals("0") || wanted.equals("root")) {
      return new Account(null, null);
    }
    Accounts.User own = fromPasswd(wanted, stack);
    if (own == null && wanted.matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(wanted);
      own = new Accounts.User("user", number, number, NO_HOME);
    }
    if (own != null) {
      Accounts.User standard = Accounts.STANDARD.user(own.uid()).orElse(null);
      if (standard != null) {
        return new Account(standard.name(), null);
      }
      if (Accounts.problem(own) == null) {
        return new Account(own.name(), own);
      }
    }
    notes.add(
        "left out: the image's user "
            + Text.quote(user)
            + ", who can be no account of a template; name one with -u");
    return new Account(null, null);
  }

  private static Accounts.@Nullable User fromPasswd(String wanted, LayerStack stack)
      throws IOException {
    Path passwd = stack.content("/etc/passwd");
    if (passwd == null || Files.size(passwd) > 1 << 20) {
      return null;
    }
    String text = new String(Files.readAllBytes(passwd), StandardCharsets.UTF_8);
    for (String line : text.lines().toList()) {
      String[] fields = line.split(":", -1);
      boolean numbers =
          fields.length >= 6 && fields[2].matches("[0-9]{1,9}") && fields[3].matches("[0-9]{1,9}");
      if (numbers && (fields[0].equals(wanted) || fields[2].equals(wanted))) {
        boolean possible = Paths.problem(fields[5]) == null && !Kinds.isOfTheMoment(fields[5]);
        String home = possible ? fields[5] : NO_HOME;
        return new Accounts.User(
            fields[0], Integer.parseInt(fields[2]), Integer.parseInt(fields[3]), home);
      }
    }
    return null;
  }
}
