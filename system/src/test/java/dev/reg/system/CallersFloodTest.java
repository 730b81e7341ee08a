package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One user's floods, deaths and silence, and the others' commands meanwhile. */
class CallersFloodTest {
  private static final int ONE = 4242;

  /** docs/protocol.md: HELLO, its version, and the bit that says that more follows. */
  private static final int HELLO = 1;

  private static final int MORE = 1 << 31;
  private static final int LARGEST = 65_536;

  private static final OtherUser HOSTILE = new OtherUser(ONE, 4243);

  private static Users users;
  private static Reg root;
  private static Reg one;
  private static Reg two;
  private static Path socket;

  @BeforeAll
  static void start() throws IOException {
    root = Fixture.own();
    users = Users.of(root, 4243);
    root.run("ps").succeeded();
    one = users.as(ONE);
    two = users.as(4244);
    socket = root.root.resolve("run/reg.sock");
  }

  @AfterAll
  static void stop() {
    if (root != null) {
      root.close();
    }
  }

  private static void assertOthersAreServed() {
    for (Reg other : List.of(root, two)) {
      other.run("run", "--rm", "-t", "busybox", "--", "true").succeeded();
    }
  }

  private static byte[] message(int type, int arg, int size) {
    byte[] bytes = new byte[8 + size];
    ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(type).putInt(arg);
    return bytes;
  }

  private static void close(List<Fd> all) {
    all.forEach(Fd::close);
  }

  /** Those that clients brought: what the engine makes ahead comes and goes. */
  private static int descriptors() throws IOException {
    int count = 0;
    try (var all = Files.newDirectoryStream(Path.of("/proc/" + root.enginePid() + "/fd"))) {
      for (Path each : all) {
        String target = target(each);
        count += target.startsWith("socket:") || target.equals("/dev/null") ? 1 : 0;
      }
    }
    return count;
  }

  /** Nothing for one that was just closed. */
  private static String target(Path descriptor) throws IOException {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private static void awaitDescriptors(int most) {
    Await.until(
        () -> {
          try {
            return descriptors() <= most;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        },
        () -> "descriptors stay open");
  }

  @Test
  void halfOpenConnectionsCostNobodyElseAnything() throws Exception {
    int before = descriptors();
    List<Fd> silent = HOSTILE.connect(socket, 1000);
    try {
      assertOthersAreServed();
      // Those that were let in last still wait, so it was among them that others were served.
      assertThat(Sockets.trySend(silent.getLast(), message(0, 0, 0), 8, List.of(), false))
          .isPositive();
    } finally {
      close(silent);
    }
    awaitDescriptors(before + 5);
    one.run("run", "--rm", "-t", "busybox", "--", "true").succeeded();
  }

  @Test
  void moreConnectionsThanOneUserGetsAreRefusedWithALine() throws Exception {
    // More than that, so that all places are taken whichever of them the engine gets to last.
    List<Fd> silent = HOSTILE.connect(socket, 1100);
    try {
      Reg.Result refused = one.run("ps");
      assertThat(refused.code()).isEqualTo(125);
      assertThat(refused.err())
          .startsWith("reg: you have 1024 connections to the engine already")
          .hasLineCount(1);
      assertOthersAreServed();
    } finally {
      close(silent);
    }
    Await.until(() -> one.run("ps").code() == 0, () -> "the user stays out");
  }

  @Test
  void descriptorsThatNobodyAskedForAreClosed() throws Exception {
    int before = descriptors();
    List<Fd> flood = HOSTILE.connect(socket, 200);
    try (Fd nothing = Descriptors.open("/dev/null", Open.O_RDWR, 0)) {
      List<Fd> most = Collections.nCopies(64, nothing);
      byte[] part = message(HELLO | MORE, 1, 1);
      byte[] last = message(HELLO, 1, 1);
      for (Fd connection : flood) {
        Sockets.trySend(connection, part, part.length, most, false);
        Sockets.trySend(connection, part, part.length, most, false);
        Sockets.trySend(connection, last, last.length, most, false);
      }
      assertOthersAreServed();
      awaitDescriptors(before + 5);
    } finally {
      close(flood);
    }
  }

  /** Sixty-four of them would be four times the engine's memory. */
  @Test
  void longMessagesOfOneUserAreBoundedTogether() throws Exception {
    int engine = root.enginePid();
    List<Fd> flood = HOSTILE.connect(socket, 64);
    try {
      byte[] part = message(HELLO | MORE, 1, LARGEST - 8);
      for (int round = 0; round < 60; round++) {
        for (Fd connection : flood) {
          long ignored = Sockets.trySend(connection, part, part.length, List.of(), false);
        }
        if (round % 20 == 0) {
          assertOthersAreServed();
        }
      }
      assertOthersAreServed();
    } finally {
      close(flood);
    }
    assertThat(root.enginePid()).isEqualTo(engine);
    assertThat(Files.readString(root.root.resolve("run/engine.log"))).doesNotContain("OutOfMemory");
  }

  @Test
  void noiseIsNotLogged() throws Exception {
    Path log = root.root.resolve("run/engine.log");
    long before = Files.size(log);
    List<Fd> flood = HOSTILE.connect(socket, 500);
    try {
      byte[] noise = "no message of ours".getBytes(StandardCharsets.US_ASCII);
      for (Fd connection : flood) {
        long ignored = Sockets.trySend(connection, noise, noise.length, List.of(), false);
      }
    } finally {
      close(flood);
    }
    assertOthersAreServed();
    assertThat(Files.size(log)).isEqualTo(before);
  }

  @Test
  void clientsThatDieCostNothing() throws Exception {
    int before = descriptors();
    List<Process> clients = new ArrayList<>();
    for (int i = 0; i < Users.BOUND; i++) {
      clients.add(one.start("run", "--rm", "-t", "busybox", "--", "sleep", "1000"));
    }
    Await.until(() -> one.run("ps", "-q").lines().size() == Users.BOUND, () -> "not all run");
    for (Process client : clients) {
      client.destroyForcibly().waitFor();
    }
    assertOthersAreServed();
    // Their containers live, as everybody's do, and are their owner's to end.
    List<String> command = new ArrayList<>(List.of("remove", "-f"));
    command.addAll(one.run("ps", "-q").lines());
    one.run(command.toArray(String[]::new)).succeeded();
    awaitDescriptors(before + 5);
  }

  @Test
  void commandsExecutedByOneUserAreBounded() throws Exception {
    String id =
        one.run("run", "-d", "-t", "busybox", "--", "sleep", "1000").succeeded().out().strip();
    List<Process> flood = new ArrayList<>();
    try {
      for (int i = 0; i < Users.BOUND; i++) {
        Process exec = one.start("exec", id, "--", "sh", "-c", "echo on; exec sleep 1000");
        assertThat(exec.inputReader().readLine()).isEqualTo("on");
        flood.add(exec);
      }
      for (List<String> words : List.of(List.of("exec", id), List.of("exec", "-d", id))) {
        List<String> more = new ArrayList<>(words);
        more.addAll(List.of("--", "true"));
        Reg.Result refused = one.run(more.toArray(String[]::new));
        assertThat(refused.code()).isEqualTo(125);
        assertThat(refused.err())
            .startsWith(
                "reg: exec: " + Users.BOUND + " commands of yours run in containers already")
            .hasLineCount(1);
      }
      assertOthersAreServed();
      root.run("exec", id, "--", "true").succeeded();
      Process last = flood.removeLast();
      last.destroyForcibly().waitFor();
      // The program goes on without its client, and counts until it ends.
      assertThat(one.run("exec", id, "--", "true").code()).isEqualTo(125);
      one.run("kill", id).succeeded();
      for (Process exec : flood) {
        assertThat(Reg.finish(exec).code()).isEqualTo(137);
      }
      flood.clear();
      one.awaitState(id, "Stopped");
      one.run("start", id).succeeded();
      one.run("exec", id, "--", "true").succeeded();
    } finally {
      flood.forEach(Process::destroyForcibly);
      one.run("remove", "-f", id).succeeded();
    }
  }

  @Test
  void whatRootExecutesInAUsersContainerIsNotTheUsers() throws Exception {
    String id =
        one.run("run", "-d", "-t", "busybox", "--", "sleep", "1000").succeeded().out().strip();
    try {
      for (int i = 0; i <= Users.BOUND; i++) {
        root.run("exec", "-d", id, "--", "sleep", "1000").succeeded();
      }
      assertThat(root.inspect(id).get("execs").asInt()).isEqualTo(Users.BOUND + 1);
      one.run("exec", id, "--", "true").succeeded();
    } finally {
      one.run("remove", "-f", id).succeeded();
    }
  }

  @Test
  void aStoppedClientsBuildIsMadeForThoseWhoWaitForIt() throws Exception {
    try (Reg fresh = Fixture.withRecipes(Map.of())) {
      Process first = fresh.start("template", "build", "busybox");
      assertThat(first.errorReader().readLine()).startsWith("reg: busybox: ");
      Processes.signal("STOP", first.pid());
      try {
        assertThat(
                fresh.run("run", "--rm", "-t", "busybox", "--", "echo", "runs").succeeded().out())
            .isEqualTo("runs\n");
      } finally {
        Processes.signal("CONT", first.pid());
      }
      assertThat(Reg.finish(first).succeeded().out()).startsWith("busybox@");
    }
  }

  @Test
  void aClientThatIsStoppedHoldsNobodyUp() throws Exception {
    Process client =
        one.start("run", "--rm", "-t", "busybox", "--", "sh", "-c", "echo on; sleep 1000");
    assertThat(client.inputReader().readLine()).isEqualTo("on");
    Processes.signal("STOP", client.pid());
    try {
      // The program's output may be there before the engine knows that it runs.
      Await.until(() -> !one.run("ps", "-q").out().isEmpty(), () -> "nothing runs");
      String id = one.run("ps", "-q").out().strip();
      one.run("kill", id).succeeded();
      assertOthersAreServed();
      Await.until(() -> one.run("ps", "-aq").out().isEmpty(), () -> "the container stays");
    } finally {
      Processes.signal("CONT", client.pid());
    }
    assertThat(Reg.finish(client).code()).isEqualTo(137);
  }
}
