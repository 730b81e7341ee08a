package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.container.Container;
import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.lifecycle.State;
import dev.reg.engine.limit.ControlGroups;
import dev.reg.engine.limit.RepositoryGroup;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.store.Usage;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code info}: the engine, its roots, and what is stored. */
final class InfoCommand implements Command {
  private final Context context;

  InfoCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Format format = Format.of(arguments);
    ObjectNode info = info(Access.of(caller.peer()));
    if (format.isTemplate()) {
      caller.out(format.render(new Fields(known(info), info)));
      return 0;
    }
    if (format.isJson()) {
      caller.out(Json.line(info));
      return 0;
    }
    StringBuilder text = new StringBuilder();
    for (var part : info.properties()) {
      print(text, part.getKey(), part.getValue(), "");
    }
    caller.out(text);
    return 0;
  }

  /** By the names of {@code docker info}, as far as there is such a thing here. */
  private static ObjectNode known(ObjectNode info) {
    ObjectNode containers = (ObjectNode) info.get("containers");
    return Json.object()
        .put("ServerVersion", info.get("engine").get("version").asString())
        .put("Containers", containers.get("total").asInt())
        .put("ContainersRunning", containers.get("running").asInt())
        .put("ContainersStopped", containers.get("stopped").asInt())
        .put("Images", info.get("templates").asInt())
        .put("KernelVersion", info.get("kernel").asString())
        .put("Architecture", info.get("architecture").asString())
        .put("OSType", "linux");
  }

  private static void print(StringBuilder text, String name, JsonNode value, String indent) {
    text.append(indent).append(name).append(':');
    if (value.isObject()) {
      text.append('\n');
      for (var part : value.properties()) {
        print(text, part.getKey(), part.getValue(), indent + "  ");
      }
    } else {
      text.append(' ').append(value.asString()).append('\n');
    }
  }

  private ObjectNode info(Access access) throws IOException {
    ObjectNode info = Json.object();
    info.putObject("engine")
        .put("pid", context.control().pid())
        .put("version", VersionCommand.version(context))
        .put("java", Runtime.version().toString())
        .put("installation", context.control().installation().toString());
    Launcher.Identity launcher = context.launcher().identity();
    info.putObject("launcher").put("pid", launcher.pid()).put("build", launcher.build());
    info.put("root", context.layout().root().toString());
    info.put("runtime", context.layout().runtime().toString());
    info.put("kernel", System.getProperty("os.version"));
    info.put("architecture", System.getProperty("os.arch"));
    List<Container> containers = context.containers().containers().list(access);
    ObjectNode counts = info.putObject("containers").put("total", containers.size());
    for (State state : State.values()) {
      if (state != State.REMOVED) {
        counts.put(
            state.label().toLowerCase(Locale.ROOT),
            containers.stream().filter(c -> c.state() == state).count());
      }
    }
    ControlGroups.Report limits = context.containers().repository().groups().report();
    ObjectNode groups = info.putObject("controlGroups");
    limits.controllers().forEach(groups::put);
    groups.put("spares", limits.spares()).put("sparesMost", limits.sparesMost());
    RepositoryGroup.Report repository = context.containers().repository().report();
    groups.put("repositoryBytes", repository.bytes());
    groups.put("repositoryProtected", repository.protectedBytes());
    info.put("templates", context.templates().list().size());
    info.put("environments", context.environments().list().size());
    Usage usage = context.objects().usage();
    info.putObject("objects").put("count", usage.objects()).put("bytes", usage.bytes());
    return info;
  }
}
