package dev.reg.engine.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.launcher.ScriptedLauncher;
import dev.reg.engine.protocol.TestClient;
import dev.reg.engine.protocol.Wire;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Pipe;
import dev.reg.linux.Processes;
import dev.reg.linux.Sockets;
import dev.reg.store.Layout;
import dev.reg.store.RootLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole engine in the test's process, over a launcher that the test plays. */
class DaemonTest {
  @TempDir Path tmp;
  private Layout layout;
  private ScriptedLauncher launcher;
  private final CompletableFuture<EchoService> service = new CompletableFuture<>();
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();

  @BeforeEach
  void playLauncher() throws Exception {
    layout = new Layout(tmp.resolve("root"), tmp.resolve("root/run"));
    layout.create();
    launcher = new ScriptedLauncher(layout.launcherSocket());
    Path install = Files.createDirectories(tmp.resolve("install/libexec"));
    Files.writeString(install.resolve("reg-launcher"), "reg-launcher build one\0");
  }

  @AfterEach
  void close() {
    launcher.close();
  }

  /** What the starter read: "ready\n" or "failed: ...\n". */
  private String start() throws Exception {
    return start(
        (where, link, control) -> {
          EchoService made = new EchoService(control);
          service.complete(made);
          return made;
        });
  }

  private String start(ServiceFactory factory) throws Exception {
    Pipe ready = Descriptors.pipe();
    String number = Integer.toString(ready.write().release());
    Readiness readiness = Readiness.of(Map.of("REG_READY_FD", number));
    Options options = new Options(layout, tmp.resolve("install"), true);
    Daemon daemon = new Daemon(options, factory, readiness);
    Thread.ofPlatform().start(() -> ended.complete(daemon.run()));
    try (Fd end = ready.read()) {
      return new String(Descriptors.readAll(end, 10_000), StandardCharsets.UTF_8);
    }
  }

  private CompletableFuture<ScriptedLauncher.Engine> acceptEngine() {
    CompletableFuture<ScriptedLauncher.Engine> engine = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                engine.complete(launcher.accept("one", 0));
              } catch (IOException e) {
                engine.completeExceptionally(e);
              }
            });
    return engine;
  }

  @Test
  void startsServesAndStopsLeavingNothing() throws Exception {
    CompletableFuture<ScriptedLauncher.Engine> accepted = acceptEngine();
    assertThat(start()).isEqualTo("ready\n");
    assertThat(service.get().recovered).isTrue();
    assertThat(layout.enginePid()).hasContent(Processes.self() + "\n");
    try (TestClient client = TestClient.connect(layout.socket())) {
      assertThat(client.hello("hello", "world").awaitExit()).isZero();
      assertThat(client.output()).isEqualTo("hello world");
    }
    try (TestClient held = TestClient.connect(layout.socket());
        TestClient stopper = TestClient.connect(layout.socket())) {
      held.hello("hold");
      assertThat(held.nextType()).isEqualTo(Wire.CLIENT_STARTED);
      assertThat(stopper.hello("stop").awaitExit()).isZero();
      assertThat(held.nextType()).isEqualTo(Wire.CLIENT_GOODBYE);
    }
    try (ScriptedLauncher.Engine engine = accepted.get(10, TimeUnit.SECONDS)) {
      engine.next(Wire.LAUNCHER_QUIT).close();
    }
    assertThat(ended.get(20, TimeUnit.SECONDS)).isZero();
    assertThat(service.get().closed).isTrue();
    assertThat(layout.socket()).doesNotExist();
    assertThat(layout.enginePid()).doesNotExist();
  }

  @Test
  void manyClientsAtOnceAreAllServed() throws Exception {
    CompletableFuture<ScriptedLauncher.Engine> accepted = acceptEngine();
    assertThat(start()).isEqualTo("ready\n");
    List<TestClient> held = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      held.add(TestClient.connect(layout.socket()).hello("hold"));
    }
    for (TestClient client : held) {
      assertThat(client.nextType()).isEqualTo(Wire.CLIENT_STARTED);
    }
    List<TestClient> silent = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      silent.add(TestClient.connect(layout.socket())); // says nothing: costs a worker for a while
    }
    try (TestClient client = TestClient.connect(layout.socket())) {
      assertThat(client.hello("hi").awaitExit()).isZero();
    }
    held.forEach(TestClient::close);
    silent.forEach(TestClient::close);
    // That they left is noticed one by one; an engine that stops does not wait for it.
    for (int i = 0; i < 1000 && service.get().attached.get() > 0; i++) {
      Thread.sleep(10);
    }
    assertThat(service.get().attached).hasValue(0);
    try (TestClient stopper = TestClient.connect(layout.socket())) {
      assertThat(stopper.hello("stop").awaitExit()).isZero();
    }
    try (ScriptedLauncher.Engine engine = accepted.get(10, TimeUnit.SECONDS)) {
      engine.next(Wire.LAUNCHER_QUIT).close();
    }
    assertThat(ended.get(20, TimeUnit.SECONDS)).isZero();
  }

  @Test
  void aServiceThatDoesNotOpenLeavesNoLauncher() throws Exception {
    CompletableFuture<ScriptedLauncher.Engine> accepted = acceptEngine();
    CompletableFuture<String> said =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return start(
                    (where, link, control) -> {
                      throw new RegException(ErrorKind.INVALID, "a bad configuration");
                    });
              } catch (Exception e) {
                return e.toString();
              }
            });
    try (ScriptedLauncher.Engine engine = accepted.get(10, TimeUnit.SECONDS)) {
      engine.next(Wire.LAUNCHER_QUIT).close();
    }
    assertThat(said.get(20, TimeUnit.SECONDS)).isEqualTo("failed: a bad configuration\n");
    assertThat(ended.get(20, TimeUnit.SECONDS)).isEqualTo(1);
  }

  @Test
  void aSecondEngineOnTheSameRootSaysWhoIsThere() throws Exception {
    try (RootLock lock = RootLock.take(layout);
        Fd socket = Sockets.listen(layout.socket(), 0600)) {
      assertThat(lock).isNotNull();
      assertThat(socket).as("it answers: it is not just stopping").isNotNull();
      assertThat(start()).startsWith("failed: ").contains("another engine").hasLineCount(1);
      assertThat(ended.get(20, TimeUnit.SECONDS)).isEqualTo(1);
    }
    assertThat(service).isNotDone();
  }

  @Test
  void aStaleSocketIsReplaced() throws Exception {
    Sockets.listen(layout.socket(), 0600).close();
    CompletableFuture<ScriptedLauncher.Engine> accepted = acceptEngine();
    assertThat(start()).isEqualTo("ready\n");
    try (TestClient stopper = TestClient.connect(layout.socket())) {
      assertThat(stopper.hello("stop").awaitExit()).isZero();
    }
    try (ScriptedLauncher.Engine engine = accepted.get(10, TimeUnit.SECONDS)) {
      engine.next(Wire.LAUNCHER_QUIT).close();
    }
    assertThat(ended.get(20, TimeUnit.SECONDS)).isZero();
  }

  @Test
  void optionsNameWhatIsMissing() {
    assertThatThrownBy(() -> Options.parse(List.of("--root", "/r")))
        .hasMessageContaining("needs --root, --runtime and --install");
    assertThatThrownBy(() -> Options.parse(List.of("--bogus", "/r")))
        .hasMessageContaining("--bogus");
    assertThatThrownBy(() -> Options.parse(List.of("--root")))
        .hasMessageContaining("lacks a value");
  }

  @Test
  void aDescriptorFromTheServiceManagerHasToListen() throws Exception {
    Map<String, String> environment =
        Map.of("LISTEN_FDS", "1", "LISTEN_PID", Integer.toString(Processes.self() + 1));
    assertThat(Readiness.of(environment).takeListener()).as("meant for another process").isEmpty();
  }
}
