package dev.reg.engine.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.protocol.Channel;
import dev.reg.engine.protocol.Message;
import dev.reg.engine.protocol.Packet;
import dev.reg.engine.protocol.Wire;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Pipe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherLinkTest {
  private static final String ID = "0123456789abcdef".repeat(4);

  @TempDir Path tmp;
  private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
  private ScriptedLauncher launcher;
  private LauncherLink link;

  @BeforeEach
  void connect() throws Exception {
    Path socket = tmp.resolve("launcher.sock");
    Path executable = tmp.resolve("reg-launcher");
    Files.writeString(executable, "\0\0reg-launcher build new-1\0\0");
    launcher = new ScriptedLauncher(socket);
    link = new LauncherLink(new LauncherProgram(executable, socket));
    link.open();
    link.listen(new Recorder());
  }

  @AfterEach
  void close() {
    link.close();
    launcher.close();
  }

  private final class Recorder implements Launcher.Listener {
    @Override
    public void started(int slot, int pid) {
      events.add("started " + slot + " " + pid);
    }

    @Override
    public void failed(int slot, int operation, int errno) {
      events.add("failed " + slot + " " + operation + " " + errno);
    }

    @Override
    public void exited(int slot, int code) {
      events.add("exited " + slot + " " + code);
      throw new IllegalStateException("a listener's failure is its own");
    }

    @Override
    public void gone(int slot, OptionalInt code) {
      events.add("gone " + slot + " " + code);
    }

    @Override
    public void lost() {
      events.add("lost");
    }

    @Override
    public void restored() {
      events.add("restored");
    }
  }

  private String event() throws InterruptedException {
    return String.valueOf(events.poll(10, TimeUnit.SECONDS));
  }

  @Test
  void startCarriesPlanAndDescriptors() throws Exception {
    byte[] plan = "a plan".getBytes(StandardCharsets.UTF_8);
    try (ScriptedLauncher.Engine engine = launcher.accept("old", 0);
        Pipe pipe = Descriptors.pipe()) {
      link.start(7, ID, plan, true, false, List.of(pipe.read(), pipe.write()), null);
      try (Message start = engine.next(Wire.LAUNCHER_START)) {
        assertThat(start.arg()).isEqualTo(7);
        assertThat(start.u32()).isEqualTo(Wire.START_INIT);
        assertThat(start.u32()).isEqualTo(plan.length);
        assertThat(start.text(64)).isEqualTo(ID);
        assertThat(start.text(start.remaining())).isEqualTo("a plan");
        assertThat(start.fds()).hasSize(2);
      }
      assertThat(pipe.read().isOpen()).as("the caller's stay its own").isTrue();
    }
  }

  @Test
  void aLongPlanGoesThroughAMemfd() throws Exception {
    byte[] plan = new byte[300_000];
    plan[299_999] = 42;
    try (ScriptedLauncher.Engine engine = launcher.accept("old", 0);
        Pipe pipe = Descriptors.pipe()) {
      link.start(1, ID, plan, false, true, List.of(pipe.read()), null);
      try (Message start = engine.next(Wire.LAUNCHER_START)) {
        assertThat(start.u32()).isEqualTo(Wire.START_MEMFD | Wire.START_LOG);
        assertThat(start.u32()).isEqualTo(plan.length);
        assertThat(start.remaining()).isEqualTo(64);
        assertThat(start.fds()).hasSize(2);
        assertThat(Descriptors.readAll(start.fds().getFirst(), 400_000)).isEqualTo(plan);
      }
    }
  }

  /** docs/protocol.md: the plan's memfd, then the group, then what the plan counts. */
  @Test
  void aControlGroupComesBeforeThePlansDescriptors() throws Exception {
    Path file = Files.createTempFile(tmp, "group", "");
    for (int length : new int[] {10, 300_000}) {
      try (ScriptedLauncher.Engine engine = launcher.accept("old", 0);
          Pipe pipe = Descriptors.pipe();
          Fd group = Descriptors.open(file, Open.O_RDONLY, 0)) {
        link.start(1, ID, new byte[length], true, false, List.of(pipe.read()), group);
        try (Message start = engine.next(Wire.LAUNCHER_START)) {
          boolean big = length > 10;
          assertThat(start.u32())
              .isEqualTo(Wire.START_INIT | Wire.START_CGROUP | (big ? Wire.START_MEMFD : 0));
          assertThat(start.fds()).hasSize(big ? 3 : 2);
          assertThat(Descriptors.path(start.fds().get(big ? 1 : 0))).isEqualTo(file.toString());
        }
      }
    }
  }

  @Test
  void eventsArriveInOrder() throws Exception {
    try (ScriptedLauncher.Engine engine = launcher.accept("old", 0)) {
      engine.send(Wire.LAUNCHER_STARTED, 1, 4242);
      engine.send(Wire.LAUNCHER_EXITED, 1, 137);
      engine.send(Wire.LAUNCHER_GONE, 1, 137);
      engine.send(Wire.LAUNCHER_FAILED, 2, 11, 2);
      engine.send(Wire.LAUNCHER_GONE, 3, -1);
      assertThat(event()).isEqualTo("started 1 4242");
      assertThat(event()).isEqualTo("exited 1 137");
      assertThat(event()).isEqualTo("gone 1 OptionalInt[137]");
      assertThat(event()).isEqualTo("failed 2 11 2");
      assertThat(event()).isEqualTo("gone 3 OptionalInt.empty");
    }
  }

  @Test
  void listsWhatIsThere() throws Exception {
    try (ScriptedLauncher.Engine engine = launcher.accept("old", 1)) {
      CompletableFuture<List<Launcher.Item>> found = inBackground(link::list);
      engine.next(Wire.LAUNCHER_LIST).close();
      Packet item = new Packet(Wire.LAUNCHER_ITEM, 5, 80);
      item.bytes(ID.getBytes(StandardCharsets.US_ASCII)).u32(99).u32(Wire.STATE_EXITED);
      engine.channel().send(item.u32(3).u32(1));
      engine.send(Wire.LAUNCHER_LISTED, 1);
      assertThat(found.get(10, TimeUnit.SECONDS))
          .containsExactly(
              new Launcher.Item(5, ID, 99, Launcher.State.EXITED, OptionalInt.of(3), true, false));
      assertThat(link.identity())
          .isEqualTo(new Launcher.Identity(4711, 1, "old", Wire.LAUNCHER_VERSION));
    }
  }

  @Test
  void signalsForgetsAndAdopts() throws Exception {
    try (ScriptedLauncher.Engine engine = launcher.accept("old", 0);
        Pipe pipe = Descriptors.pipe()) {
      link.signal(3, 15);
      link.forget(4);
      link.adopt(5, ID, 77, pipe.read(), false);
      link.adopt(6, ID, 78, pipe.read(), true);
      assertThat(engine.next(Wire.LAUNCHER_SIGNAL).u32()).isEqualTo(15);
      assertThat(engine.next(Wire.LAUNCHER_FORGET).arg()).isEqualTo(4);
      try (Message adopt = engine.next(Wire.LAUNCHER_ADOPT)) {
        assertThat(adopt.text(64)).isEqualTo(ID);
        assertThat(adopt.u32()).isEqualTo(77);
        assertThat(adopt.u32()).isZero();
        assertThat(adopt.fds()).hasSize(1);
      }
      try (Message adopt = engine.next(Wire.LAUNCHER_ADOPT)) {
        assertThat(adopt.text(64)).isEqualTo(ID);
        assertThat(adopt.u32()).isEqualTo(78);
        assertThat(adopt.u32()).isEqualTo(Wire.SLOT_JOINED);
      }
    }
  }

  @Test
  void aLostLauncherIsReplacedAndSaidSo() throws Exception {
    launcher.accept("old", 0).close();
    assertThat(event()).isEqualTo("lost");
    try (ScriptedLauncher.Engine engine = launcher.accept("old", 0)) {
      assertThat(event()).isEqualTo("restored");
      link.forget(1);
      engine.next(Wire.LAUNCHER_FORGET).close();
    }
  }

  @Test
  void whoWaitsForALostLauncherIsTold() throws Exception {
    CompletableFuture<List<Launcher.Item>> found;
    try (ScriptedLauncher.Engine engine = launcher.accept("old", 0)) {
      found = inBackground(link::list);
      engine.next(Wire.LAUNCHER_LIST).close();
    }
    assertThatThrownBy(() -> found.get(10, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(IOException.class)
        .hasMessageContaining("being replaced");
  }

  @Test
  void aLaterVersionOfTheProtocolIsNotSpokenWith() throws Exception {
    try (Fd socket = acceptWithVersion(Wire.LAUNCHER_VERSION + 1)) {
      assertThatThrownBy(() -> link.forget(1)).hasMessageContaining("speaks version 3");
      assertThat(socket.isOpen()).isTrue();
    }
  }

  @Test
  void anOlderLauncherIsAnsweredInItsVersionAndAskedForNothingItDoesNotKnow() throws Exception {
    try (Fd socket = acceptWithVersion(1);
        Channel channel = new Channel(socket)) {
      try (Message hello = Objects.requireNonNull(channel.receive())) {
        assertThat(hello.type()).isEqualTo(Wire.LAUNCHER_HELLO);
        assertThat(hello.arg()).isEqualTo(1);
      }
      assertThat(link.identity().canJoin()).isFalse();
      assertThatThrownBy(() -> link.join(1, 2, ID, new byte[0], List.of(), null))
          .hasMessageContaining("too old");
      link.forget(7);
      try (Message forget = Objects.requireNonNull(channel.receive())) {
        assertThat(forget.type()).isEqualTo(Wire.LAUNCHER_FORGET);
      }
    }
  }

  @Test
  void joinNamesTheContainersSlot() throws Exception {
    try (ScriptedLauncher.Engine engine = launcher.accept("old", 0);
        Pipe pipe = Descriptors.pipe()) {
      link.join(8, 7, ID, "a plan".getBytes(StandardCharsets.UTF_8), List.of(pipe.read()), null);
      link.join(9, 7, ID, new byte[300_000], List.of(pipe.read()), null);
      try (Message start = engine.next(Wire.LAUNCHER_START)) {
        assertThat(start.arg()).isEqualTo(8);
        assertThat(start.u32()).isEqualTo(Wire.START_JOIN);
        assertThat(start.u32()).isEqualTo(6);
        assertThat(start.text(64)).isEqualTo(ID);
        assertThat(start.u32()).isEqualTo(7);
        assertThat(start.text(start.remaining())).isEqualTo("a plan");
        assertThat(start.fds()).hasSize(1);
      }
      try (Message start = engine.next(Wire.LAUNCHER_START)) {
        assertThat(start.u32()).isEqualTo(Wire.START_JOIN | Wire.START_MEMFD);
        assertThat(start.remaining()).isEqualTo(4 + 64 + 4);
        assertThat(start.fds()).hasSize(2);
      }
    }
  }

  private Fd acceptWithVersion(int version) throws IOException {
    Channel channel = launcher.acceptSilently();
    channel.send(new Packet(Wire.LAUNCHER_HELLO, version, 16).u32(1).u32(0).string("future"));
    return channel.socket();
  }

  @Test
  void quitsUnlessBusy() throws Exception {
    CompletableFuture<Boolean> quit;
    try (ScriptedLauncher.Engine engine = launcher.accept("old", 0)) {
      CompletableFuture<Boolean> refused = inBackground(link::quit);
      engine.next(Wire.LAUNCHER_QUIT).close();
      engine.send(Wire.LAUNCHER_BUSY, 0);
      assertThat(refused.get(10, TimeUnit.SECONDS)).isFalse();
      quit = inBackground(link::quit);
      engine.next(Wire.LAUNCHER_QUIT).close();
    }
    assertThat(quit.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(events).as("an end that was wanted is no loss").isEmpty();
  }

  @Test
  void anOlderBuildIsOfferedTheInstalledOne() throws Exception {
    try (ScriptedLauncher.Engine engine = launcher.accept("old", 0)) {
      link.upgradeIfNewer();
      try (Message upgrade = engine.next(Wire.LAUNCHER_UPGRADE)) {
        assertThat(upgrade.fds()).hasSize(1);
      }
      engine.channel().send(ScriptedLauncher.hello("new-1", 0));
      engine.send(Wire.LAUNCHER_STARTED, 1, 1);
      assertThat(event()).isEqualTo("started 1 1");
      link.upgradeIfNewer();
      link.forget(9);
      engine.next(Wire.LAUNCHER_FORGET).close();
    }
  }

  @Test
  void aLauncherThatCannotBeStartedSaysWhy() throws Exception {
    Path broken = tmp.resolve("broken");
    Files.writeString(broken, "#!/bin/sh\necho cannot mount: no rights >&2\nexit 1\n");
    assertThat(broken.toFile().setExecutable(true)).isTrue();
    try (LauncherLink other =
        new LauncherLink(new LauncherProgram(broken, tmp.resolve("none.sock")))) {
      other.open();
      other.listen(new Recorder());
      assertThatThrownBy(() -> other.forget(1)).hasMessageContaining("cannot mount: no rights");
    }
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private static <T> CompletableFuture<T> inBackground(Call<T> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                result.complete(call.run());
              } catch (IOException | RuntimeException e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }
}
