package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Python as its users know it. */
class PythonTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ssl | import ssl; c = ssl.create_default_context(); print(c.cert_store_stats()['x509_ca'] > 100) | True",
        "sqlite3 | import sqlite3; print(sqlite3.connect(':memory:').execute('select 6*7').fetchone()[0]) | 42",
        "json | import json; print(json.loads('[1]')[0]) | 1",
        "lzma | import lzma; print(lzma.decompress(lzma.compress(b'x'*9)).decode()) | xxxxxxxxx",
        "curses | import curses; curses.setupterm('xterm'); print(curses.tigetnum('colors')) | 8",
        "zone | import zoneinfo, datetime; print(datetime.datetime(2026,7,1,tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')).utcoffset()) | 2:00:00",
        "utf8 | import sys, locale; print(sys.getfilesystemencoding(), locale.getpreferredencoding(), 'ü') | utf-8 UTF-8 ü",
        "child | import subprocess, sys; print(subprocess.run([sys.executable,'-c','print(5)'],capture_output=True).stdout.decode().strip()) | 5",
        "names | import socket; print(socket.gethostbyname(socket.gethostname()) != '') | True",
        "threads | import threading; t = threading.Thread(target=lambda: print('t')); t.start(); t.join() | t",
        "pools | import multiprocessing as m; p = m.get_context('spawn').Pool(2); print(p.map(abs,[-1,2])); p.terminate() | [1, 2]",
        "compiled | import json, os; print(json.__cached__ is not None and os.path.exists(json.__cached__)) | True",
      })
  void whatItsUsersTakeForGranted(String what, String program, String printed) {
    Reg.Result result = reg.run("run", "--rm", "-t", "python@3.11", "--", "python3", "-c", program);
    assertThat(result.err()).as(what).isEmpty();
    assertThat(result.out()).isEqualTo(printed + "\n");
  }

  @Test
  void versionsAreMatchedByWholeComponents() {
    assertThat(reg.run("run", "--rm", "-t", "python", "--", "python3", "--version").out())
        .startsWith("Python 3.11");
    assertThat(reg.run("run", "--rm", "-t", "python@3.1", "--", "python3", "--version").code())
        .isEqualTo(125);
  }

  @Test
  void purePackagesOfTheProjectAreFound() throws IOException {
    Path project = Fixture.project();
    Files.createDirectory(project.resolve("lib"));
    Files.writeString(project.resolve("lib/__init__.py"), "answer = 42\n");
    Files.writeString(project.resolve("main.py"), "import lib\nprint(lib.answer)\n");
    assertThat(reg.in(project).run("run", "--rm", "-tpython", "-c", "python3 main.py").out())
        .isEqualTo("42\n");
  }

  @Test
  void aWebApplicationAnswersFromItsFolder() throws Exception {
    Path project = Fixture.project();
    int port = freePort();
    Files.writeString(
        project.resolve("app.py"),
        """
        import http.server, json, os
        class App(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({"path": self.path, "greeting": open("greeting").read()}).encode()
                self.send_response(200); self.end_headers(); self.wfile.write(body)
        http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), App).serve_forever()
        """);
    Files.writeString(project.resolve("greeting"), "hello");
    Reg here = reg.in(project);
    here.run(
            "run",
            "-d",
            "--name",
            "web",
            "-tpython",
            "-e",
            "PORT=" + port,
            "--",
            "python3",
            "app.py")
        .succeeded();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/x")).build();
      Await.until(() -> answer(http, request) != null, () -> here.run("logs", "web").err());
      assertThat(answer(http, request)).isEqualTo("{\"path\": \"/x\", \"greeting\": \"hello\"}");
    } finally {
      here.run("remove", "-f", "web").succeeded();
    }
  }

  private static @org.jspecify.annotations.Nullable String answer(
      HttpClient http, HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return null; // not listening yet
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
