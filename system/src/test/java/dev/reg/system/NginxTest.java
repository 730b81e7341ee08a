package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** nginx as its users know it: files, TLS, its modules, what it logs. */
class NginxTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("nginx");
  }

  /** A project with a site, which the workers may read, and a certificate. */
  private static Path site() throws Exception {
    Path project = Fixture.project();
    Users.open(project);
    Path site = Files.createDirectory(project.resolve("site"));
    Users.open(site);
    Files.writeString(site.resolve("page.html"), "<p>ü</p>\n");
    Certificate.write(project);
    return project;
  }

  @Test
  void itServesAFileAndATlsPageAndLogsThem() throws Exception {
    Path project = site();
    int port = Server.freePort();
    int tls = Server.freePort();
    Path sites = Files.createDirectory(project.resolve("sites"));
    Files.writeString(
        sites.resolve("default"),
        """
        server {
          listen 127.0.0.1:%d;
          root /app/site;
        }
        server {
          listen 127.0.0.1:%d ssl http2;
          server_name localhost;
          ssl_certificate /app/cert.pem;
          ssl_certificate_key /app/key.pem;
          location / {
            default_type text/plain;
            return 200 "$scheme $ssl_protocol $server_protocol";
          }
        }
        """
            .formatted(port, tls));
    String name = "nginx";
    try (Server nginx =
        Server.start(
            reg.in(project), name, "-tnginx", "-v", sites + ":/etc/nginx/sites-enabled:ro")) {
      assertThat(nginx.get("http://127.0.0.1:" + port + "/page.html")).isEqualTo("<p>ü</p>\n");
      assertThat(nginx.get("http://127.0.0.1:" + port + "/gone")).contains("404 Not Found");
      assertThat(nginx.trusting(project.resolve("cert.pem")).get("https://localhost:" + tls + "/x"))
          .isEqualTo("https TLSv1.3 HTTP/2.0");
      Await.until(() -> nginx.log().contains("GET /x HTTP/2.0"), nginx::log);
      assertThat(nginx.log()).contains("\"GET /page.html HTTP/1.1\" 200 10", "/app/site/gone");
      reg.run("stop", name).succeeded();
      assertThat(reg.inspect(name).get("exitCode").asInt()).isZero();
    }
  }

  @Test
  void itsOwnConfigurationHoldsWithItsModules() {
    Reg.Result test = reg.run("run", "--rm", "--no-project", "-tnginx", "--", "nginx", "-T");
    assertThat(test.succeeded().err()).contains("test is successful");
    assertThat(test.out())
        .contains("ngx_stream_module.so", "ngx_mail_module.so", "index.nginx-debian.html");
  }

  @Test
  void aCallerWhoIsNotRootRunsItWithTheirOwnConfiguration() throws Exception {
    int user = 4251;
    Reg own = Fixture.own("nginx");
    try {
      Users users = Users.of(own, 4252);
      own.run("ps").succeeded(); // only root brings an engine up
      Path project = users.project(user);
      int port = Server.freePort();
      Files.writeString(
          project.resolve("nginx.conf"),
          """
          pid /tmp/nginx.pid;
          error_log stderr;
          events {}
          http {
            access_log /dev/stdout;
            server {
              listen 127.0.0.1:%d;
              location / { return 200 "by $pid\n"; }
            }
          }
          """
              .formatted(port));
      Reg here = users.as(user).in(project);
      String[] command = {"-tnginx", "--", "nginx", "-c", "/app/nginx.conf", "-g", "daemon off;"};
      try (Server nginx = Server.start(here, "nginx", command)) {
        assertThat(nginx.get("http://127.0.0.1:" + port)).startsWith("by ");
        Await.until(() -> nginx.log().contains("\"GET / HTTP/1.1\" 200"), nginx::log);
      }
    } finally {
      own.close();
    }
  }
}
