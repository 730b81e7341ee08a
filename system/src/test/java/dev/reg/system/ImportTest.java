package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.ObjectMapper;

/** Container images made into templates; the images are made here, of busybox and tar. */
class ImportTest {
  private static final String MACHINE =
      System.getProperty("os.arch").equals("aarch64") ? "arm64" : System.getProperty("os.arch");

  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @SuppressWarnings("NullAway.Init")
  private static Path busybox;

  private Path folder = Path.of("/nonexistent");

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.own();
    reg.run("generate", "--name", "source", "-t", "busybox").succeeded();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(reg.root.resolve("environments"))) {
      busybox = found.iterator().next().resolve("usr/bin/busybox");
    }
    busybox = Files.copy(busybox, Fixture.project().resolve("busybox"));
    reg.run("remove", "source").succeeded();
  }

  @AfterAll
  static void close() {
    reg.close();
  }

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Fixture.project();
  }

  private void shell(String script) throws IOException {
    Fixture.execute("sh", "-ec", "cd '" + folder + "'; " + script);
  }

  /** Two layers: a system with a shell, and a program that reads a file beside it. */
  private String config() throws IOException {
    shell(
        "mkdir -p a/bin a/etc b/srv/data b/var/lib/mine; cp '"
            + busybox
            + "' a/bin/busybox; ln -s busybox a/bin/sh; ln -s /bin/busybox a/bin/cat;"
            + " ln -s busybox a/bin/test; echo old >a/etc/old; echo one >a/etc/one;"
            + " printf '%s\\n' '#!/bin/sh' 'cat /srv/data/greeting /srv/same; echo $A $1'"
            + " 'test -e /etc/old || echo gone; id -u; echo x >/var/lib/mine/f' >b/srv/run;"
            + " chmod 755 b/srv/run; echo hello >b/srv/data/greeting; mkdir b/etc;"
            + " touch b/etc/.wh.old; ln b/srv/data/greeting b/srv/same;"
            + " ln -s busybox a/bin/id;"
            + " tar -C a -cf a.tar .; tar -C b --owner=901 -cf b.tar .");
    return """
           {"os": "linux", "architecture": "%s", "config": {"Entrypoint": ["/srv/run"],
            "Cmd": ["word"], "Env": ["A=b"], "User": "901"},
            "rootfs": {"type": "layers", "diff_ids": ["%s", "%s"]}}
           """
        .formatted(MACHINE, Digest.of(folder.resolve("a.tar")), Digest.of(folder.resolve("b.tar")));
  }

  /** As docker save writes it. */
  private Path docker() throws IOException {
    String config = config();
    Path archive = folder.resolve("image");
    Files.createDirectory(archive);
    String id = Digest.of(config.getBytes(StandardCharsets.UTF_8)).hex();
    Files.writeString(archive.resolve(id + ".json"), config);
    Files.writeString(
        archive.resolve("manifest.json"),
        """
        [{"Config": "%s.json", "RepoTags": ["example/app:1.2"], "Layers": ["a.tar", "b.tar"]}]
        """
            .formatted(id));
    shell("cp a.tar b.tar image; tar -C image -cf image.tar .");
    return folder.resolve("image.tar");
  }

  private Path layout() throws IOException {
    String config = config();
    shell("gzip -9 a.tar b.tar; mkdir -p layout/blobs/sha256");
    Files.writeString(folder.resolve("config"), config);
    String manifest =
        """
        {"schemaVersion": 2, "config": %s, "layers": [%s, %s]}
        """
            .formatted(blob("config"), blob("a.tar.gz"), blob("b.tar.gz"));
    Files.writeString(folder.resolve("manifest"), manifest);
    Files.writeString(
        folder.resolve("layout/index.json"),
        """
        {"schemaVersion": 2, "manifests": [%s]}
        """
            .formatted(
                blob("manifest")
                    .replace(
                        "}",
                        ", \"annotations\": {\"org.opencontainers.image.ref.name\": \"app:1.2\"}}")));
    Files.writeString(folder.resolve("layout/oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}");
    return folder.resolve("layout");
  }

  private String blob(String file) throws IOException {
    Digest digest = Digest.of(folder.resolve(file));
    shell("cp " + file + " layout/blobs/sha256/" + digest.hex());
    return "{\"digest\": \"%s\", \"size\": %d}".formatted(digest, Files.size(folder.resolve(file)));
  }

  private static String digestOf(String template) {
    return new ObjectMapper()
        .readTree(reg.run("template", "show", "--format", "json", template).succeeded().out())
        .get("digest")
        .stringValue();
  }

  private static String imported(String... words) {
    return reg.run(
            Stream.concat(Stream.of("template", "import"), Stream.of(words)).toArray(String[]::new))
        .succeeded()
        .out()
        .strip();
  }

  @Test
  void anArchiveAndALayoutOfOneImageAreTheSameTemplateAndItRuns() throws IOException {
    Path archive = docker();
    assertThat(imported(archive.toString())).isEqualTo("app@1.2");
    assertThat(reg.run("run", "--rm", "-t", "app").succeeded().out())
        .isEqualTo("hello\nhello\nb word\ngone\n901\n");
    String digest = digestOf("app");
    reg.run("template", "remove", "app").succeeded();

    folder = Fixture.project();
    assertThat(imported(layout().toString())).isEqualTo("app@1.2");
    assertThat(digestOf("app")).isEqualTo(digest);
    shell("tar -C layout -czf layout.tar.gz .");
    assertThat(imported(folder.resolve("layout.tar.gz").toString())).isEqualTo("app@1.2");
    assertThat(digestOf("app")).isEqualTo(digest);

    assertThat(imported("--name", "all", "--version", "3", "--whole", folder + "/layout.tar.gz"))
        .isEqualTo("all@3");
    assertThat(reg.run("run", "--rm", "-t", "all", "--", "cat", "/etc/one").succeeded().out())
        .isEqualTo("one\n");
    reg.run("template", "remove", "app", "all").succeeded();
  }

  /** While it waits for the image, which comes through a pipe from somebody who leaves. */
  @Test
  void theBuilderIsNobodyAndEndsWithItsCaller() throws Exception {
    Path pipe = folder.resolve("pipe");
    Fixture.execute("mkfifo", pipe.toString());
    Process client = reg.start("template", "import", "--name", "piped", pipe.toString());
    try (RandomAccessFile writer = new RandomAccessFile(pipe.toFile(), "rw")) {
      writer.write(new byte[100]);
      Await.until(() -> !builders().isEmpty(), () -> "no builder");
      String status = Files.readString(Path.of("/proc", builders().getFirst(), "status"));
      assertThat(status)
          .containsPattern("Uid:\t655(2[0-9]|3[0-3])\t")
          .containsPattern("CapEff:\t0000000000000000")
          .containsPattern("CapBnd:\t0000000000000000")
          .containsPattern("NoNewPrivs:\t1");
      client.destroyForcibly();
      Await.until(() -> builders().isEmpty(), () -> "builders: " + builders());
    }
    Await.until(() -> builds().isEmpty(), () -> "left: " + builds());
  }

  private static List<String> builds() {
    String[] left = reg.root.resolve("building").toFile().list();
    return left == null ? List.of() : List.of(left);
  }

  private static List<String> builders() {
    return Processes.builders(reg.root, "--image");
  }

  /** Every path below the engine's root; what its processes write of themselves is elsewhere. */
  private static List<String> stored() throws IOException {
    try (var files = Files.walk(reg.root)) {
      return files
          .map(file -> reg.root.relativize(file).toString())
          .filter(file -> !file.startsWith("run") && !file.equals("building"))
          .filter(file -> !file.matches("objects/(tmp|[0-9a-f]{2})"))
          .sorted()
          .toList();
    }
  }

  private void refused(String image, String why) throws IOException {
    List<String> before = stored();
    Reg.Result result = reg.run("template", "import", "--name", "hostile", image);
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.out()).isEmpty();
    List<String> messages =
        result.err().lines().filter(line -> !line.startsWith("reg: hostile: ")).toList();
    assertThat(messages).singleElement().asString().startsWith("reg: ").contains(why);
    assertThat(stored()).isEqualTo(before);
  }

  @Test
  void whatIsHostileOrNoImageLeavesNothing() throws IOException {
    Path archive = docker();
    try (RandomAccessFile file = new RandomAccessFile(archive.toFile(), "rw")) {
      file.setLength(file.length() / 2);
    }
    refused(archive.toString(), "cannot ");
    refused(busybox.toString(), "cannot import the image");
    refused(folder.resolve("none").toString(), "none");
    refused(folder.toString(), "oci-layout");
    refused("/dev/null", "neither file nor directory");

    folder = Fixture.project();
    shell("mkdir -p a b; truncate -s 4G b/sparse; tar -C b -Scf b.tar .; tar -C a -cf a.tar .");
    refused(hostileLayout().toString(), "cannot ");

    folder = Fixture.project();
    shell("mkdir -p a b; truncate -s 100M b/x; tar -C b -cf b.tar .; tar -C a -cf a.tar .");
    shell("gzip -9 <b.tar >b.gz; mv b.tar b.plain; mv b.gz b.tar");
    refused(hostileLayout().toString(), "expands to more than 250 times");

    folder = Fixture.project();
    shell("mkdir -p a b; mknod b/device c 1 3; tar -C b -cf b.tar .; tar -C a -cf a.tar .");
    String layout = hostileLayout().toString();
    refused(layout, "'/device' is neither file, directory nor link");
    shell("rm layout/blobs/sha256/*; ln -s /etc/shadow layout/blobs/sha256/" + "0".repeat(64));
    refused(layout, "is no file");
  }

  /** As for who lives in it: a link of the image leads to a place in the image. */
  @Test
  void aLinkOfAnImageLeadsToNothingOfTheMachine() throws IOException {
    folder = Fixture.project();
    shell("mkdir -p a b; ln -s /etc b/out; tar -C b -cf b.tar .; rm b/out; mkdir b/out");
    shell("echo x >b/out/reg-linked; tar -C b -rf b.tar ./out/reg-linked; tar -C a -cf a.tar .");
    reg.run("template", "import", "--name", "linked", hostileLayout().toString()).succeeded();
    assertThat(reg.run("template", "show", "linked").succeeded().out())
        .contains("/etc/reg-linked")
        .doesNotContain("/out/reg-linked");
    assertThat(Path.of("/etc/reg-linked")).doesNotExist();
    reg.run("template", "remove", "linked").succeeded();
  }

  private Path hostileLayout() throws IOException {
    String config =
        """
        {"os": "linux", "architecture": "%s", "rootfs": {"diff_ids": ["%s", "%s"]}}
        """
            .formatted(
                MACHINE, Digest.of(folder.resolve("a.tar")), Digest.of(folder.resolve("b.tar")));
    Files.writeString(folder.resolve("config"), config);
    shell("mkdir -p layout/blobs/sha256");
    String manifest =
        "{\"config\": %s, \"layers\": [%s, %s]}"
            .formatted(blob("config"), blob("a.tar"), blob("b.tar"));
    Files.writeString(folder.resolve("manifest"), manifest);
    Files.writeString(
        folder.resolve("layout/index.json"), "{\"manifests\": [%s]}".formatted(blob("manifest")));
    Files.writeString(folder.resolve("layout/oci-layout"), "{}");
    return folder.resolve("layout");
  }
}
