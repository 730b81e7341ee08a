package dev.reg.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlanEncoderTest {
  private static byte[] encode(SetupOp... operations) {
    return PlanEncoder.encode(new Plan(List.of(operations)));
  }

  private static byte[] expected(int code, int flags, Object... payload) {
    ByteBuffer body = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
    for (Object part : payload) {
      switch (part) {
        case Integer n -> body.putInt(n);
        case Long n -> body.putLong(n);
        case Short n -> body.putShort(n);
        case String s -> body.put(s.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
        default -> throw new AssertionError(part);
      }
    }
    int length = body.position();
    int padded = (length + 3) / 4 * 4;
    ByteBuffer all = ByteBuffer.allocate(8 + padded).order(ByteOrder.nativeOrder());
    all.putShort((short) code).putShort((short) flags).putInt(length);
    all.put(body.array(), 0, length);
    return all.array();
  }

  /** Every operation of docs/protocol.md's table, in its order. */
  static Stream<Arguments> operations() {
    return Stream.of(
        Arguments.of(new SetupOp.Stdio(1, 2, 3), expected(1, 0, 1, 2, 3)),
        Arguments.of(new SetupOp.Root(9), expected(2, 0, 9)),
        Arguments.of(new SetupOp.Mount(4, "/a", 7), expected(3, 7, 4, "/a")),
        Arguments.of(
            new SetupOp.FsMount("proc", "/proc", 14, "x=1", 1),
            expected(4, 1, 14, "proc", "/proc", "x=1")),
        Arguments.of(
            new SetupOp.Fixture(SetupOp.Fixture.Kind.DEV, "/dev"), expected(5, 0, 1, "/dev")),
        Arguments.of(
            new SetupOp.Fixture(SetupOp.Fixture.Kind.SYS, "/sys"), expected(5, 0, 2, "/sys")),
        Arguments.of(new SetupOp.Mask("/proc/keys"), expected(6, 0, "/proc/keys")),
        Arguments.of(new SetupOp.Protect("/proc/sys"), expected(7, 0, "/proc/sys")),
        Arguments.of(new SetupOp.ReadOnly("/"), expected(8, 0, "/")),
        Arguments.of(new SetupOp.Hostname("häus"), expected(9, 0, "häus")),
        Arguments.of(new SetupOp.Workdir("/app", false), expected(10, 0, "/app")),
        Arguments.of(new SetupOp.Workdir("/app", true), expected(10, 1, "/app")),
        Arguments.of(new SetupOp.ResourceLimit(7, 1024, -1), expected(11, 0, 7, 1024L, -1L)),
        Arguments.of(new SetupOp.User(1, 2, List.of(3, 4)), expected(12, 0, 1, 2, 2, 3, 4)),
        Arguments.of(new SetupOp.Capabilities(0xa00405fbL), expected(13, 0, 0xa00405fbL)),
        Arguments.of(new SetupOp.ControlGroup(6), expected(18, 0, 6)),
        Arguments.of(new SetupOp.NoNewPrivileges(), expected(14, 0)),
        Arguments.of(new SetupOp.ExitFile(6), expected(15, 0, 6)),
        Arguments.of(
            new SetupOp.Exec(List.of("sh", ""), List.of("A=1")),
            expected(16, 0, 2, 1, "sh", "", "A=1")),
        Arguments.of(new SetupOp.Exec(List.of("sh"), List.of(), 5), expected(16, 1, 5, 1, 0, "sh")),
        Arguments.of(
            new SetupOp.Terminal(3, 24, 65535, 5), expected(17, 5, 3, (short) 24, (short) 65535)),
        Arguments.of(
            new SetupOp.Rights(new SetupOp.User(1, 2, List.of(3, -2))),
            expected(20, 0, 1, 2, 2, 3, -2)));
  }

  @ParameterizedTest
  @MethodSource("operations")
  void anOperationIsWrittenAsTheProtocolSays(SetupOp operation, byte[] bytes) {
    assertThat(encode(operation)).isEqualTo(bytes);
  }

  @Test
  void everyKindOfOperationIsCovered() {
    assertThat(operations().map(a -> a.get()[0].getClass()).distinct())
        .hasSameSizeAs(SetupOp.class.getPermittedSubclasses());
  }

  @Test
  void operationsFollowOneAnother() {
    byte[] both = encode(new SetupOp.Mask("/a/bc"), new SetupOp.NoNewPrivileges());
    assertThat(both).hasSize(8 + 8 + 8).startsWith(expected(6, 0, "/a/bc"));
  }

  @Test
  void aPlanMayBeLargerThanTheFirstBuffer() {
    String large = "x".repeat(100_000);
    assertThat(encode(new SetupOp.Exec(List.of(large), List.of())))
        .isEqualTo(
            ByteBuffer.allocate(8 + 8 + 100_004)
                .order(ByteOrder.nativeOrder())
                .putShort((short) 16)
                .putShort((short) 0)
                .putInt(8 + 100_001)
                .putInt(1)
                .putInt(0)
                .put(large.getBytes(StandardCharsets.UTF_8))
                .array());
  }

  @Test
  void bytesThatAreNoTextSurvive() {
    byte[] plan = encode(new SetupOp.Mask("/\udcff"));
    assertThat(plan).containsSequence('/', (byte) 0xff, 0);
  }
}
