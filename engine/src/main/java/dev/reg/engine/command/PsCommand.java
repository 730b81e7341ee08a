package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.access.HostAccounts;
import dev.reg.engine.container.Container;
import dev.reg.engine.container.Status;
import dev.reg.engine.lifecycle.State;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ObjectNode;

/** {@code ps}: containers, the newest first. */
final class PsCommand implements Command {
  private static final int LONGEST_COMMAND = 30;
  private static final String FILTER = "--filter";
  private static final String LAST = "--last";
  private static final String LATEST = "--latest";
  private static final String NO_TRUNC = "--no-trunc";
  private static final String SIZE = "--size";

  private final Context context;

  PsCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    return Specs.command(
        "ps",
        "Lists containers.",
        Specs.flag("Also those that do not run.", "-a", Grammar.ALL),
        Specs.repeated(
            "FILTER",
            "Only those with name=PART, id=BEGINNING, status=created|running|exited, exited=CODE or"
                + " template=NAME[@VERSION]; may be repeated.",
            "-f",
            FILTER),
        Specs.value("N", "The N that were made last, in any state.", "-n", LAST),
        Specs.flag("The one that was made last, in any state.", "-l", LATEST),
        Specs.flag("Only ids.", "-q", Grammar.QUIET),
        Specs.flag("Whole ids and commands.", NO_TRUNC),
        Specs.flag("Also what each one's own files take on disk.", "-s", SIZE),
        Specs.template());
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Format format = Format.of(arguments);
    Access access = Access.of(caller.peer());
    List<Container> shown = shown(access, arguments);
    boolean measured = arguments.has(SIZE) || arguments.one(Grammar.FORMAT, "").contains(".Size");
    Looks looks =
        new Looks(
            arguments.has(Grammar.QUIET),
            arguments.has(NO_TRUNC),
            access.isWhole(),
            measured ? PsSizes.of(shown, context.layout()) : PsSizes.none());
    caller.out(text(shown, format, looks));
    return 0;
  }

  /**
   * How a list is to look.
   *
   * @param full nothing is cut short
   * @param owners whether a table says whose each container is
   */
  private record Looks(boolean quiet, boolean full, boolean owners, PsSizes sizes) {
    String id(Container container) {
      return full ? container.id() : container.spec().shortId();
    }

    String command(Container container) {
      String command = String.join(" ", container.spec().command());
      return full || command.length() <= LONGEST_COMMAND
          ? command
          : command.substring(0, LONGEST_COMMAND - 1) + "…";
    }
  }

  private List<Container> shown(Access access, Arguments arguments) throws RegException {
    ContainerFilter filter = ContainerFilter.parse(arguments.all(FILTER));
    boolean bounded = arguments.has(LAST) || arguments.has(LATEST);
    int most = arguments.number(LAST, 1, Integer.MAX_VALUE, Integer.MAX_VALUE);
    boolean all = arguments.has(Grammar.ALL) || filter.wantsAll() || bounded;
    return context.containers().containers().list(access).stream()
        .filter(c -> all || c.state().isLive())
        .filter(filter.matches())
        .limit(arguments.has(LATEST) ? 1 : most)
        .toList();
  }

  private static String text(List<Container> shown, Format format, Looks looks)
      throws RegException, IOException {
    StringBuilder text = new StringBuilder();
    if (format.isTemplate()) {
      Instant now = Instant.now();
      Map<Integer, String> users = new HostAccounts().userNames();
      text.append(
          format.render(
              shown.stream()
                  .map(
                      c ->
                          ContainerFields.brief(
                              c, owner(c, users), now, looks.full, looks.sizes.of(c)))
                  .toList()));
    } else if (format.isJson()) {
      shown.forEach(c -> text.append(Json.line(json(c, looks.sizes.of(c)))));
    } else if (looks.quiet) {
      shown.forEach(c -> text.append(looks.id(c)).append('\n'));
    } else {
      text.append(table(shown, looks));
    }
    return text.toString();
  }

  private static ObjectNode json(Container container, @Nullable Long size) {
    ObjectNode json = ContainerJson.brief(container);
    if (size != null) {
      json.put("size", size);
    }
    return json;
  }

  private static String owner(Container container, Map<Integer, String> users) {
    int uid = container.spec().owner().uid();
    return users.getOrDefault(uid, Integer.toUnsignedString(uid));
  }

  /** As a person reads it. */
  private static Table table(List<Container> shown, Looks looks) throws IOException {
    Map<Integer, String> users = looks.owners ? new HostAccounts().userNames() : Map.of();
    List<String> titles =
        new ArrayList<>(List.of("CONTAINER ID", "TEMPLATES", "COMMAND", "CREATED", "STATE"));
    if (looks.owners) {
      titles.add("USER");
    }
    titles.add("NAME");
    boolean measured = shown.stream().anyMatch(c -> looks.sizes.of(c) != null);
    if (measured) {
      titles.add("SIZE");
    }
    Table table = new Table(titles.toArray(String[]::new));
    Instant now = Instant.now();
    for (Container container : shown) {
      var spec = container.spec();
      Status status = container.status();
      List<String> row = new ArrayList<>();
      row.add(looks.id(container));
      row.add(String.join(",", spec.templates()));
      row.add(looks.command(container));
      row.add(ago(Duration.between(spec.created(), now)));
      row.add(state(status, now));
      if (looks.owners) {
        row.add(owner(container, users));
      }
      row.add(spec.name());
      Long size = looks.sizes.of(container);
      if (measured) {
        row.add(size == null ? "" : TemplateLsCommand.size(size));
      }
      table.row(row.toArray(String[]::new));
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
