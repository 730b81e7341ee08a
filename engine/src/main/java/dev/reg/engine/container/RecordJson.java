package dev.reg.engine.container;

import dev.reg.engine.lifecycle.State;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import java.io.ByteArrayOutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Records as JSON, version 1. Written by hand: it happens at every start, and what is on disk does
 * not change because a class does.
 */
final class RecordJson {
  private static final int VERSION = 1;

  private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

  // Escaped, so that a path's byte that is no UTF-8 (a lone surrogate, see NativeText) comes back.
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private RecordJson() {}

  static byte[] write(ContainerRecord container) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    try (JsonGenerator json = MAPPER.createGenerator(out)) {
      json.writeStartObject();
      json.writeNumberProperty("version", VERSION);
      writeSpec(json, container.spec());
      writeStatus(json, container.status());
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  private static void writeSpec(JsonGenerator json, Spec spec) {
    json.writeStringProperty("id", spec.id());
    json.writeStringProperty("name", spec.name());
    json.writeObjectPropertyStart("owner");
    number(json, "uid", spec.owner().uid());
    number(json, "gid", spec.owner().gid());
    json.writeEndObject();
    json.writeStringProperty("created", spec.created().toString());
    texts(json, "templates", spec.templates());
    texts(json, "resolved", spec.resolved());
    json.writeStringProperty("environment", spec.environment().toString());
    texts(json, "command", spec.command());
    texts(json, "variables", spec.variables());
    json.writeStringProperty("workdir", spec.workdir());
    json.writeObjectPropertyStart("user");
    number(json, "uid", spec.user().uid());
    number(json, "gid", spec.user().gid());
    json.writeStringProperty("home", spec.user().home());
    if (!spec.user().groups().isEmpty()) {
      json.writeArrayPropertyStart("groups");
      spec.user().groups().forEach(group -> json.writeNumber(Integer.toUnsignedLong(group)));
      json.writeEndArray();
    }
    json.writeEndObject();
    json.writeStringProperty("hostname", spec.hostname());
    Spec.Project project = spec.project();
    if (project != null) {
      json.writeObjectPropertyStart("project");
      json.writeStringProperty("mode", label(project.mode()));
      json.writeStringProperty("path", project.path());
      json.writeEndObject();
    }
    json.writeArrayPropertyStart("volumes");
    for (Spec.Volume volume : spec.volumes()) {
      json.writeStartObject();
      json.writeStringProperty("source", volume.source());
      json.writeStringProperty("target", volume.target());
      json.writeBooleanProperty("readOnly", volume.readOnly());
      json.writeEndObject();
    }
    json.writeEndArray();
    texts(json, "tmpfs", spec.tmpfs());
    json.writeBooleanProperty("readOnly", spec.readOnly());
    json.writeBooleanProperty("init", spec.init());
    json.writeBooleanProperty("remove", spec.remove());
    optional(json, "terminal", spec.terminal());
    json.writeNumberProperty("stopSignal", spec.stopSignal());
    LimitsJson.write(json, spec.limits());
    optional(json, "lock", spec.lock());
  }

  /** Ids are unsigned. */
  private static void number(JsonGenerator json, String name, int id) {
    json.writeNumberProperty(name, Integer.toUnsignedLong(id));
  }

  private static void writeStatus(JsonGenerator json, Status status) {
    json.writeStringProperty("state", status.state().label());
    Integer code = status.exitCode();
    if (code != null) {
      json.writeNumberProperty("exitCode", code);
    }
    if (status.oomKilled()) {
      json.writeBooleanProperty("oomKilled", true);
    }
    optional(json, "started", status.started());
    optional(json, "finished", status.finished());
    optional(json, "token", status.token());
    Status.RunRecord run = status.run();
    if (run != null) {
      json.writeObjectPropertyStart("run");
      json.writeNumberProperty("pid", run.pid());
      json.writeNumberProperty("startTime", run.startTime());
      json.writeStringProperty("bootId", run.bootId());
      optional(json, "group", run.group());
      json.writeEndObject();
    }
  }

  private static void texts(JsonGenerator json, String name, List<String> values) {
    json.writeArrayPropertyStart(name);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  private static void optional(JsonGenerator json, String name, @Nullable Object value) {
    if (value != null) {
      json.writeStringProperty(name, value.toString());
    }
  }

  static String label(Spec.ProjectMode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param origin the file, for the message
   * @throws RegException FAILED_PRECONDITION for the record of a later version, CORRUPTED for
   *     anything else
   */
  static ContainerRecord read(String origin, byte[] content) throws RegException {
    try {
      JsonNode json = MAPPER.readTree(content);
      int version = json.path("version").asInt(0);
      if (version > VERSION) {
        throw new RegException(
            ErrorKind.FAILED_PRECONDITION,
            "cannot read the container record "
                + origin
                + ": it has version "
                + version
                + ", a later Reg's; use that one");
      }
      if (version != VERSION) {
        throw new IllegalArgumentException("version " + version);
      }
      return new ContainerRecord(readSpec(json), readStatus(json));
    } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
      throw new RegException(
          ErrorKind.CORRUPTED,
          "cannot read the container record " + origin + ": it is not what was written there",
          e);
    }
  }

  private static Spec readSpec(JsonNode json) {
    JsonNode owner = required(json, "owner");
    JsonNode user = required(json, "user");
    JsonNode project = json.get("project");
    List<Spec.Volume> volumes = new ArrayList<>();
    for (JsonNode volume : array(json, "volumes")) {
      volumes.add(
          new Spec.Volume(
              text(volume, "source"),
              text(volume, "target"),
              required(volume, "readOnly").booleanValue()));
    }
    return new Spec(
        id(json),
        name(json),
        new Spec.Owner(identity(required(owner, "uid")), identity(required(owner, "gid"))),
        Instant.parse(text(json, "created")),
        texts(json, "templates"),
        texts(json, "resolved"),
        digest(json, "environment"),
        command(json),
        texts(json, "variables"),
        text(json, "workdir"),
        new Spec.User(
            identity(required(user, "uid")),
            identity(required(user, "gid")),
            text(user, "home"),
            groups(user)),
        text(json, "hostname"),
        project == null
            ? null
            : new Spec.Project(
                Spec.ProjectMode.valueOf(text(project, "mode").toUpperCase(Locale.ROOT)),
                text(project, "path")),
        volumes,
        texts(json, "tmpfs"),
        required(json, "readOnly").booleanValue(),
        required(json, "init").booleanValue(),
        required(json, "remove").booleanValue(),
        optionalText(json, "terminal"),
        number(json, "stopSignal", 1, 64),
        LimitsJson.read(json.get("limits")),
        optionalText(json, "lock"));
  }

  private static int identity(JsonNode number) {
    long value = number.longValue();
    if (value < 0 || value >= 0xFFFF_FFFFL) {
      throw new IllegalArgumentException("no id of a user or group: " + value);
    }
    return (int) value;
  }

  /** Not in the records of before there were any. */
  private static List<Integer> groups(JsonNode user) {
    List<Integer> groups = new ArrayList<>();
    if (user.has("groups")) {
      array(user, "groups").forEach(group -> groups.add(identity(group)));
    }
    return groups;
  }

  private static String id(JsonNode json) {
    String id = text(json, "id");
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("no id: " + id);
    }
    return id;
  }

  private static String name(JsonNode json) {
    try {
      String name = text(json, "name");
      Names.check(name);
      return name;
    } catch (RegException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Digest digest(JsonNode json, String name) {
    try {
      return Digest.parse(text(json, name));
    } catch (RegException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static List<String> command(JsonNode json) {
    List<String> command = texts(json, "command");
    if (command.isEmpty()) {
      throw new IllegalArgumentException("no command");
    }
    return command;
  }

  private static Status readStatus(JsonNode json) {
    String label = text(json, "state");
    JsonNode run = json.get("run");
    return new Status(
        State.of(label).orElseThrow(() -> new IllegalArgumentException("no state: " + label)),
        json.hasNonNull("exitCode") ? Integer.valueOf(number(json, "exitCode", 0, 255)) : null,
        flag(json, "oomKilled"),
        instant(json, "started"),
        instant(json, "finished"),
        optionalText(json, "token"),
        run == null
            ? null
            : new Status.RunRecord(
                required(run, "pid").intValue(),
                required(run, "startTime").longValue(),
                text(run, "bootId"),
                optionalText(run, "group")));
  }

  /** False when it is not there. */
  private static boolean flag(JsonNode json, String name) {
    return json.hasNonNull(name) && json.get(name).booleanValue();
  }

  private static JsonNode required(JsonNode json, String name) {
    JsonNode value = json.get(name);
    if (value == null || value.isNull()) {
      throw new IllegalArgumentException("no " + name);
    }
    return value;
  }

  private static JsonNode array(JsonNode json, String name) {
    JsonNode value = required(json, name);
    if (!value.isArray()) {
      throw new IllegalArgumentException("no list: " + name);
    }
    return value;
  }

  private static int number(JsonNode json, String name, int least, int most) {
    int number = required(json, name).intValue();
    if (number < least || number > most) {
      throw new IllegalArgumentException(name + ": " + number);
    }
    return number;
  }

  private static String text(JsonNode json, String name) {
    return required(json, name).stringValue();
  }

  private static @Nullable String optionalText(JsonNode json, String name) {
    JsonNode value = json.get(name);
    return value == null || value.isNull() ? null : value.stringValue();
  }

  private static @Nullable Instant instant(JsonNode json, String name) {
    String text = optionalText(json, name);
    return text == null ? null : Instant.parse(text);
  }

  private static List<String> texts(JsonNode json, String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode value : array(json, name)) {
      if (!value.isString()) {
        throw new IllegalArgumentException("no text in " + name);
      }
      texts.add(value.stringValue());
    }
    return texts;
  }
}
