package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** PostgreSQL as its users know it: a cluster made at the first start, SQL, data that is kept. */
class PostgresqlTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("postgresql");
  }

  /** What psql in the server's container prints, over the socket. */
  private static Reg.Result psql(Reg reg, String name, String sql) {
    return reg.run(
        "exec", name, "--", "psql", "-XAtq", "-vON_ERROR_STOP=1", "-dpostgres", "-c", sql);
  }

  /** What psql in a container of its own prints, over TCP. */
  private static Reg.Result overTcp(Reg reg, int port, String password, String sql) {
    String where = "host=127.0.0.1 port=" + port + " user=app dbname=shop sslmode=disable";
    return reg.run(
        "run",
        "--rm",
        "--no-project",
        "-tpostgresql",
        "-ePGPASSWORD=" + password,
        "--",
        "psql",
        "-XAtq",
        "-vON_ERROR_STOP=1",
        "-c",
        sql,
        where);
  }

  private static void awaitReady(Reg reg, String name, Server server) {
    Await.until(() -> psql(reg, name, "select 1").code() == 0, server::log);
  }

  private static int count(String text, String part) {
    return text.split(part, -1).length - 1;
  }

  @Test
  void aClusterIsMadeAndItsDataKept() throws Exception {
    int port = Server.freePort();
    String name = "postgresql";
    try (Server server =
        Server.start(reg, name, "--no-project", "-ePGPORT=" + port, "-tpostgresql")) {
      awaitReady(reg, name, server);
      assertThat(psql(reg, name, "select current_user").out()).isEqualTo("postgres\n");
      psql(reg, name, "create role app login password 'secret'").succeeded();
      psql(reg, name, "create database shop owner app").succeeded();
      overTcp(reg, port, "secret", "create table t as select 'Zürich' as town").succeeded();
      assertThat(overTcp(reg, port, "wrong", "select 1").err())
          .contains("password authentication failed");

      Process session =
          reg.start("exec", name, "--", "psql", "-dshop", "-c", "select pg_sleep(1000)");
      String sleeping = "select count(*) from pg_stat_activity where query ~ '^select pg_sleep'";
      Await.until(() -> psql(reg, name, sleeping).out().equals("1\n"), server::log);
      reg.run("stop", name).succeeded();
      assertThat(reg.inspect(name).get("exitCode").asInt()).isZero();
      assertThat(server.log()).contains("database system is shut down");
      assertThat(Reg.finish(session).code()).isNotZero();

      reg.run("start", name).succeeded();
      awaitReady(reg, name, server);
      assertThat(overTcp(reg, port, "secret", "select town from t").succeeded().out())
          .isEqualTo("Zürich\n");
      assertThat(count(server.log(), "creating configuration files")).isOne();
      assertThat(server.log()).doesNotContain("automatic recovery", "was interrupted");
    }
  }

  @Test
  void whatItsUsersTakeForGranted() throws Exception {
    String name = "postgresql-sql";
    try (Server server =
        Server.start(
            reg,
            name,
            "--no-project",
            "-ePGPORT=" + Server.freePort(),
            "-ePOSTGRES_INITDB_ARGS=--data-checksums --locale-provider=icu --icu-locale=de",
            "-tpostgresql")) {
      awaitReady(reg, name, server);
      String[][] answers = {
        {"show data_checksums", "on"},
        {"select upper('zürich'), 'ä' < 'b', 'ä' < 'b' collate \"C\"", "ZÜRICH|t|f"},
        {"select timestamptz '2026-07-01 00:00Z' at time zone 'Asia/Tokyo'", "2026-07-01 09:00:00"},
        {"select to_tsvector('german', 'Häuser') @@ to_tsquery('german', 'Haus')", "t"},
        {"select convert_from('\\x82a0', 'SJIS'), xpath('/a/text()', '<a>x</a>')", "あ|{x}"},
        {"do $$ begin for i in 1..3 loop raise warning 'n%', i; end loop; end $$", ""},
        {"create temp table p(n int); copy p from program 'echo 42'; select n from p", "42"},
        {"select count(*) > 1000 from pg_timezone_names", "f"},
        {"select count(*) > 400 from pg_timezone_names", "t"},
        {"select rolname from pg_roles where rolsuper", "postgres"},
      };
      for (String[] answer : answers) {
        assertThat(psql(reg, name, answer[0]).succeeded().out().strip())
            .as(answer[0])
            .isEqualTo(answer[1]);
      }
      String all =
          "select format('create extension %I cascade', name) from pg_available_extensions"
              + " where name !~ '^(plpgsql|sepgsql)$' and not exists"
              + " (select from pg_extension where extname = name)";
      for (String extension : psql(reg, name, all).succeeded().lines()) {
        String sql = "begin; set client_min_messages = error; " + extension + "; rollback";
        assertThat(psql(reg, name, sql).err()).as(extension).isEmpty();
      }
      assertThat(psql(reg, name, "show listen_addresses").out()).isEqualTo("localhost\n");
      assertThat(reg.run("top", name).succeeded().out()).containsPattern("\\n912 .* postgres");
    }
  }

  @Test
  void aCallersClusterIsKeptInTheirDirectory() throws Exception {
    int user = 4271;
    Reg own = Fixture.own("postgresql");
    try {
      Users users = Users.of(own, 4272);
      own.run("ps").succeeded(); // only root brings an engine up
      Reg here = users.as(user);
      Path data = users.project(user);
      String[] options = {
        "--no-project",
        "-v" + data + ":/var/lib/postgresql",
        "-ePGPORT=" + Server.freePort(),
        "-tpostgresql"
      };
      try (Server server = Server.start(here, "first", options)) {
        awaitReady(here, "first", server);
        psql(here, "first", "create table t as select current_user as who").succeeded();
        here.run("stop", "first").succeeded();
        assertThat(here.inspect("first").get("exitCode").asInt()).isZero();
      }
      assertThat(Files.getAttribute(data.resolve("data/PG_VERSION"), "unix:uid")).isEqualTo(user);
      try (Server server = Server.start(here, "second", options)) {
        awaitReady(here, "second", server);
        assertThat(psql(here, "second", "select who from t").succeeded().out()).isEqualTo("user\n");
      }
    } finally {
      own.close();
    }
  }

  @Test
  void whatIsNoClusterOfItsOwnIsLeftAlone() throws Exception {
    Path data = Fixture.project();
    Files.setAttribute(data, "unix:uid", 912);
    Files.setAttribute(data, "unix:gid", 912);
    Path file = Files.writeString(data.resolve("letter"), "dear");
    String[] command = {
      "run",
      "--rm",
      "--no-project",
      "-v" + data + ":/var/lib/postgresql",
      "-ePGDATA=/var/lib/postgresql",
      "-tpostgresql"
    };
    Reg.Result full = reg.run(command);
    assertThat(full.code()).isEqualTo(1);
    assertThat(full.err()).contains("exists but is not empty");
    assertThat(file).hasContent("dear");
    Files.delete(file);

    command[4] = "-ePGDATA=/var/lib/postgresql/data";
    Path half = Files.createFile(data.resolve("data.unfinished"));
    Reg.Result interrupted = reg.run(command);
    assertThat(interrupted.code()).isEqualTo(1);
    assertThat(interrupted.err()).contains("was interrupted; remove it");
    assertThat(data).isDirectoryContaining(path -> path.equals(half));
  }
}
