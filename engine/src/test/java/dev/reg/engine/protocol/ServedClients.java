package dev.reg.engine.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.engine.access.Admission;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Directories;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Pipe;
import dev.reg.linux.Sockets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server whose conversations run in this process, and clients that speak its bytes. */
abstract class ServedClients {
  static final String ID = "a".repeat(64);

  @TempDir Path tmp;
  AttachLoop loop;
  private final List<Thread> workers = new ArrayList<>();
  private final List<TestClient> clients = new ArrayList<>();
  private int descriptorsBefore;

  @BeforeEach
  void start() throws Exception {
    loop = new AttachLoop();
    loop.start();
    descriptorsBefore = openDescriptors();
  }

  /** Whatever happened: no descriptor of any conversation is left. */
  @AfterEach
  void stop() throws Exception {
    clients.forEach(TestClient::close);
    for (Thread worker : workers) {
      worker.join(20_000);
      assertThat(worker.isAlive()).isFalse();
    }
    for (int i = 0; i < 200 && loop.size() > 0; i++) {
      Thread.sleep(10);
    }
    assertThat(loop.size()).isZero();
    assertThat(openDescriptors()).isEqualTo(descriptorsBefore);
    loop.close();
  }

  private static int openDescriptors() throws IOException {
    try (Fd dir = Descriptors.open("/proc/self/fd", Open.O_RDONLY | Open.O_DIRECTORY, 0)) {
      int count = 0;
      for (DirectoryEntry entry : Directories.readDirectory(dir)) {
        if (!isForeign(entry.name())) {
          count++;
        }
      }
      return count;
    }
  }

  /** The JVM opens jars and modules when it likes. */
  private static boolean isForeign(String number) {
    try {
      String target = Descriptors.readLink("/proc/self/fd/" + number);
      return target.endsWith(".jar") || target.endsWith("modules") || target.endsWith(".class");
    } catch (IOException e) {
      return true;
    }
  }

  final TestClient serve(Commands commands) throws IOException {
    return serve(commands, (id, token, caller) -> 99);
  }

  final TestClient serve(Commands commands, Sessions sessions) throws IOException {
    Pipe pair = Sockets.pair();
    ClientServer server = new ClientServer(commands, sessions, loop, Admission.ofRoot());
    workers.add(Thread.ofPlatform().start(() -> server.serve(pair.read())));
    TestClient client = new TestClient(pair.write());
    clients.add(client);
    return client;
  }
}
