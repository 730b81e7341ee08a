package dev.reg.engine.container;

import dev.reg.engine.limit.LimitParser;
import dev.reg.engine.limit.Limits;
import dev.reg.error.RegException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/** A record's limits: in a record without any, nothing. */
final class LimitsJson {
  private LimitsJson() {}

  static void write(JsonGenerator json, Limits limits) {
    if (limits.equals(Limits.NONE)) {
      return;
    }
    json.writeObjectPropertyStart("limits");
    json.writeNumberProperty("memory", limits.memory());
    json.writeNumberProperty("memorySwap", limits.memorySwap());
    json.writeNumberProperty("cpuMicros", limits.cpuMicros());
    if (limits.cpuset() != null) {
      json.writeStringProperty("cpuset", limits.cpuset());
    }
    json.writeNumberProperty("pids", limits.pids());
    json.writeObjectPropertyStart("ulimits");
    for (Limits.Ulimit ulimit : limits.ulimits()) {
      json.writeStringProperty(ulimit.name(), ulimit.soft() + ":" + ulimit.hard());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  /** Throws IllegalArgumentException for what cannot have been written. */
  static Limits read(@Nullable JsonNode json) {
    if (json == null || json.isNull()) {
      return Limits.NONE;
    }
    LimitParser ulimits = new LimitParser();
    LimitParser cpuset = new LimitParser();
    JsonNode processors = json.get("cpuset");
    try {
      for (var each : json.path("ulimits").properties()) {
        ulimits.ulimit("ulimits", each.getKey() + "=" + each.getValue().stringValue());
      }
      if (processors != null) {
        cpuset.cpuset("cpuset", processors.stringValue());
      }
      return new Limits(
          number(json, "memory", 0),
          number(json, "memorySwap", Limits.UNLIMITED),
          number(json, "cpuMicros", 0),
          cpuset.limits().cpuset(),
          number(json, "pids", 0),
          ulimits.limits().ulimits());
    } catch (RegException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static long number(JsonNode json, String name, long least) {
    JsonNode value = json.get(name);
    if (value == null || !value.isIntegralNumber() || value.longValue() < least) {
      throw new IllegalArgumentException("limits: " + name);
    }
    return value.longValue();
  }
}
