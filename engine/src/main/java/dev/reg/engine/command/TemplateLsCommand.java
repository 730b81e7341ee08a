package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.template.Accounts;
import dev.reg.template.Execution;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** {@code template ls}. */
final class TemplateLsCommand implements Command {
  private final Context context;

  TemplateLsCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    List<Head> heads = context.templates().list();
    StringBuilder text = new StringBuilder();
    Format format = Format.of(arguments);
    if (format.isTemplate()) {
      text.append(format.render(heads.stream().map(TemplateLsCommand::fields).toList()));
    } else if (format.isJson()) {
      heads.forEach(head -> text.append(Json.line(json(head))));
    } else if (arguments.has(Grammar.QUIET)) {
      heads.forEach(head -> text.append(head.id()).append('\n'));
    } else {
      Table table = new Table("NAME", "VERSION", "FILES", "SIZE", "CREATED");
      Instant now = Instant.now();
      for (Head head : heads) {
        table.row(
            head.name(),
            head.version().toString(),
            Integer.toString(head.files()),
            size(head.bytes()),
            PsCommand.ago(Duration.between(head.created(), now)));
      }
      text.append(table);
    }
    caller.out(text);
    return 0;
  }

  /** By the names of {@code docker images}. */
  private static Fields fields(Head head) {
    ObjectNode known =
        Json.object()
            .put("Repository", head.name())
            .put("Tag", head.version().toString())
            .put("ID", head.digest().hex().substring(0, 12))
            .put("Size", size(head.bytes()))
            .put("CreatedAt", ContainerFields.time(head.created()))
            .put("CreatedSince", PsCommand.ago(Duration.between(head.created(), Instant.now())));
    return new Fields(known, json(head));
  }

  static ObjectNode json(Head head) {
    ObjectNode json = Json.object();
    json.put("name", head.name());
    json.put("version", head.version().toString());
    json.put("digest", head.digest().toString());
    ContainerJson.strings(
        json.putArray("requires"), head.requires().stream().map(TemplateRef::toString).toList());
    ContainerJson.strings(json.putArray("libs"), head.libs());
    Execution execution = head.execution();
    ObjectNode accounts = json.putObject("accounts");
    for (Accounts.User account : execution.accounts()) {
      accounts
          .putObject(account.name())
          .put("uid", account.uid())
          .put("gid", account.gid())
          .put("home", account.home());
    }
    json.put("user", execution.user());
    json.put("level", head.level().toString());
    ObjectNode environment = json.putObject("environment");
    execution.environment().forEach(environment::put);
    ContainerJson.strings(json.putArray("command"), execution.command());
    json.put("files", head.files());
    json.put("bytes", head.bytes());
    json.put("created", head.created().toString());
    return json;
  }

  /** {@code 12.3 MB}: decimal, as disks are sold and as Docker shows it. */
  static String size(long bytes) {
    String[] units = {"kB", "MB", "GB", "TB"};
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }
}
