package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Trees;
import dev.reg.template.Template;
import dev.reg.template.TemplateDirectory;
import dev.reg.template.TemplateReader;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Origin;
import dev.reg.template.provenance.ProvenanceReader;
import dev.reg.template.provenance.Why;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images as archives and layouts, whole and damaged; their programs are scripts or no programs. */
final class FromImageTest {
  private static final String HOST = System.getProperty("os.arch");
  private static final String MACHINE = HOST.equals("aarch64") ? "arm64" : HOST;

  @TempDir private Path temp;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private int made;

  @AfterEach
  void delete() throws Exception {
    for (int i = 1; i <= made; i++) {
      Trees.deleteIfThere(temp.resolve("out" + i));
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream packed = new GZIPOutputStream(out)) {
      packed.write(content);
    }
    return out.toByteArray();
  }

  private byte[] zstd(byte[] content) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/zstd")), "zstd is not installed");
    Path file = Files.write(temp.resolve("to-pack"), content);
    Process process = new ProcessBuilder("zstd", "-qc", file.toString()).start();
    byte[] packed = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).isZero();
    return packed;
  }

  private static String config(String config, byte[]... layers) {
    List<String> ids = new ArrayList<>();
    for (byte[] layer : layers) {
      ids.add("\"" + Digest.of(layer) + "\"");
    }
    return "{\"os\": \"linux\", \"architecture\": \"%s\", \"config\": {%s}, \"rootfs\": {\"diff_ids\": %s}}"
        .formatted(MACHINE, config, ids);
  }

  /** As docker save writes it. */
  private static Tar docker(String config, String tags, byte[]... layers) throws IOException {
    Tar tar = new Tar();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < layers.length; i++) {
      tar.file(i + "/layer.tar", layers[i]);
      names.add("\"" + i + "/layer.tar\"");
    }
    String id = Digest.of(utf8(config)).hex();
    return tar.file(id + ".json", utf8(config))
        .file(
            "manifest.json",
            utf8(
                "[{\"Config\": \"%s.json\", \"RepoTags\": %s, \"Layers\": %s}]"
                    .formatted(id, tags, names)));
  }

  private static final String RUN = "\"Entrypoint\": [\"/srv/run\"], \"Cmd\": [\"a\", \"b\"]";

  private static byte[] base() throws IOException {
    return new Tar()
        .file("var/lib/dpkg/status", 0644, "Package: sh\n\nPackage: other\nDepends: sh\n")
        .file("var/lib/dpkg/info/sh.list", 0644, "/.\n/bin\n/bin/sh\n/etc/sh.conf\n")
        .file("var/lib/dpkg/info/other:amd64.list", 0644, "/usr/bin/other\n/usr/share/other\n")
        .file("bin/sh", 0755, TinyElf.TEXT)
        .file("etc/sh.conf", 0644, "configuration")
        .file("etc/passwd", 0644, "root:x:0:0::/root:/bin/sh\nrunner:x:901:902::/srv:/bin/sh\n")
        .file("etc/hostname", 0644, "builder")
        .file("usr/bin/other", 0755, "other")
        .file("usr/share/other", 0644, "data")
        .file("etc/gone", 0644, "x")
        .file("usr/share/doc/mine", 0644, "x")
        .owned("var/lib/mine/", 0750, 901)
        .bytes();
  }

  private static byte[] top() throws IOException {
    return new Tar()
        .file("srv/run", 0755, "#!/bin/sh\necho run\n")
        .file("etc/.wh.gone", 0, "")
        .file("srv/data", 0600, "data")
        .bytes();
  }

  private Template read(Path archive) throws Exception {
    return read(archive, null, false);
  }

  private Template read(Path archive, @Nullable String name, boolean whole) throws Exception {
    Path out = Files.createDirectory(temp.resolve("out" + ++made));
    Path work = Files.createDirectory(out.resolve(Builder.WORK));
    FromImage image =
        new FromImage(out, new Progress(new PrintStream(said), "i"), name, null, whole);
    if (Files.isDirectory(archive)) {
      Files.delete(work);
      image.build(archive, HOST);
    } else {
      try (FileChannel input = FileChannel.open(archive)) {
        image.build(input, true, work, HOST);
      }
    }
    assertThat(out.resolve(Builder.WORK)).doesNotExist();
    return TemplateReader.read("made", Files.readAllBytes(out.resolve("template.yaml")));
  }

  private Path write(byte[] archive) throws IOException {
    return Files.write(temp.resolve("archive"), archive);
  }

  private Path app() throws IOException {
    String config =
        config(
            RUN
                + ", \"Env\": [\"A=b=c\", \"no variable\"], \"User\": \"runner\","
                + " \"WorkingDir\": \"/srv\"",
            base(),
            top());
    return write(docker(config, "[\"reg.example:5000/team/My_App:1.4-x\"]", base(), top()).bytes());
  }

  @Test
  void takesWhatTheAuthorAddedAndWhatThatNeeds() throws Exception {
    Template template = read(app());

    assertThat(template.id()).isEqualTo("my_app@1.4-x");
    assertThat(template.files())
        .extracting(file -> file.path())
        .containsExactly("/etc/sh.conf", "/srv/data", "/srv/run", "/usr/bin/sh");
    assertThat(template.directories())
        .containsExactly(new TemplateDirectory("/var/lib/mine", 01777));
    assertThat(template.execution().command()).containsExactly("/srv/run", "a", "b");
    assertThat(template.execution().environment()).containsOnly(Map.entry("A", "b=c"));
    assertThat(template.execution().user()).isEqualTo("runner");
    assertThat(template.execution().accounts())
        .singleElement()
        .hasToString("runner (uid 901, gid 902, home /srv)");
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("'no variable'", "working directory is '/srv'");
  }

  private Provenance provenance() throws Exception {
    Path file = temp.resolve("out" + made).resolve("provenance.json");
    return ProvenanceReader.read("made", Files.readAllBytes(file));
  }

  @Test
  void saysWhereFilesComeFromByTheImagesRecords() throws Exception {
    byte[] base =
        new Tar()
            .file(
                "var/lib/dpkg/status",
                0644,
                """
                Package: sh
                Version: 1:2-3
                Architecture: amd64
                Depends: "odd name", bare

                Package: bare
                Depends: data

                Package: data
                Version: 1 2
                """)
            .file("var/lib/dpkg/info/sh.list", 0644, "/bin/sh\n/etc/sh.conf\n")
            .file("var/lib/dpkg/info/bare.list", 0644, "/etc/bare.conf\n")
            .file("var/lib/dpkg/info/data.list", 0644, "/etc/data.conf\n")
            .file("bin/sh", 0755, TinyElf.TEXT)
            .file("etc/sh.conf", 0644, "x")
            .file("etc/bare.conf", 0644, "x")
            .file("etc/data.conf", 0644, "x")
            .file("etc/os-release", 0644, "ID=debian\nVERSION_CODENAME=\"bookworm\"\n")
            .bytes();
    String config = config(RUN, base, top());
    Template template =
        read(write(docker(config, "[\"app:1\"]", base, top()).bytes()), null, false);

    Provenance provenance = provenance();
    assertThat(provenance.source())
        .isEqualTo(new BuiltFrom.Image("app:1", Digest.of(utf8(config)).toString(), false));
    assertThat(provenance.distribution())
        .isEqualTo(new Provenance.Distribution("debian", "bookworm"));
    assertThat(provenance.packages())
        .extracting(each -> each.name() + " " + each.version())
        .containsExactly("sh 1:2-3");
    assertThat(provenance.files())
        .containsEntry("/srv/run", new Origin(null, new Why.Whole(null)))
        .containsEntry(
            "/usr/bin/sh", new Origin(0, new Why.Needed("/srv/run", Why.How.SHEBANG, "/bin/sh")))
        .containsEntry("/etc/sh.conf", new Origin(0, new Why.Whole("/usr/bin/sh")))
        .containsEntry("/etc/bare.conf", new Origin(null, new Why.Whole("sh")))
        .containsEntry("/etc/data.conf", new Origin(null, new Why.Whole("bare")))
        .containsEntry("/var/lib/dpkg/status.d/sh", new Origin(0, new Why.Status()));
    assertThat(template.files())
        .extracting(file -> file.path())
        .containsAll(provenance.files().keySet());
  }

  @Test
  void takesEverythingWhenAsked() throws Exception {
    assertThat(read(app(), "other-name", true).files())
        .extracting(file -> file.path())
        .contains("/usr/bin/other", "/usr/share/doc/mine", "/var/lib/dpkg/status")
        .doesNotContain("/etc/gone", "/etc/passwd", "/etc/hostname");
    assertThat(provenance().files())
        .containsEntry("/usr/bin/other", new Origin(null, new Why.Whole(null)));
  }

  @Test
  void theSameImageIsTheSameTemplateHoweverItIsPacked() throws Exception {
    Template plain = read(app());
    assertThat(read(app())).isEqualTo(plain);
    Path packed = Files.write(temp.resolve("gz"), gzip(Files.readAllBytes(app())));
    assertThat(read(packed)).isEqualTo(plain);
    byte[] base = base();
    byte[] top = top();
    String config =
        config(
            RUN
                + ", \"Env\": [\"A=b=c\", \"no variable\"], \"User\": \"runner\","
                + " \"WorkingDir\": \"/srv\"",
            base,
            top);
    assertThat(read(layout("l1", config, gzip(base), top), "my_app", false).files())
        .isEqualTo(plain.files());
    assertThat(read(layout("l2", config, base, zstd(top)), "my_app", false).execution())
        .isEqualTo(plain.execution());
  }

  /** An OCI layout, by way of an index for several machines. */
  private Path layout(String name, String config, byte[]... blobs) throws IOException {
    Path layout = temp.resolve(name);
    Files.createDirectories(layout.resolve("blobs/sha256"));
    List<String> layers = new ArrayList<>();
    for (byte[] blob : blobs) {
      layers.add(descriptor(layout, "layer.v1.tar", blob));
    }
    String manifest =
        "{\"config\": %s, \"layers\": %s}"
            .formatted(descriptor(layout, "config.v1+json", utf8(config)), layers);
    String other = descriptor(layout, "manifest.v1+json", utf8("{}"));
    String index =
        "{\"manifests\": [%s, %s]}"
            .formatted(
                platform(other, "s390x"),
                platform(descriptor(layout, "manifest.v1+json", utf8(manifest)), MACHINE));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}");
    Files.writeString(
        layout.resolve("index.json"),
        "{\"manifests\": [%s]}".formatted(descriptor(layout, "index.v1+json", utf8(index))));
    return layout;
  }

  private static String platform(String descriptor, String machine) {
    return descriptor.replace("}", ", \"platform\": {\"architecture\": \"" + machine + "\"}}");
  }

  private static String descriptor(Path layout, String type, byte[] blob) throws IOException {
    Digest digest = Digest.of(blob);
    Files.write(layout.resolve("blobs/sha256/" + digest.hex()), blob);
    return "{\"mediaType\": \"application/vnd.oci.image.%s\", \"digest\": \"%s\", \"size\": %d}"
        .formatted(type, digest, blob.length);
  }

  private void refused(Path image, String why) {
    assertThatThrownBy(() -> read(image, "x", false))
        .isInstanceOfSatisfying(
            RegException.class,
            e -> assertThat(e.kind()).isIn(ErrorKind.INVALID, ErrorKind.EXHAUSTED))
        .hasMessageContaining(why);
  }

  private static byte[] oneFile() throws IOException {
    return new Tar().file("x", 0644, "x").bytes();
  }

  @Test
  void refusesWhatIsNotWhatItShouldBe() throws Exception {
    byte[] layer = oneFile();
    byte[] other = new Tar().file("y", 0644, "y").bytes();
    refused(
        write(docker(config("", other), "[]", layer).bytes()),
        "'the content of 0/layer.tar' is not what it should be");
    String config = config("", layer);
    Path layout = layout("wrong", config, layer);
    Files.write(layout.resolve("blobs/sha256/" + Digest.of(layer).hex()), other);
    refused(layout, "is not what it should be");
    layout = layout("changed", config, layer);
    Files.writeString(
        layout.resolve("blobs/sha256/" + Digest.of(utf8(config)).hex()), config.replace("x", "y"));
    refused(layout, "is not what it should be");
    Files.delete(layout.resolve("blobs/sha256/" + Digest.of(utf8(config)).hex()));
    refused(layout, "it lacks the file");
    refused(write(docker(config, "[]", layer, layer).bytes()), "it has 2 layers");
    refused(
        write(docker(config.replace(MACHINE, "s390x"), "[]", layer).bytes()),
        "it is for linux/s390x, and this machine is");
  }

  @Test
  void refusesWhatIsNoImage() throws Exception {
    byte[] layer = oneFile();
    Tar whole = docker(config("", layer), "[]", layer);
    refused(write(new Tar().file("x", 0644, "x").bytes()), "neither manifest.json");
    refused(write(utf8("no archive")), "nothing in it that a tar archive has");
    refused(write(new byte[0]), "nothing in it that a tar archive has");
    refused(write(utf8("x".repeat(5_000))), "tar archive");
    refused(write(new Tar().file("manifest.json", 0644, "[]").bytes()), "it has 0 images");
    refused(write(new Tar().file("manifest.json", 0644, "[{}, {}]").bytes()), "it has 2 images");
    refused(write(new Tar().file("manifest.json", 0644, "{{").bytes()), "is no JSON");
    refused(write(new Tar().file("manifest.json", 0644, "[{\"Config\": 7}]").bytes()), "Config");
    refused(
        write(
            new Tar().file("manifest.json", 0644, "[{\"Config\": \"../../etc/passwd\"}]").bytes()),
        "it lacks the file '../../etc/passwd'");
    refused(
        write(new Tar().file("manifest.json", 0644, "x").file("manifest.json", 0644, "y").bytes()),
        "is in the archive twice");
    refused(
        write(new Tar().link("manifest.json", "oci").link("oci", "manifest.json").bytes()),
        "neither manifest.json");
    byte[] bytes = whole.bytes();
    refused(write(Arrays.copyOf(bytes, 700)), "larger than the archive");
    assertThatThrownBy(() -> read(write(bytes), null, false))
        .hasMessageContaining("say it with --name");
  }

  /** All but the zeros at the end are needed. */
  @Test
  void refusesEveryBeginningOfAnArchive() throws Exception {
    byte[] layer = oneFile();
    byte[] whole = docker(config("", layer), "[]", layer).bytes();
    int end = whole.length;
    while (whole[end - 1] == 0) {
      end--;
    }
    for (int length = end - 1; length >= 0; length -= length > end - 20 ? 1 : 101) {
      refused(write(Arrays.copyOf(whole, length)), "cannot ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd"})
  void refusesAPackedLayerThatIsDamagedOrExpandsWithoutEnd(String how) throws Exception {
    byte[] layer = new Tar().file("x", 0644, "x".repeat(100_000)).bytes();
    byte[] packed = how.equals("gzip") ? gzip(layer) : zstd(layer);
    byte[] cut = Arrays.copyOf(packed, packed.length / 2);
    refused(write(docker(config("", layer), "[]", cut).bytes()), "is damaged");
    byte[] zeros = new byte[70 << 20];
    byte[] bomb = how.equals("gzip") ? gzip(zeros) : zstd(zeros);
    refused(write(docker(config("", layer), "[]", bomb).bytes()), "expands to more than 250 times");
  }

  @Test
  void refusesAHeaderOfFourGigabytes() throws Exception {
    byte[] layer = oneFile();
    byte[] header = layer.clone();
    byte[] size = utf8("77777777777");
    System.arraycopy(size, 0, header, 124, size.length);
    sum(header);
    refused(write(docker(config("", header), "[]", header).bytes()), "is damaged");
    byte[] archive = docker(config("", layer), "[]", layer).bytes();
    System.arraycopy(size, 0, archive, 124, size.length);
    sum(archive);
    refused(write(archive), "is larger than the archive");
    byte[] sparse = layer.clone();
    sparse[156] = 'S';
    sum(sparse);
    refused(write(docker(config("", sparse), "[]", sparse).bytes()), "cannot ");
  }

  /** The checksum of a first header, tar(5). */
  private static void sum(byte[] tar) {
    Arrays.fill(tar, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += tar[i] & 0xff;
    }
    byte[] text = utf8("%06o\0 ".formatted(sum));
    System.arraycopy(text, 0, tar, 148, text.length);
  }
}
