package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
        "authorities | import ssl; print(len(ssl.create_default_context().get_ca_certs()) > 100) | True",
        "compression | import bz2, zlib, gzip; print([m.decompress(m.compress(b'x')) for m in (bz2, zlib, gzip)]) | [b'x', b'x', b'x']",
        "foreign | import ctypes; print(ctypes.CDLL(None).abs(-3), ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 7)()) | 3 7",
        "libraries | import ctypes.util as u; print([u.find_library(n) for n in ('c', 'ssl', 'z', 'absent')]) | ['libc.so.6', 'libssl.so.3', 'libz.so.1', None]",
        "readline | import readline; readline.parse_and_bind('tab: complete'); print('ok') | ok",
        "digests | import hashlib; print(all(hashlib.new(a, b'x') for a in hashlib.algorithms_available)) | True",
        "decimal | import decimal, uuid; print(decimal.Decimal(1) / 8, uuid.uuid4().version) | 0.125 4",
        "locale | import locale; print(locale.setlocale(locale.LC_ALL, '')) | C.UTF-8",
        "file names | import os; open('/tmp/ü☃', 'w').close(); print(os.listdir('/tmp')) | ['ü☃']",
        "semaphores | import multiprocessing as m; s = m.Semaphore(2); s.acquire(); q = m.SimpleQueue(); q.put(5); print(q.get()) | 5",
        "documentation | import pydoc; print(pydoc.render_doc('json', renderer=pydoc.plaintext).splitlines()[0]) | Python Library Documentation: package json",
        "site | import site; print(site.ENABLE_USER_SITE, site.getsitepackages()[0]) | True /usr/local/lib/python3.11/dist-packages",
        "services | import socket, mimetypes; print(socket.getservbyname('https'), mimetypes.guess_type('a.webp')[0]) | 443 image/webp",
        "lzma | import lzma; print(lzma.decompress(lzma.compress(b'x'*9)).decode()) | xxxxxxxxx",
        "curses | import curses; curses.setupterm('xterm'); print(curses.tigetnum('colors')) | 8",
        "zone | import zoneinfo, datetime; print(datetime.datetime(2026,7,1,tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')).utcoffset()) | 2:00:00",
        "utf8 | import sys, locale; print(sys.getfilesystemencoding(), locale.getpreferredencoding(), 'ü') | utf-8 UTF-8 ü",
        "child | import subprocess, sys; print(subprocess.run([sys.executable,'-c','print(5)'],capture_output=True).stdout.decode().strip()) | 5",
        "names | import socket; print(socket.gethostbyname(socket.gethostname()) != '') | True",
        "threads | import threading; t = threading.Thread(target=lambda: print('t')); t.start(); t.join() | t",
        "pools | import multiprocessing as m; p = m.get_context('spawn').Pool(2); print(p.map(abs,[-1,2])); p.terminate() | [1, 2]",
        "cancelled | import ctypes as c; l = c.CDLL(None); t, r = c.c_ulong(), c.c_void_p(); l.pthread_create(c.byref(t), None, c.cast(l.pause, c.c_void_p), None); print(l.pthread_cancel(t), l.pthread_join(t, c.byref(r)), c.c_long(r.value).value) | 0 0 -1",
        "database | import sqlite3; d = sqlite3.connect('/tmp/d'); print(d.execute('pragma journal_mode = wal').fetchone()[0]); d.execute('create virtual table t using fts5(x)'); d.execute('insert into t values (?)', ['ein Wort']); print(*d.execute(\"select x from t where t match 'wort'\").fetchone()) | wal\\nein Wort",
        "zones | import zoneinfo; print(len(zoneinfo.available_timezones()) > 400, 'posix/UTC' in zoneinfo.available_timezones()) | True False",
        "collation | import locale; locale.setlocale(locale.LC_ALL, ''); print(sorted('bä', key=locale.strxfrm), locale.localeconv()['decimal_point'], locale.nl_langinfo(locale.CODESET)) | ['b', 'ä'] . UTF-8",
        "child with pipes | import subprocess as s, sys; p = s.run([sys.executable, '-c', 'import os, sys; print(sys.stdin.read().upper() + os.environ[\"X\"]); sys.exit(3)'], input='a', text=True, capture_output=True, env={'X': 'b'}, cwd='/tmp', start_new_session=True, timeout=60); print(p.stdout.strip(), p.returncode) | Ab 3",
        "child killed | import subprocess as s, sys; p = s.Popen([sys.executable, '-c', 'import signal; signal.pause()']); p.kill(); print(p.wait()) | -9",
        "child awaited | import asyncio, sys; print(asyncio.run((lambda: asyncio.wait_for(asyncio.create_subprocess_exec(sys.executable, '-c', ''), 60))()).pid > 1) | True",
        "compiled | import json, os; print(json.__cached__ is not None and os.path.exists(json.__cached__)) | True",
      })
  void whatItsUsersTakeForGranted(String what, String program, String printed) {
    Reg.Result result = reg.run("run", "--rm", "-t", "python@3.11", "--", "python3", "-c", program);
    assertThat(result.err()).as(what).isEmpty();
    assertThat(result.out()).isEqualTo(printed.replace("\\n", "\n") + "\n");
  }

  @Test
  void nothingOfItsPackagesIsOpenedThatItLacks() {
    String program =
        "import asyncio, json, sqlite3, ssl, zoneinfo; zoneinfo.ZoneInfo('Asia/Tokyo')";
    Reg.Result result =
        reg.run("trace", "--strict", "-tpython@3.11", "--no-project", "python3", "-c", program);
    assertThat(result.succeeded().err())
        .containsPattern("trace: opened [0-9]+ of [0-9]+ files of python@[0-9.]+, 0 outside\n");
  }

  @Test
  void everyModuleOfTheStandardLibraryIsThere() {
    // Debian has these in packages of their own: python3-gdbm, python3-tk, idle, python3-lib2to3,
    // python3-venv; nis is in a template of its own. The last is documentation.
    String program =
        """
        import importlib, os, sys, warnings
        warnings.simplefilter('ignore')
        apart = {'_gdbm', '_tkinter', 'tkinter', 'turtle', 'turtledemo', 'idlelib', 'lib2to3', 'ensurepip', 'nis', 'pydoc_data'}
        apart |= {'antigravity', 'this'}
        other = {'_msi', '_overlapped', '_scproxy', '_winapi', 'msilib', 'msvcrt', 'nt', 'winreg', 'winsound'}
        dynamic = [p for p in sys.path if p.endswith('lib-dynload')][0]
        names = {f.split('.')[0] for f in os.listdir(dynamic)} | sys.stdlib_module_names - apart - other
        for name in sorted(names):
            try:
                importlib.import_module(name)
            except ImportError as e:
                print(name, e)
        """;
    Reg.Result result = reg.run("run", "--rm", "-tpython", "--", "python3", "-c", program);
    assertThat(result.succeeded().out()).isEmpty();
  }

  @Test
  void noModuleIsCompiledAgain() {
    Reg.Result result =
        reg.run(
            "run", "--rm", "-tpython", "--", "python3", "-v", "-c", "import json, asyncio, ssl");
    assertThat(result.err()).contains("/asyncio/__pycache__/");
    // What it compiles has the source as its origin.
    assertThat(result.err()).doesNotContain("bytecode is stale");
    assertThat(result.err().lines()).noneMatch(l -> l.matches("# code object from .*\\.py'?"));
  }

  @Test
  void virtualEnvironmentsHavePipWhenTheirTemplateIsThere() throws IOException {
    Fixture.shared("python-venv");
    String program =
        """
        import subprocess, sys
        subprocess.run([sys.executable, '-m', 'venv', *sys.argv[1:], '/tmp/v'], check=True)
        module = subprocess.run(['/tmp/v/bin/python', '-m', 'pip', '--version'], capture_output=True, text=True)
        print(module.stdout or module.stderr)
        """;
    Reg.Result whole =
        reg.run("run", "--rm", "-tpython", "-tpython-venv", "--", "python3", "-c", program);
    assertThat(whole.succeeded().out()).startsWith("pip ").contains("/tmp/v/lib/");
    String tools = "import distutils.ccompiler, lib2to3.main; print(distutils.__file__)";
    assertThat(reg.run("run", "--rm", "-tpython-venv", "--", "python3", "-c", tools).out())
        .startsWith("/usr/lib/python3");
    Reg.Result bare =
        reg.run("run", "--rm", "-tpython", "--", "python3", "-c", program, "--without-pip");
    assertThat(bare.succeeded().out()).contains("/tmp/v/bin/python: No module named pip");
  }

  @Test
  void nisIsInATemplateOfItsOwn() throws IOException {
    Fixture.shared("python-nis");
    String program =
        """
        import nis
        try:
            nis.match('x', 'passwd.byname', 'nowhere')
        except nis.error as e:
            print('asked')
        """;
    assertThat(
            reg.run("run", "--rm", "-tpython-nis", "--", "python3", "-c", program)
                .succeeded()
                .out())
        .isEqualTo("asked\n");
  }

  @Test
  void whatListsLibrariesDoesNothingElse() {
    String[] ldconfig = {"run", "--rm", "-tpython", "--", "/sbin/ldconfig", "-p"};
    assertThat(reg.run(ldconfig).succeeded().out())
        .containsPattern("\tlibc\\.so\\.6 \\(libc6,.*\\) => /lib/.*/libc\\.so\\.6\n");
    ldconfig[5] = "-v";
    assertThat(reg.run(ldconfig).code()).isEqualTo(1);
  }

  @Test
  void tlsVerifiesItsPeer() throws Exception {
    Path project = Fixture.project();
    Certificate.write(project);
    Files.writeString(
        project.resolve("tls.py"),
        """
        import socket, ssl, threading
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain('cert.pem', 'key.pem')
        listener = socket.create_server(('127.0.0.1', 0))

        def serve():
            for _ in range(2):
                try:
                    with server.wrap_socket(listener.accept()[0], server_side=True) as peer:
                        peer.sendall(peer.recv(5).upper())
                except ssl.SSLError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        for authorities in None, 'cert.pem':
            client = ssl.create_default_context()
            if authorities:
                client.load_verify_locations(authorities)
            try:
                with client.wrap_socket(socket.create_connection(listener.getsockname()),
                                        server_hostname='localhost') as peer:
                    peer.sendall(b'hello')
                    print(peer.recv(5).decode(), peer.version())
            except ssl.SSLCertVerificationError as e:
                print(e.verify_message)
        """);
    Reg.Result result = reg.in(project).run("run", "--rm", "-tpython", "-c", "python3 tls.py");
    assertThat(result.succeeded().out()).isEqualTo("self-signed certificate\nHELLO TLSv1.3\n");
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
    int port = Server.freePort();
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
    try (Server web =
        Server.start(here, "web", "-tpython", "-e", "PORT=" + port, "--", "python3", "app.py")) {
      assertThat(web.get("http://127.0.0.1:" + port + "/x"))
          .isEqualTo("{\"path\": \"/x\", \"greeting\": \"hello\"}");
    }
  }
}
