package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** MariaDB as its users know it: tables made at the first start, SQL, data that is kept. */
class MysqlTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("mysql");
  }

  /** What the client in the server's container prints, over the socket. */
  private static Reg.Result sql(Reg reg, String name, String sql) {
    return reg.run("exec", name, "--", "mariadb", "-BN", "-e", sql);
  }

  /** What the client in a container of its own prints, over TCP. */
  private static Reg.Result overTcp(Reg reg, int port, String user, String password, String sql) {
    return reg.run(
        "run",
        "--rm",
        "--no-project",
        "-tmysql",
        "-eMYSQL_PWD=" + password,
        "--",
        "mariadb",
        "--protocol=tcp",
        "-h127.0.0.1",
        "-P" + port,
        "-u" + user,
        "-BN",
        "-e",
        sql);
  }

  private static void awaitReady(Reg reg, String name, Server server) {
    Await.until(() -> sql(reg, name, "select 1").code() == 0, server::log);
  }

  private static int count(String text, String part) {
    return text.split(part, -1).length - 1;
  }

  @Test
  void tablesAreMadeAndDataKept() throws Exception {
    int port = Server.freePort();
    String name = "mysql";
    try (Server server =
        Server.start(reg, name, "--no-project", "-eMYSQL_TCP_PORT=" + port, "-tmysql")) {
      awaitReady(reg, name, server);
      assertThat(sql(reg, name, "select current_user()").out()).isEqualTo("mysql@localhost\n");
      sql(reg, name, "create user app@localhost identified by 'secret'").succeeded();
      sql(reg, name, "create database shop; grant all on shop.* to app@localhost").succeeded();
      String rows = "create table shop.t (town text); insert into shop.t values ('Zürich')";
      overTcp(reg, port, "app", "secret", rows).succeeded();
      assertThat(overTcp(reg, port, "app", "wrong", "select 1").err())
          .contains("Access denied for user 'app'@'localhost'");
      assertThat(overTcp(reg, port, "root", "", "select 1").err())
          .contains("Access denied for user 'root'@'localhost'");

      Process session = reg.start("exec", name, "--", "mariadb", "-e", "select sleep(1000)");
      String sleeping =
          "select count(*) from information_schema.processlist where info like 'select sleep%'";
      Await.until(() -> sql(reg, name, sleeping).out().equals("1\n"), server::log);
      reg.run("stop", name).succeeded();
      assertThat(reg.inspect(name).get("exitCode").asInt()).isZero();
      assertThat(server.log()).contains("mariadbd: Shutdown complete");
      Reg.finish(session);

      reg.run("start", name).succeeded();
      awaitReady(reg, name, server);
      assertThat(overTcp(reg, port, "app", "secret", "select town from shop.t").succeeded().out())
          .isEqualTo("Zürich\n");
      assertThat(count(server.log(), "making the tables")).isOne();
      assertThat(server.log()).doesNotContain("crash recovery");
    }
  }

  @Test
  void whatItsUsersTakeForGranted() throws Exception {
    String name = "mysql-sql";
    try (Server server =
        Server.start(
            reg,
            name,
            "--no-project",
            "-tmysql",
            "--",
            "start-mariadb",
            "--lower-case-table-names=1",
            "--port=" + Server.freePort())) {
      awaitReady(reg, name, server);
      String[][] answers = {
        {"select @@bind_address, @@lower_case_table_names", "127.0.0.1\t1"},
        {"select upper('zürich'), 'ä' = 'A', convert(0x82a0 using sjis)", "ZÜRICH\t1\tあ"},
        {"select _latin2 0xb1 collate latin2_czech_cs, _cp1257 0xe0", "ą\tą"},
        {"select convert_tz('2026-07-01 00:00', 'UTC', 'Asia/Tokyo')", "2026-07-01 09:00:00"},
        {"select json_value('{\"a\": 42}', '$.a'), regexp_replace('a1b', '[0-9]', '-')", "42\ta-b"},
        {
          "select st_astext(st_envelope(point(1, 2))), sys.version_major() >= 10",
          "POLYGON((1 2,1 2,1 2,1 2,1 2))\t1"
        },
        {"select count(*) > 500 from mysql.help_topic", "1"},
        {
          "select count(*) > 50 from information_schema.tables where table_schema = 'performance_schema'",
          "1"
        },
        {"select group_concat(user order by user) from mysql.user", "mariadb.sys,mysql,root,user"},
        {"select count(*) from mysql.user where host <> 'localhost'", "0"},
      };
      for (String[] answer : answers) {
        assertThat(sql(reg, name, answer[0]).succeeded().out().strip())
            .as(answer[0])
            .isEqualTo(answer[1]);
      }
      assertThat(sql(reg, name, "set lc_messages = 'de_DE'; select * from mysql.gone").err())
          .contains("existiert nicht");
      for (String plugin : new String[] {"ha_archive", "ha_federatedx", "auth_ed25519", "disks"}) {
        sql(reg, name, "install soname '" + plugin + "'").succeeded();
      }
      sql(reg, name, "create database d; create table d.t engine=archive select 6*7 n").succeeded();
      assertThat(reg.run("exec", name, "--", "mariadb-dump", "d").succeeded().out())
          .contains("ENGINE=ARCHIVE", "(42)");
      assertThat(reg.run("exec", name, "--", "mariadb-check", "-A").succeeded().out())
          .contains("mysql.global_priv", "OK");
      assertThat(reg.run("exec", "-uroot", name, "--", "mariadb", "-e", "select 1").code())
          .isZero();
      assertThat(reg.run("exec", "-u4", name, "--", "mariadb", "-umysql", "-e", "select 1").err())
          .contains("Access denied");
      assertThat(reg.run("top", name).succeeded().out()).containsPattern("\\n913 .* mariadbd");
    }
  }

  @Test
  void aCallersDataIsKeptInTheirDirectory() throws Exception {
    int user = 4281;
    Reg own = Fixture.own("mysql");
    try {
      Users users = Users.of(own, 4282);
      own.run("ps").succeeded(); // only root brings an engine up
      Reg here = users.as(user);
      Path data = users.project(user);
      String[] options = {
        "--no-project",
        "-v" + data + ":/var/lib/mysql",
        "-eMYSQL_TCP_PORT=" + Server.freePort(),
        "-tmysql"
      };
      try (Server server = Server.start(here, "first", options)) {
        awaitReady(here, "first", server);
        sql(here, "first", "create database d; create table d.t select current_user() as who")
            .succeeded();
        here.run("stop", "first").succeeded();
        assertThat(here.inspect("first").get("exitCode").asInt()).isZero();
      }
      assertThat(Files.getAttribute(data.resolve("d/t.ibd"), "unix:uid")).isEqualTo(user);
      try (Server server = Server.start(here, "second", options)) {
        awaitReady(here, "second", server);
        assertThat(sql(here, "second", "select who from d.t").succeeded().out())
            .isEqualTo("user@localhost\n");
      }
    } finally {
      own.close();
    }
  }

  @Test
  void whatItCannotServeIsLeftAlone() throws Exception {
    Path data = Fixture.project();
    String[] command = {"run", "--rm", "--no-project", "-v" + data + ":/var/lib/mysql", "-tmysql"};
    Reg.Result foreign = reg.run(command);
    assertThat(foreign.code()).isEqualTo(1);
    assertThat(foreign.err()).contains("/var/lib/mysql belongs to somebody else");
    assertThat(data).isEmptyDirectory();

    Files.setAttribute(data, "unix:uid", 913);
    Files.createDirectory(data.resolve("mysql"));
    Files.writeString(data.resolve("whole"), "no\n");
    Reg.Result half = reg.run(command);
    assertThat(half.code()).isEqualTo(1);
    assertThat(half.err()).contains("was interrupted; empty it");
    assertThat(data.resolve("mysql")).isEmptyDirectory();
  }
}
