package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.Status;
import dev.reg.engine.limit.Limits;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Containers as programs see them. */
final class ContainerJson {
  private ContainerJson() {}

  /** What a list shows. */
  static ObjectNode brief(Container container) {
    Spec spec = container.spec();
    Status status = container.status();
    ObjectNode json = Json.object();
    json.put("id", spec.id());
    json.put("name", spec.name());
    json.put("state", status.state().label());
    putOwner(json, spec);
    strings(json.putArray("templates"), spec.resolved());
    strings(json.putArray("command"), spec.command());
    putPid(json, status);
    putExitCode(json, status);
    putTimes(json, spec, status);
    return json;
  }

  /** All that is known. */
  static ObjectNode whole(Container container) {
    Spec spec = container.spec();
    Status status = container.status();
    ObjectNode json = Json.object();
    json.put("id", spec.id());
    json.put("name", spec.name());
    json.put("state", status.state().label());
    putPid(json, status);
    putExitCode(json, status);
    json.put("oomKilled", status.oomKilled());
    putOwner(json, spec);
    json.put("environment", spec.environment().toString());
    strings(json.putArray("templates"), spec.resolved());
    strings(json.putArray("wanted"), spec.templates());
    putMounts(json.putArray("mounts"), spec);
    strings(json.putArray("command"), spec.command());
    strings(json.putArray("variables"), spec.variables());
    json.put("workdir", spec.workdir());
    json.putObject("user").put("uid", spec.user().uid()).put("gid", spec.user().gid());
    json.put("hostname", spec.hostname());
    json.put("readOnly", spec.readOnly());
    json.put("init", spec.init());
    json.put("removeWhenEnded", spec.remove());
    json.put("stopSignal", Signals.name(spec.stopSignal()));
    putLimits(json.putObject("limits"), spec.limits());
    putTimes(json, spec, status);
    return json;
  }

  private static void putOwner(ObjectNode json, Spec spec) {
    json.putObject("owner").put("uid", spec.owner().uid()).put("gid", spec.owner().gid());
  }

  /** Null where there is no limit; sizes in bytes. */
  private static void putLimits(ObjectNode json, Limits limits) {
    putLimit(json, "memory", limits.memory());
    putLimit(json, "memorySwap", limits.memorySwap());
    json.put("cpus", limits.cpuMicros() == 0 ? null : Double.valueOf(limits.cpus()));
    json.put("cpuset", limits.cpuset());
    putLimit(json, "pids", limits.pids());
    ArrayNode ulimits = json.putArray("ulimits");
    for (Limits.Ulimit ulimit : limits.ulimits()) {
      ObjectNode each = ulimits.addObject().put("name", ulimit.name());
      putNumber(each, "soft", ulimit.soft());
      putNumber(each, "hard", ulimit.hard());
    }
  }

  private static void putLimit(ObjectNode json, String name, long limit) {
    if (limit == 0) {
      json.putNull(name);
    } else {
      putNumber(json, name, limit);
    }
  }

  /** As a reader of the text has it again: the smallest type that fits. */
  private static void putNumber(ObjectNode json, String name, long number) {
    if (number == (int) number) {
      json.put(name, (int) number);
    } else {
      json.put(name, number);
    }
  }

  private static void putTimes(ObjectNode json, Spec spec, Status status) {
    json.put("created", spec.created().toString());
    json.put("started", text(status.started()));
    json.put("finished", text(status.finished()));
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }

  private static void putPid(ObjectNode json, Status status) {
    Status.RunRecord run = status.run();
    json.put("pid", run == null || run.pid() == 0 ? null : Integer.valueOf(run.pid()));
  }

  /** Null before the first end; with a note when a run ended and nobody knows how. */
  private static void putExitCode(ObjectNode json, Status status) {
    json.put("exitCode", status.exitCode());
    if (status.exitCode() == null && status.finished() != null) {
      json.put("exitCodeNote", "unknown: neither launcher, init nor kernel told it");
    }
  }

  private static void putMounts(ArrayNode mounts, Spec spec) {
    mounts
        .addObject()
        .put("type", "environment")
        .put("source", spec.environment().toString())
        .put("target", "/usr")
        .put("readOnly", true);
    Spec.Project project = spec.project();
    if (project != null) {
      mounts
          .addObject()
          .put("type", "project")
          .put("mode", project.mode().name().toLowerCase(Locale.ROOT))
          .put("source", project.path())
          .put("target", Spec.Project.PLACE)
          .put("readOnly", project.mode() == Spec.ProjectMode.RO);
    }
    for (Spec.Volume volume : spec.volumes()) {
      mounts
          .addObject()
          .put("type", "volume")
          .put("source", volume.source())
          .put("target", volume.target())
          .put("readOnly", volume.readOnly());
    }
    for (String target : spec.tmpfs()) {
      mounts.addObject().put("type", "tmpfs").put("target", target).put("readOnly", false);
    }
  }

  static void strings(ArrayNode array, Iterable<String> values) {
    values.forEach(array::add);
  }
}
