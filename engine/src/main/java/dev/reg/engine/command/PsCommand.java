package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.container.Container;
import dev.reg.engine.container.Status;
import dev.reg.engine.lifecycle.State;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** {@code ps}: containers, the newest first. */
final class PsCommand implements Command {
  private static final int LONGEST_COMMAND = 30;

  private final Context context;

  PsCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Format format = Format.of(arguments);
    boolean all = arguments.has(Grammar.ALL);
    List<Container> shown =
        context.containers().containers().list(Access.of(caller.peer())).stream()
            .filter(c -> all || c.state().isLive())
            .toList();
    caller.out(text(shown, format, arguments.has(Grammar.QUIET)));
    return 0;
  }

  private static String text(List<Container> shown, Format format, boolean quiet)
      throws RegException {
    StringBuilder text = new StringBuilder();
    if (format.isTemplate()) {
      Instant now = Instant.now();
      text.append(format.render(shown.stream().map(c -> ContainerFields.brief(c, now)).toList()));
    } else if (format.isJson()) {
      shown.forEach(c -> text.append(Json.line(ContainerJson.brief(c))));
    } else if (quiet) {
      shown.forEach(c -> text.append(c.spec().shortId()).append('\n'));
    } else {
      text.append(table(shown));
    }
    return text.toString();
  }

  private static Table table(List<Container> shown) {
    Table table = new Table("CONTAINER ID", "TEMPLATES", "COMMAND", "CREATED", "STATE", "NAME");
    Instant now = Instant.now();
    for (Container container : shown) {
      var spec = container.spec();
      Status status = container.status();
      String command = String.join(" ", spec.command());
      table.row(
          spec.shortId(),
          String.join(",", spec.templates()),
          command.length() > LONGEST_COMMAND
              ? command.substring(0, LONGEST_COMMAND - 1) + "…"
              : command,
          ago(Duration.between(spec.created(), now)),
          state(status, now),
          spec.name());
    }
    return table;
  }

  /** {@code Running for 3 minutes}, {@code Stopped (0) 3 minutes ago}. */
  private static String state(Status status, Instant now) {
    String state = status.state().label();
    Instant started = status.started();
    Instant finished = status.finished();
    if (status.state().isLive() && started != null) {
      return state + " for " + time(Duration.between(started, now));
    }
    if (status.state() == State.STOPPED && finished != null) {
      String code = status.exitCode() == null ? "unknown" : status.exitCode().toString();
      return state + " (" + code + ") " + ago(Duration.between(finished, now));
    }
    return state;
  }

  /** {@code 3 minutes ago}. */
  static String ago(Duration age) {
    return time(age) + " ago";
  }

  static String time(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < 60) {
      return plural(seconds, "second");
    }
    if (seconds < 3600) {
      return plural(seconds / 60, "minute");
    }
    if (seconds < 2 * 86_400) {
      return plural(seconds / 3600, "hour");
    }
    return plural(seconds / 86_400, "day");
  }

  private static String plural(long count, String unit) {
    return count + " " + unit + (count == 1 ? "" : "s");
  }
}
