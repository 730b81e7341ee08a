package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.engine.building.BuilderMemory;
import dev.reg.engine.limit.ControlGroups;
import dev.reg.engine.limit.FakeGroups;
import dev.reg.engine.limit.Limits;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A builder goes without a bound where there can be none, not where there is none just now. */
class BuilderGroupsTest {
  /** None of its files is in memory. */
  private static final Path DISK = Path.of("/proc");

  @TempDir Path top;

  private static BuilderMemory.Hold hold(ControlGroups groups) throws Exception {
    return new BuilderGroups(groups, new BuildLimits(DISK, DISK)).hold();
  }

  @Test
  void itsProcessesAreHeldToTwoGibibytes() throws Exception {
    Path base = top.resolve("memory/reg-1");
    try (BuilderMemory.Hold hold = hold(FakeGroups.first(top, 0))) {
      Path tasks = hold.joining().getFirst();
      assertThat(hold.joining()).hasSize(1);
      assertThat(tasks).startsWith(base).hasFileName("tasks");
      assertThat(tasks.resolveSibling("memory.limit_in_bytes")).hasContent("2147483648");
    }
    assertThat(base.toFile().listFiles(File::isDirectory)).isEmpty();
  }

  @Test
  void aMachineThatCannotHoldMemoryBuildsWithout() throws Exception {
    assertThat(hold(ControlGroups.none()).joining()).isEmpty();
    assertThat(hold(FakeGroups.secondWithout(top, "memory")).joining()).isEmpty();
    // No permission to make groups is not a matter of time.
    assertThat(hold(FakeGroups.bare(Files.createDirectory(top.resolve("no")), Errno.EROFS)))
        .isSameAs(BuilderMemory.NOTHING);
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.ENOSPC, Errno.ENOMEM, Errno.EMFILE, Errno.ENFILE})
  void aMachineThatCannotJustNowFailsTheBuild(int errno) throws Exception {
    refused(FakeGroups.first(Files.createDirectory(top.resolve("ready")), errno));
    refused(FakeGroups.bare(Files.createDirectory(top.resolve("bare")), errno));
  }

  @Test
  void aGroupThatCannotBeMadeWhereOthersWereIsNoReasonToGoWithout() throws Exception {
    assertThatThrownBy(() -> hold(FakeGroups.first(top, Errno.EACCES)))
        .isInstanceOf(RegException.class);
  }

  @Test
  void aContainerOfABuildIsHeldByTheSameRule() throws Exception {
    BuildLimits limits = new BuildLimits(DISK, DISK);
    Limits held = limits.container(FakeGroups.first(top, 0)::check);
    assertThat(held.memory()).isEqualTo(2L << 30);
    assertThat(held.pids()).isEqualTo(512);
    Limits alone = limits.container(ControlGroups.none()::check);
    assertThat(alone.needGroups()).isFalse();
    assertThat(alone.ulimits()).isEqualTo(held.ulimits()).extracting("name").contains("fsize");
    Path some = Files.createDirectory(top.resolve("some"));
    assertThat(limits.container(FakeGroups.secondWithout(some, "pids")::check))
        .isEqualTo(new Limits(2L << 30, Limits.UNLIMITED, 0, null, 0, held.ulimits()));
    ControlGroups full = FakeGroups.bare(Files.createDirectory(top.resolve("f")), Errno.ENOSPC);
    assertThatThrownBy(() -> limits.container(full::check)).isInstanceOf(RegException.class);
  }

  @Test
  void whereFilesAreMemoryTheirBoundIsAdded() throws Exception {
    Path memory = Path.of("/dev/shm");
    assumeTrue(Files.getFileStore(memory).type().equals("tmpfs"), "no tmpfs is at " + memory);
    ControlGroups groups = FakeGroups.first(top, 0);
    assertThat(new BuildLimits(memory, DISK).builder().memory()).isEqualTo((2 + 20L) << 30);
    assertThat(new BuildLimits(memory, DISK).container(groups::check).memory()).isEqualTo(2L << 30);
    assertThat(new BuildLimits(DISK, memory).builder().memory()).isEqualTo(2L << 30);
    assertThat(new BuildLimits(DISK, memory).container(groups::check).memory())
        .isEqualTo((2 + 4L) << 30);
  }

  private static void refused(ControlGroups groups) {
    assertThatThrownBy(() -> hold(groups))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXHAUSTED));
  }
}
