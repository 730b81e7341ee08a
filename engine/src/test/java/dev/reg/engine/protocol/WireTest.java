package dev.reg.engine.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class WireTest {
  private static final Pattern DEFINE =
      Pattern.compile("(?m)^#define REG_(\\w+) (0x[0-9a-fA-F]+|\\d+)u?\\b");

  /** What only the plan's encoder or the client has to know. */
  private static final Pattern ELSEWHERE =
      Pattern.compile(
          "(OP|OPERATION|PLAN|EXEC|MOUNT|ROOT|WORKDIR|FIXTURE|EXIT|CAPS|USER|TERMINAL)_.*");

  @Test
  void agreesWithTheHeader() throws Exception {
    Map<String, Integer> header = new TreeMap<>();
    Matcher define = DEFINE.matcher(Files.readString(Path.of("../native/protocol.h")));
    while (define.find()) {
      if (!ELSEWHERE.matcher(define.group(1)).matches()) {
        header.put(define.group(1), Long.decode(define.group(2)).intValue());
      }
    }
    Map<String, Integer> wire = new TreeMap<>();
    for (Field field : Wire.class.getDeclaredFields()) {
      wire.put(field.getName(), field.getInt(null));
    }
    assertThat(header).as("the header was read").containsEntry("CLIENT_HELLO", 1);
    assertThat(wire).isEqualTo(header);
  }
}
