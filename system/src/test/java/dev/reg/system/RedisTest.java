package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Redis as its users know it: what it was told is there after a stop. */
class RedisTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("redis");
  }

  /** The first line of the answer to a command in its simple form, over TCP. */
  private static String ask(int port, String command) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
      String line =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
              .readLine();
      return String.valueOf(line);
    } catch (IOException e) {
      return "not listening: " + e.getMessage();
    }
  }

  private static void awaitAnswers(Server server, int port) {
    Await.until(() -> ask(port, "PING").equals("+PONG"), server::log);
  }

  private static String cli(Reg reg, String name, String... words) {
    String[] command = new String[words.length + 6];
    String[] start = {"exec", name, "--", "redis-cli", "-s", "/tmp/redis.sock"};
    System.arraycopy(start, 0, command, 0, start.length);
    System.arraycopy(words, 0, command, start.length, words.length);
    return reg.run(command).succeeded().out();
  }

  @Test
  void itsSnapshotIsThereAfterAStop() throws Exception {
    Path project = Fixture.project();
    int port = Server.freePort();
    Path conf = project.resolve("redis.conf");
    Files.writeString(
        conf,
        """
        bind 127.0.0.1
        port %d
        unixsocket /tmp/redis.sock
        dir /var/lib/redis
        daemonize yes
        logfile /var/log/redis/redis-server.log
        """
            .formatted(port));
    String name = "redis";
    try (Server redis =
        Server.start(
            reg, name, "--no-project", "-tredis", "-v", conf + ":/etc/redis/redis.conf:ro")) {
      awaitAnswers(redis, port);
      assertThat(ask(port, "SET town Zürich")).isEqualTo("+OK");
      assertThat(cli(reg, name, "GET", "town")).isEqualTo("Zürich\n");
      assertThat(cli(reg, name, "EVAL", "return 6*7", "0")).isEqualTo("42\n");
      reg.run("stop", name).succeeded();
      assertThat(reg.inspect(name).get("exitCode").asInt()).isZero();
      assertThat(redis.log()).contains("DB saved on disk", "bye bye");
      assertThat(reg.run("diff", name).succeeded().out()).contains("A /var/lib/redis/dump.rdb\n");

      reg.run("start", name).succeeded();
      awaitAnswers(redis, port);
      assertThat(cli(reg, name, "GET", "town")).isEqualTo("Zürich\n");
      assertThat(reg.run("exec", name, "--", "redis-check-rdb", "/var/lib/redis/dump.rdb").out())
          .contains("Checksum OK", "1 keys read");
    }
  }

  @Test
  void itRunsAsItsAccountByDebiansConfiguration() throws Exception {
    int port = Server.freePort();
    String name = "redis-debian";
    String[] command = {
      "--no-project",
      "-tredis",
      "--",
      "redis-server",
      "/etc/redis/redis.conf",
      "--daemonize",
      "no",
      "--logfile",
      "",
      "--unixsocket",
      "/tmp/redis.sock",
      "--port",
      Integer.toString(port)
    };
    try (Server redis = Server.start(reg, name, command)) {
      awaitAnswers(redis, port);
      assertThat(cli(reg, name, "CONFIG", "GET", "bind")).isEqualTo("bind\n127.0.0.1 -::1\n");
      assertThat(cli(reg, name, "CONFIG", "GET", "dir")).isEqualTo("dir\n/var/lib/redis\n");
      assertThat(reg.run("top", name).succeeded().out())
          .containsPattern("\\n911 .* redis-server 127.0.0.1:" + port);
    }
  }

  @Test
  void aCallersLogIsKeptInTheirDirectory() throws Exception {
    int user = 4261;
    Reg own = Fixture.own("redis");
    try {
      Users users = Users.of(own, 4262);
      own.run("ps").succeeded(); // only root brings an engine up
      Path project = users.project(user);
      int port = Server.freePort();
      Reg here = users.as(user).in(project);
      String[] command = {
        "-v" + project + ":/var/lib/redis",
        "-tredis",
        "--",
        "redis-server",
        "--bind",
        "127.0.0.1",
        "--port",
        Integer.toString(port),
        "--dir",
        "/var/lib/redis",
        "--appendonly",
        "yes",
        "--unixsocket",
        "/tmp/redis.sock",
        "--save",
        ""
      };
      try (Server redis = Server.start(here, "redis", command)) {
        awaitAnswers(redis, port);
        assertThat(ask(port, "INCRBY n 6")).isEqualTo(":6");
        here.run("stop", "redis").succeeded();
        assertThat(redis.log()).contains("bye bye");
        here.run("start", "redis").succeeded();
        awaitAnswers(redis, port);
        assertThat(cli(here, "redis", "GET", "n")).isEqualTo("6\n");
      }
      Path log = project.resolve("appendonlydir");
      assertThat(Files.getAttribute(log, "unix:uid")).isEqualTo(user);
    } finally {
      own.close();
    }
  }
}
