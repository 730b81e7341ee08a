package dev.reg.template;

import dev.reg.template.Accounts.User;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * How a template's programs are run.
 *
 * @param accounts known in its containers beside the standard ones; sorted by name
 * @param user the account that the command runs as when root is the caller and names nobody; null:
 *     root
 * @param environment variables of the container's processes
 * @param command run when the caller names none; may be empty
 */
public record Execution(
    List<User> accounts,
    @Nullable String user,
    SortedMap<String, String> environment,
    List<String> command) {
  /** Of what is not run by itself. */
  public static final Execution NONE = new Execution(Map.of(), List.of());

  public Execution {
    accounts = accounts.stream().sorted(Comparator.comparing(User::name)).toList();
    environment = Template.sorted(environment);
    command = List.copyOf(command);
  }

  /** With no accounts of its own; as root. */
  public Execution(Map<String, String> environment, List<String> command) {
    this(List.of(), null, Template.sorted(environment), command);
  }
}
