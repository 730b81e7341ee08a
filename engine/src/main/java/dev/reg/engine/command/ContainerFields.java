package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.Status;
import dev.reg.engine.lifecycle.State;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Containers by the names that Docker has for what a template can ask of them. */
final class ContainerFields {
  /** As Docker prints a time in a list: Go's String method, in UTC. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss xx 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** Of a time that there is none of: Go's zero. */
  private static final String NEVER = "0001-01-01T00:00:00Z";

  /** Docker counts processors in billionths; 0 is no limit there, too. */
  private static final double NANO = 1e9;

  private ContainerFields() {}

  /**
   * Those of {@code docker ps}.
   *
   * @param owner the name of the owner's account
   * @param full whether ids are whole
   * @param size as {@link PsSizes} has it; null when it was not asked for
   */
  static Fields brief(
      Container container, String owner, Instant now, boolean full, @Nullable Long size) {
    Spec spec = container.spec();
    Status status = container.status();
    ObjectNode known = Json.object();
    known.put("ID", full ? spec.id() : spec.shortId());
    known.put("Names", spec.name());
    known.put("Image", String.join(",", spec.templates()));
    known.put("Templates", String.join(",", spec.templates()));
    known.put("Command", "\"" + String.join(" ", spec.command()) + "\"");
    known.put("CreatedAt", time(spec.created()));
    known.put("RunningFor", PsCommand.ago(Duration.between(spec.created(), now)));
    known.put("State", state(status.state()));
    known.put("Status", status(status, now));
    known.put("Mounts", String.join(",", mounts(spec)));
    known.put("User", owner);
    known.put("Size", size == null ? "" : TemplateLsCommand.size(size));
    return new Fields(known, ContainerJson.brief(container));
  }

  static String time(Instant instant) {
    return TIME.format(instant);
  }

  /** Docker's word for it. */
  static String state(State state) {
    return switch (state) {
      case GENERATING, GENERATED -> "created";
      case RUNNING, INSERTING -> "running";
      case STOPPED -> "exited";
      case REMOVED -> "removing";
    };
  }

  private static String status(Status status, Instant now) {
    Instant started = status.started();
    Instant finished = status.finished();
    if (status.state().isLive()) {
      return started == null ? "Up" : "Up " + PsCommand.time(Duration.between(started, now));
    }
    if (status.state() == State.STOPPED && finished != null) {
      String code = status.exitCode() == null ? "unknown" : status.exitCode().toString();
      return "Exited (" + code + ") " + PsCommand.ago(Duration.between(finished, now));
    }
    return "Created";
  }

  private static List<String> mounts(Spec spec) {
    return spec.volumes().stream().map(Spec.Volume::source).toList();
  }

  /** Those of {@code docker inspect}, as far as there is such a thing here. */
  static Fields whole(Container container) {
    Spec spec = container.spec();
    Status status = container.status();
    ObjectNode known = Json.object();
    known.put("Id", spec.id());
    known.put("ID", spec.id());
    known.put("Name", spec.name());
    known.put("Created", spec.created().toString());
    List<String> command = spec.command();
    known.put("Path", command.isEmpty() ? "" : command.getFirst());
    ContainerJson.strings(
        known.putArray("Args"), command.subList(Math.min(1, command.size()), command.size()));
    known.put("Image", String.join(",", spec.templates()));
    putState(known.putObject("State"), status);
    putConfig(known.putObject("Config"), spec);
    known
        .putObject("HostConfig")
        .put("AutoRemove", spec.remove())
        .put("ReadonlyRootfs", spec.readOnly())
        .put("Memory", spec.limits().memory())
        .put("MemorySwap", spec.limits().memorySwap())
        .put("NanoCpus", Math.round(spec.limits().cpus() * NANO))
        .put("CpusetCpus", spec.limits().cpuset() == null ? "" : spec.limits().cpuset())
        .put("PidsLimit", spec.limits().pids());
    ObjectNode own = ContainerJson.whole(container);
    putMounts(known.putArray("Mounts"), own);
    return new Fields(known, own);
  }

  private static void putState(ObjectNode json, Status status) {
    Status.RunRecord run = status.run();
    json.put("Status", state(status.state()));
    json.put("Running", status.state().isLive());
    json.put("Paused", false);
    json.put("OOMKilled", status.oomKilled());
    json.put("Pid", run == null ? 0 : run.pid());
    json.put("ExitCode", status.exitCode() == null ? Integer.valueOf(0) : status.exitCode());
    json.put("StartedAt", text(status.started()));
    json.put("FinishedAt", text(status.finished()));
  }

  private static String text(@Nullable Instant instant) {
    return instant == null ? NEVER : instant.toString();
  }

  private static void putConfig(ObjectNode json, Spec spec) {
    json.put("Hostname", spec.hostname());
    json.put("User", spec.user().uid() + ":" + spec.user().gid());
    ContainerJson.strings(json.putArray("Env"), spec.variables());
    ContainerJson.strings(json.putArray("Cmd"), spec.command());
    json.put("WorkingDir", spec.workdir());
    json.put("StopSignal", "SIG" + Signals.name(spec.stopSignal()));
  }

  private static void putMounts(ArrayNode mounts, ObjectNode own) {
    own.get("mounts")
        .forEach(
            mount ->
                mounts
                    .addObject()
                    .put("Type", mount.get("type").asString())
                    .put("Source", mount.path("source").asString(""))
                    .put("Destination", mount.get("target").asString())
                    .put("RW", !mount.get("readOnly").asBoolean()));
  }
}
