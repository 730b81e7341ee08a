package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PHP as its users know it. */
class PhpTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("php");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "json | echo json_encode(json_decode('{\"a\":[1.5,null]}')); | {\"a\":[1.5,null]}",
        "strings of many bytes | echo mb_strtoupper('straße ü'), mb_convert_encoding(\"\\x82\\xa0\", 'UTF-8', 'SJIS'); | STRASSE Üあ",
        "encodings | echo iconv('KOI8-R', 'UTF-8', \"\\xc1\"); | а",
        "xml | $d = new DOMDocument; $d->loadXML('<a><b n=\"6\"/></a>'); echo (new DOMXPath($d))->evaluate('sum(//b/@n)') * 7, simplexml_load_string('<a>x</a>'); | 42x",
        "databases | $p = new PDO('sqlite::memory:'); echo $p->query('select 6*7')->fetchColumn(), SQLite3::version()['versionNumber'] > 3000000; | 421",
        "ciphers | echo strlen(openssl_encrypt('x', 'aes-256-gcm', str_repeat('k', 32), 0, str_repeat('i', 12), $tag)), strlen($tag), bin2hex(sodium_crypto_generichash('')) !== ''; | 4161",
        "passwords | echo password_verify('a', password_hash('a', PASSWORD_ARGON2ID)); | 1",
        "files | echo (new finfo(FILEINFO_MIME_TYPE))->buffer(\"\\x89PNG\\r\\n\\x1a\\n\\0\\0\\0\\rIHDR\"); | image/png",
        "archives | $z = new ZipArchive; $z->open('/tmp/a.zip', ZipArchive::CREATE); $z->addFromString('a', 'text'); $z->close(); echo file_get_contents('zip:///tmp/a.zip#a'), gzdecode(gzencode('x')); | textx",
        "zones | date_default_timezone_set('Asia/Tokyo'); echo date('H T', 0), count(timezone_identifiers_list()) > 400; | 09 JST1",
        "child | $c = proc_open([PHP_BINARY, '-r', 'echo 6*7;'], [1 => ['pipe', 'w']], $p); echo stream_get_contents($p[1]), proc_close($c); | 420",
        "signals | pcntl_async_signals(true); pcntl_signal(SIGUSR1, fn() => print('caught')); posix_kill(posix_getpid(), SIGUSR1); | caught",
        "foreign | echo FFI::cdef('int abs(int);')->abs(-3); | 3",
        "user | echo posix_getpwuid(posix_getuid())['name'], getservbyname('https', 'tcp'); | root443",
        "cache of code | echo ini_get('opcache.enable'), extension_loaded('Zend OPcache'), PHP_SAPI; | 11cli",
      })
  void whatItsUsersTakeForGranted(String what, String program, String printed) {
    Reg.Result result = reg.run("run", "--rm", "--no-project", "-tphp", "--", "php", "-r", program);
    assertThat(result.err()).as(what).isEmpty();
    assertThat(result.out()).isEqualTo(printed);
  }

  @Test
  void aWebPageIsServedAndKeepsASession() throws Exception {
    Path project = Fixture.project();
    int port = Server.freePort();
    Files.writeString(
        project.resolve("index.php"),
        """
        <?php
        session_id('visitor');
        session_start();
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        ?><p><?= htmlspecialchars($_GET['q']) ?> <?= $_SESSION['n'] ?></p>
        """);
    Files.writeString(project.resolve("page.webp"), "picture");
    try (Server web =
        Server.start(reg.in(project), "web", "-tphp", "--", "php", "-S", "127.0.0.1:" + port)) {
      assertThat(web.get("http://127.0.0.1:" + port + "/?q=%3Cb%3E"))
          .startsWith("<p>&lt;b&gt; 1</p>");
      assertThat(web.get("http://127.0.0.1:" + port + "/?q=2")).startsWith("<p>2 2</p>");
      assertThat(web.get("http://127.0.0.1:" + port + "/page.webp")).isEqualTo("picture");
    }
  }

  @Test
  void tlsVerifiesItsPeer() throws Exception {
    Path project = Fixture.project();
    Certificate.write(project);
    Files.writeString(
        project.resolve("tls.php"),
        """
        <?php
        error_reporting(0);
        $own = stream_context_create(['ssl' => ['local_cert' => 'cert.pem', 'local_pk' => 'key.pem']]);
        $server = stream_socket_server('tcp://127.0.0.1:0', $n, $text, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN, $own);
        $port = explode(':', stream_socket_get_name($server, false))[1];
        if (!($child = pcntl_fork())) {
          foreach ([1, 2, 3] as $_) {
            $peer = stream_socket_accept($server);
            if (stream_socket_enable_crypto($peer, true, STREAM_CRYPTO_METHOD_TLS_SERVER)) {
              fgets($peer);
              fwrite($peer, "HTTP/1.0 200 OK\\r\\n\\r\\nhello");
            }
            fclose($peer);
          }
          exit;
        }
        echo file_get_contents("https://localhost:$port/") === false ? 'refused ' : 'taken ';
        $known = ['ssl' => ['cafile' => 'cert.pem']];
        echo file_get_contents("https://localhost:$port/", false, stream_context_create($known)), ' ';
        $curl = curl_init("https://localhost:$port/");
        curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_CAINFO => 'cert.pem', CURLOPT_HTTP09_ALLOWED => true]);
        echo curl_exec($curl);
        pcntl_waitpid($child, $status);
        """);
    assertThat(
            reg.in(project).run("run", "--rm", "-tphp", "--", "php", "tls.php").succeeded().out())
        .isEqualTo("refused hello hello");
  }
}
