package dev.reg.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;

/** A certificate that signs itself, for localhost. */
final class Certificate {
  private Certificate() {}

  /** Writes {@code key.pem} and {@code cert.pem}. */
  static void write(Path folder) throws Exception {
    Path store = folder.resolve("store.p12");
    char[] password = "changeit".toCharArray();
    Fixture.execute(
        Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
        "-genkeypair",
        "-keystore",
        store.toString(),
        "-storepass",
        new String(password),
        "-alias",
        "s",
        "-keyalg",
        "EC",
        "-dname",
        "CN=localhost",
        "-ext",
        "san=dns:localhost");
    KeyStore keys = KeyStore.getInstance(store.toFile(), password);
    pem(folder.resolve("key.pem"), "PRIVATE KEY", keys.getKey("s", password).getEncoded());
    pem(folder.resolve("cert.pem"), "CERTIFICATE", keys.getCertificate("s").getEncoded());
  }

  private static void pem(Path file, String what, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    Files.writeString(
        file, "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, text, what));
  }
}
