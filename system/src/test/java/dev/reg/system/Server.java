package dev.reg.system;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A detached container that serves, asked as a browser would; it is removed when closed. */
final class Server implements AutoCloseable {
  private final Reg reg;
  private final String name;
  private final HttpClient client;

  private Server(Reg reg, String name, HttpClient client) {
    this.reg = reg;
    this.name = name;
    this.client = client;
  }

  /**
   * Starts it.
   *
   * @param arguments of {@code reg run}, behind its name
   */
  static Server start(Reg reg, String name, String... arguments) {
    List<String> command = new ArrayList<>(List.of("run", "-d", "--name", name));
    command.addAll(Arrays.asList(arguments));
    reg.run(command.toArray(String[]::new)).succeeded();
    return new Server(reg, name, HttpClient.newHttpClient());
  }

  /** The same server, asked by one who trusts this certificate alone. */
  Server trusting(Path certificate) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null);
    try (var in = Files.newInputStream(certificate)) {
      trusted.setCertificateEntry(
          "it", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, managers.getTrustManagers(), null);
    return new Server(reg, name, HttpClient.newBuilder().sslContext(tls).build());
  }

  /** Another port each time, of which nobody has told yet. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** The answer's text, as soon as it listens. */
  String get(String address) {
    HttpRequest request = HttpRequest.newBuilder(URI.create(address)).build();
    List<String> answer = new ArrayList<>();
    Await.until(
        () -> {
          String text = answer(request);
          return text != null && answer.add(text);
        },
        () -> address + " does not answer: " + reg.run("logs", name));
    return answer.getFirst();
  }

  private @Nullable String answer(HttpRequest request) {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return null; // not listening yet
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What it wrote until now. */
  String log() {
    Reg.Result result = reg.run("logs", name).succeeded();
    return result.out() + result.err();
  }

  @Override
  public void close() {
    client.shutdownNow();
    reg.run("remove", "-f", name).succeeded();
  }
}
