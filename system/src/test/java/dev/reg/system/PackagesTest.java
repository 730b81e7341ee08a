package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Templates of packages that nobody wrote a recipe for, doing what people do with them. */
class PackagesTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg shared;

  @BeforeAll
  static void engine() throws IOException {
    shared = Fixture.shared();
  }

  private static String built(Reg reg, String... words) {
    String[] command =
        Stream.concat(Stream.of("template", "build", "--from-deb"), Stream.of(words))
            .toArray(String[]::new);
    return reg.run(command).succeeded().out().strip();
  }

  private static String run(Reg reg, String template, String... command) {
    String[] words =
        Stream.concat(Stream.of("run", "--rm", "-t", template, "--"), Stream.of(command))
            .toArray(String[]::new);
    return reg.run(words).succeeded().out();
  }

  @Test
  void gitCommitsAndClones() throws IOException {
    assertThat(built(shared, "git")).matches("git@2\\.[0-9.]+");
    Reg reg = shared.in(Fixture.project());
    Files.writeString(reg.project().resolve("file"), "one\n");
    String git = "git -c user.name=Ő -c user.email=o@example.org ";
    String out =
        run(
            reg,
            "git",
            "sh",
            "-ec",
            "git init -q .; git add file; "
                + git
                + "commit -qm 'first ű'; echo two >>file; "
                + git
                + "stash -q; git stash list | grep -c WIP; git clone -q . /tmp/copy;"
                + " git -C /tmp/copy log --format='%an: %s'; git -C /tmp/copy submodule status;"
                + " perl -MTime::HiRes -MStorable -e 'print qq(modules\\n)'");
    assertThat(out).isEqualTo("1\nŐ: first ű\nmodules\n");
  }

  @Test
  void curlSpeaksHttpsAndKnowsTheAuthorities() throws Exception {
    assertThat(built(shared, "curl")).startsWith("curl@");
    Reg reg = shared.in(Fixture.project());
    HttpsServer server = server(reg.project());
    try {
      String url = "https://localhost:" + server.getAddress().getPort() + "/";
      assertThat(run(reg, "curl", "curl", "-sS", "--cacert", "/app/cert.pem", url))
          .isEqualTo("over TLS\n");
      Reg.Result unknown = reg.run("run", "--rm", "-t", "curl", "--", "curl", "-sS", url);
      assertThat(unknown.code()).isEqualTo(60);
      assertThat(unknown.err()).contains("self-signed certificate");
    } finally {
      server.stop(0);
    }
    String template = reg.run("template", "show", "curl").succeeded().out();
    built(shared, "curl");
    assertThat(reg.run("template", "show", "curl").out()).isEqualTo(template);
    assertThat(template)
        .contains("/etc/ssl/certs/ca-certificates.crt", "command:")
        .doesNotContain("/usr/share/doc", "/usr/share/man", "/usr/bin/sh:");
  }

  private static HttpsServer server(Path folder) throws Exception {
    Certificate.write(folder);
    char[] password = "changeit".toCharArray();
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(KeyStore.getInstance(folder.resolve("store.p12").toFile(), password), password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    answer(server, "over TLS\n");
    server.start();
    return server;
  }

  private static void answer(HttpServer server, String text) {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
  }

  /** Fonts, modules opened by name, alternatives: and two programs in one template. */
  @Test
  void gnuplotPlotsAndImageMagickConverts() throws IOException {
    assertThat(built(shared, "gnuplot-nox", "imagemagick", "--name", "pictures"))
        .matches("pictures@[0-9.]+");
    Reg reg = shared.in(Fixture.project());
    run(
        reg,
        "pictures",
        "gnuplot",
        "-e",
        "set terminal pngcairo; set output '/app/plot.png'; set title 'ő'; plot sin(x)");
    run(reg, "pictures", "convert", "plot.png", "-resize", "50%", "plot.jpg");

    assertThat(ImageIO.read(reg.project().resolve("plot.png").toFile()).getWidth()).isEqualTo(640);
    assertThat(ImageIO.read(reg.project().resolve("plot.jpg").toFile()).getWidth()).isEqualTo(320);
  }

  @Test
  void aProgramOfTheMachineRunsInAContainerAsItDoesHere() throws IOException {
    Reg reg = shared.in(Fixture.project());
    Files.writeString(reg.project().resolve("file"), "content");
    String[] build = {"template", "build", "--from-host", "/usr/bin/sha256sum"};
    String id = reg.run(build).succeeded().out().strip();
    assertThat(id).matches("sha256sum@[0-9a-f]{12}");
    assertThat(reg.run(build).succeeded().out().strip()).isEqualTo(id);
    assertThat(run(reg, "sha256sum", "sha256sum", "file"))
        .isEqualTo("ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73  file\n");
    assertThat(reg.run("template", "build", "--from-host", "sha256sum").err())
        .contains("must be the absolute path");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "no-such-package-here | cannot find the package 'no-such-package-here'",
        "curl --force-yes | unknown option '--force-yes'",
        "-- -o=Dir::Bin::solvers::internal=/x | is no name of a Debian package",
        "Curl | 'Curl' is no name of a Debian package",
        "curl --name Curl | name",
        "curl --name curl@8 | has a version in it",
      })
  void whatIsNoPackageOrNameIsRefused(String words, String message) {
    Reg.Result result = shared.run(("template build --from-deb " + words).split(" ", -1));
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err()).contains(message);
    assertThat(result.err().lines().filter(line -> line.contains(message))).hasSize(1);
  }
}
