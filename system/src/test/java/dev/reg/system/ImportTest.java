package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
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
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @SuppressWarnings("NullAway.Init")
  private static Path busybox;

  @SuppressWarnings("NullAway.Init")
  private MadeImage image;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.own();
    busybox = MadeImage.ofTheTemplate();
  }

  @AfterAll
  static void close() {
    reg.close();
  }

  @BeforeEach
  void another() throws IOException {
    image = new MadeImage(Fixture.project(), busybox);
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
    Path archive = image.docker();
    assertThat(imported(archive.toString())).isEqualTo("app@1.2");
    assertThat(reg.run("run", "--rm", "-t", "app").succeeded().out())
        .isEqualTo("hello\nhello\nb word\ngone\n901\n");
    String digest = digestOf("app");
    reg.run("template", "remove", "app").succeeded();

    another();
    assertThat(imported(image.layout().toString())).isEqualTo("app@1.2");
    assertThat(digestOf("app")).isEqualTo(digest);
    image.shell("tar -C layout -czf layout.tar.gz .");
    assertThat(imported(image.folder().resolve("layout.tar.gz").toString())).isEqualTo("app@1.2");
    assertThat(digestOf("app")).isEqualTo(digest);

    assertThat(
            imported(
                "--name", "all", "--version", "3", "--whole", image.folder() + "/layout.tar.gz"))
        .isEqualTo("all@3");
    assertThat(reg.run("run", "--rm", "-t", "all", "--", "cat", "/etc/one").succeeded().out())
        .isEqualTo("one\n");
    reg.run("template", "remove", "app", "all").succeeded();
  }

  /** While it waits for the image, which comes through a pipe from somebody who leaves. */
  @Test
  void theBuilderIsNobodyAndEndsWithItsCaller() throws Exception {
    Path pipe = image.folder().resolve("pipe");
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
    Path archive = image.docker();
    try (RandomAccessFile file = new RandomAccessFile(archive.toFile(), "rw")) {
      file.setLength(file.length() / 2);
    }
    refused(archive.toString(), "cannot ");
    refused(busybox.toString(), "cannot import the image");
    refused(image.folder().resolve("none").toString(), "none");
    refused(image.folder().toString(), "oci-layout");
    refused("/dev/null", "neither file nor directory");

    another();
    image.shell(
        "mkdir -p a b; truncate -s 4G b/sparse; tar -C b -Scf b.tar .; tar -C a -cf a.tar .");
    refused(hostileLayout().toString(), "cannot ");

    another();
    image.shell("mkdir -p a b; truncate -s 100M b/x; tar -C b -cf b.tar .; tar -C a -cf a.tar .");
    image.shell("gzip -9 <b.tar >b.gz; mv b.tar b.plain; mv b.gz b.tar");
    refused(hostileLayout().toString(), "expands to more than 250 times");

    another();
    image.shell("mkdir -p a b; mknod b/device c 1 3; tar -C b -cf b.tar .; tar -C a -cf a.tar .");
    String layout = hostileLayout().toString();
    refused(layout, "'/device' is neither file, directory nor link");
    image.shell(
        "rm layout/blobs/sha256/*; ln -s /etc/shadow layout/blobs/sha256/" + "0".repeat(64));
    refused(layout, "is no file");
  }

  /** As for who lives in it: a link of the image leads to a place in the image. */
  @Test
  void aLinkOfAnImageLeadsToNothingOfTheMachine() throws IOException {
    another();
    image.shell("mkdir -p a b; ln -s /etc b/out; tar -C b -cf b.tar .; rm b/out; mkdir b/out");
    image.shell(
        "echo x >b/out/reg-linked; tar -C b -rf b.tar ./out/reg-linked; tar -C a -cf a.tar .");
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
                MadeImage.MACHINE,
                Digest.of(image.folder().resolve("a.tar")),
                Digest.of(image.folder().resolve("b.tar")));
    Files.writeString(image.folder().resolve("config"), config);
    image.shell("mkdir -p layout/blobs/sha256");
    String manifest =
        "{\"config\": %s, \"layers\": [%s, %s]}"
            .formatted(image.blob("config"), image.blob("a.tar"), image.blob("b.tar"));
    Files.writeString(image.folder().resolve("manifest"), manifest);
    Files.writeString(
        image.folder().resolve("layout/index.json"),
        "{\"manifests\": [%s]}".formatted(image.blob("manifest")));
    Files.writeString(image.folder().resolve("layout/oci-layout"), "{}");
    return image.folder().resolve("layout");
  }
}
