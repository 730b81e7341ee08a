package dev.reg.system;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import com.sun.net.httpserver.SimpleFileServer.OutputLevel;
import dev.reg.store.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A tiny archive of Debian packages with a key of its own, in a directory and behind a server: one
 * flat folder, as sources.list(5) has it.
 */
final class Archive implements AutoCloseable {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'UTC'", Locale.ROOT);

  /** The packages are for the machine that compiles what is in them. */
  private static final String ARCHITECTURE = "amd64";

  private static final String FOLDER = "flat/";

  private final Path work;
  private final Path base;
  private final Path folder;
  private final Path keys;
  private final HttpServer server;
  private final Map<String, String> packages = new TreeMap<>();

  /** Of its public half everybody may take a copy. */
  final Path keyring;

  private Archive(Path work) throws IOException {
    this.work = work;
    this.base = Files.createDirectory(work.resolve("archive"));
    this.folder = Files.createDirectory(base.resolve(FOLDER));
    this.keys = Files.createDirectory(work.resolve("keys"));
    Fixture.execute("chmod", "0700", keys.toString());
    newKey("mirror");
    keyring = work.resolve("mirror.gpg");
    gpg("--output", keyring.toString(), "--export", "mirror");
    server =
        SimpleFileServer.createFileServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), base, OutputLevel.NONE);
    server.start();
  }

  /** An empty one; it is signed when it is published. */
  static Archive create() throws IOException {
    Path work = Fixture.project();
    Users.open(work);
    return new Archive(work);
  }

  /** Whether this machine has what it takes. */
  static boolean possible() {
    return Files.isExecutable(Path.of("/usr/bin/gpg"))
        && Files.isExecutable(Path.of("/usr/bin/gpg-agent"));
  }

  private void gpg(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("gpg", "--homedir", keys.toString(), "--batch", "--quiet", "--yes"));
    command.addAll(List.of("--pinentry-mode", "loopback", "--passphrase", ""));
    command.addAll(Arrays.asList(arguments));
    Fixture.execute(command.toArray(String[]::new));
  }

  private void newKey(String name) throws IOException {
    gpg("--quick-gen-key", name, "ed25519", "sign", "0");
  }

  /** An entry of sources.list(5) for it. */
  String entry(boolean served) {
    String uri =
        served ? "http://127.0.0.1:" + server.getAddress().getPort() + "/" : "file:" + base;
    return "Types: deb\nURIs: " + uri + "\nSuites: " + FOLDER + "\nSigned-By: " + keyring + "\n";
  }

  /** A directory for what a package has, from its root. */
  Path tree() throws IOException {
    return Files.createTempDirectory(work, "tree-");
  }

  /**
   * Puts a package in, in place of another version of it; nobody sees it before it is published.
   */
  void add(String name, String version, String depends, Path tree) throws IOException {
    String control =
        "Package: "
            + name
            + "\nVersion: "
            + version
            + "\nArchitecture: "
            + ARCHITECTURE
            + "\nMaintainer: Nobody <nobody@example.org>\n"
            + (depends.isEmpty() ? "" : "Depends: " + depends + "\n")
            + "Description: of a test\n";
    Path about = Files.createDirectory(tree.resolve("DEBIAN"));
    Files.writeString(about.resolve("control"), control);
    Path deb = deb(name, version);
    Fixture.execute(
        "dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree.toString(), deb.toString());
    packages.put(
        name,
        control
            + "Filename: "
            + FOLDER
            + deb.getFileName()
            + "\nSize: "
            + Files.size(deb)
            + "\nSHA256: "
            + Digest.of(deb).hex()
            + "\n\n");
  }

  /** Where a package lies. */
  Path deb(String name, String version) {
    return folder.resolve(name + "_" + version + "_" + ARCHITECTURE + ".deb");
  }

  /** Shows what there is, signed by the archive's key. */
  void publish() throws IOException {
    publish("mirror");
  }

  /** As above, signed by a key that nobody trusts. */
  void publishByAStranger() throws IOException {
    newKey("stranger");
    publish("stranger");
  }

  private void publish(String key) throws IOException {
    byte[] list = String.join("", packages.values()).getBytes(StandardCharsets.UTF_8);
    Files.write(folder.resolve("Packages"), list);
    Path release = work.resolve("Release");
    Files.writeString(
        release,
        "Origin: Test\nSuite: test\nCodename: test\nDate: "
            + DATE.format(ZonedDateTime.now(ZoneOffset.UTC))
            + "\nArchitectures: "
            + ARCHITECTURE
            + "\nSHA256:\n "
            + Digest.of(list).hex()
            + " "
            + list.length
            + " Packages\n");
    String signed = folder.resolve("InRelease").toString();
    gpg("--local-user", key, "--output", signed, "--clearsign", release.toString());
  }

  @Override
  public void close() throws IOException {
    server.stop(0);
    Fixture.execute("gpgconf", "--homedir", keys.toString(), "--kill", "gpg-agent");
  }
}
