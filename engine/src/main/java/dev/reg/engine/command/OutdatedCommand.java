package dev.reg.engine.command;

import dev.reg.engine.building.Turn;
import dev.reg.engine.building.Updates;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code outdated}: who has another build of a library than there is. */
final class OutdatedCommand implements Command {
  /** As npm outdated: there is something to be done. */
  private static final int OUTDATED = 1;

  private final Context context;
  private final Updates updates;

  /** For everybody, who may call it often: it takes the file lists of all templates. */
  private final Turn turn = new Turn("'reg outdated'");

  OutdatedCommand(Context context, Updates updates) {
    this.context = context;
    this.updates = updates;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "outdated",
            "Lists templates, environments and running containers with an older build of a library"
                + " than there is.",
            Specs.format());
    spec.usageMessage()
        .footer(
            "",
            "The exit code is 1 when a template can take a newer build, or a container runs on an"
                + " older one;",
            "0 when nothing is listed, or nothing is to be done about it: what a lock pins stays.");
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean json = Json.wanted(arguments);
    List<Outdated.Row> rows = Outdated.find(context, updates, caller, turn);
    caller.out(json ? json(rows) : text(rows));
    return rows.stream().anyMatch(Outdated.Row::curable) ? OUTDATED : 0;
  }

  private static String text(List<Outdated.Row> rows) {
    if (rows.isEmpty()) {
      return "";
    }
    Table table = new Table("KIND", "NAME", "LIBRARY", "HAS", "NEWEST", "WHAT TO DO");
    for (Outdated.Row row : rows) {
      table.row(
          row.kind().toString(), row.name(), row.library(), row.has(), row.newest(), row.what());
    }
    return table.toString();
  }

  private static String json(List<Outdated.Row> rows) {
    StringBuilder lines = new StringBuilder();
    for (Outdated.Row row : rows) {
      lines.append(
          Json.line(
              Json.object()
                  .put("kind", row.kind().toString())
                  .put("id", row.id())
                  .put("name", row.name())
                  .put("library", row.library())
                  .put("path", row.path())
                  .put("has", row.has())
                  .put("newest", row.newest())
                  .put("what", row.what())
                  .put("curable", row.curable())));
    }
    return lines.toString();
  }
}
