package dev.reg.template.provenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.provenance.DistributionPackage.Kind;
import dev.reg.template.provenance.DistributionPackage.Licence;
import dev.reg.template.provenance.Provenance.Origin;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProvenanceReaderTest {
  private static final Path FULL = Path.of("src/test/resources/provenance/full.json");
  private static final String LIBC = "/usr/lib/x86_64-linux-gnu/libc.so.6";

  private static String digest(char last) {
    return "sha256:" + "0".repeat(63) + last;
  }

  private static Provenance full() {
    DistributionPackage libc =
        new DistributionPackage(
            Kind.DEB,
            "libc6",
            "2.36-9+deb12u10",
            "amd64",
            "glibc",
            "2.36-9+deb12u10",
            "GNU Libc Maintainers <debian-glibc@lists.debian.org>",
            digest('1'),
            List.of("libgcc-s1"),
            new Licence(
                "/usr/share/doc/libc6/copyright",
                digest('2'),
                List.of("GPL-2.0-or-later", "LGPL-2.1-or-later")));
    DistributionPackage libgcc =
        new DistributionPackage(
            Kind.DEB,
            "libgcc-s1",
            "12.2.0-14",
            "amd64",
            "gcc-12",
            "12.2.0-14",
            null,
            null,
            List.of(),
            null);
    TreeMap<String, Origin> files = new TreeMap<>();
    files.put("/etc/motd", new Origin(null, new Why.Text()));
    files.put(
        "/etc/ssl/certs/ca-certificates.crt",
        new Origin(null, new Why.Concat("/usr/share/ca-certificates/mozilla/*.crt")));
    files.put("/usr/bin/python", new Origin(null, new Why.Link()));
    files.put("/usr/bin/python3.11", new Origin(0, new Why.Pattern("bins", "/usr/bin/python3.*")));
    files.put("/usr/bin/tool", new Origin(null, new Why.Asked()));
    files.put(
        "/usr/lib/python3.11/__pycache__/os.cpython-311.pyc", new Origin(null, new Why.Post()));
    files.put(
        LIBC, new Origin(0, new Why.Needed("/usr/bin/python3.11", Why.How.NEEDED, "libc.so.6")));
    files.put(
        "/usr/lib/x86_64-linux-gnu/libgcc_s.so.1",
        new Origin(1, new Why.Needed(LIBC, Why.How.DLOPEN, "libgcc_s.so.1")));
    files.put(
        "/usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so",
        new Origin(null, new Why.Profile("openssl", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3")));
    files.put("/usr/share/a", new Origin(0, new Why.Whole(null)));
    files.put("/usr/share/b", new Origin(0, new Why.Whole("libgcc-s1")));
    files.put("/var/lib/dpkg/status.d/libc6", new Origin(0, new Why.Status()));
    return new Provenance(
        new BuiltFrom.Recipe("python"),
        new Provenance.Distribution("debian", "bookworm"),
        List.of(libc, libgcc),
        files);
  }

  private static void fails(byte[] document, String part) {
    assertThatThrownBy(() -> ProvenanceReader.read("a@1", document))
        .isInstanceOfSatisfying(
            RegException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
              assertThat(e.line()).contains("provenance of a@1", part).doesNotContain("\n");
            });
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void ofWhatWasWrittenByHandThePathIsTextWhateverItIsCalled() throws Exception {
    for (String path : List.of("/home/t.yaml", "/a\nb\u202e\ud800.yaml", "", "/x".repeat(5_000))) {
      Provenance byHand =
          new Provenance(new BuiltFrom.File(path), null, List.of(), new TreeMap<>());
      assertThat(ProvenanceReader.read("a@1", ProvenanceWriter.write(byHand))).isEqualTo(byHand);
    }
    assertThat(new BuiltFrom.File("/a\nb\u202e\ud800.yaml").path()).isEqualTo("/a?b??.yaml");
  }

  @Test
  void writesTheGoldenFileAndReadsIt() throws Exception {
    byte[] golden = Files.readAllBytes(FULL);
    assertThat(new String(ProvenanceWriter.write(full()), StandardCharsets.UTF_8))
        .isEqualTo(new String(golden, StandardCharsets.UTF_8));
    Provenance read = ProvenanceReader.read("a@1", golden);
    assertThat(read).isEqualTo(full());
    assertThat(read.packageOf(LIBC).orElseThrow().name()).isEqualTo("libc6");
    assertThat(read.packageOf("/etc/motd")).isEmpty();
    assertThat(read.packageOf("/nowhere")).isEmpty();
  }

  @Test
  void readsEverySource() throws Exception {
    for (BuiltFrom source :
        List.of(
            new BuiltFrom.OwnRecipe("mine", "name: mine\n# \u0001 \"ä\" \ud83d\ude00\r\n"),
            new BuiltFrom.OwnRecipe("mine", ("x" + "\ud83d\ude00".repeat(200_000))),
            new BuiltFrom.OwnRecipe("mine", "a".repeat(BuiltFrom.OwnRecipe.LONGEST)),
            new BuiltFrom.Packages(List.of("git", "curl"), "tools"),
            new BuiltFrom.Packages(List.of("git"), null),
            new BuiltFrom.Image("a:1", digest('3'), true),
            new BuiltFrom.Image(null, digest('3'), false),
            new BuiltFrom.Program("/usr/bin/x"),
            new BuiltFrom.File("./x.yaml"))) {
      Provenance provenance = new Provenance(source, null, List.of(), new TreeMap<>());
      assertThat(ProvenanceReader.read("a@1", ProvenanceWriter.write(provenance)))
          .isEqualTo(provenance);
    }
  }

  /** By which every version of reg has known a recipe. */
  @Test
  void anOwnRecipeHasItsDocumentAndTheCatalogsHasNone() {
    for (String source :
        List.of(
            "{\"kind\":\"own-recipe\",\"name\":\"a\"}",
            "{\"kind\":\"own-recipe\",\"name\":\"a\",\"document\":[]}",
            "{\"kind\":\"own-recipe\",\"name\":\"a/b\",\"document\":[\"x\"]}",
            "{\"kind\":\"own-recipe\",\"name\":\"a\",\"document\":\"x\"}",
            "{\"kind\":\"own-recipe\",\"name\":\"a\",\"document\":[\"x\",\"y\"]}",
            "{\"kind\":\"own-recipe\",\"name\":\"a\",\"document\":[\"\\ud83d\"]}",
            "{\"kind\":\"own-recipe\",\"name\":\"a\",\"document\":["
                + ("\"" + "a".repeat(4096) + "\",").repeat(256)
                + "\"a\"]}",
            "{\"kind\":\"recipe\",\"name\":\"a\",\"document\":[\"x\"]}")) {
      byte[] document =
          bytes("{\"format\":1,\"source\":" + source + ",\"packages\":[],\"files\":{}}\n");
      fails(document, "");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"format\":1 | \"format\":2 | format",
        "\"format\":1 | \"format\":\"1\" | form",
        "\"format\":1, | \"format\":1,\"more\":2, | key",
        "\"format\":1, | '' | format",
        "\"kind\":\"recipe\" | \"kind\":\"spell\" | kind",
        "\"name\":\"python\" | \"name\":\"py thon\" | name",
        "\"package\":1 | \"package\":2 | package",
        "\"package\":1 | \"package\":-1 | package",
        "\"package\":1 | \"package\":99999999999 | JSON",
        "\"package\":1 | \"package\":1.5 | kind",
        "\"/etc/motd\" | \"etc/motd\" | path",
        "\"/etc/motd\" | \"/etc/../motd\" | path",
        "\"/etc/motd\" | \"/usr/share/a\" | canonical",
        "\"/etc/motd\" | \"/zzz\" | canonical",
        "\"how\":\"dlopen\" | \"how\":\"magic\" | how",
        "\"why\":\"text\" | \"why\":\"because\" | why",
        "\"why\":\"text\" | \"why\":\"text\",\"more\":\"x\" | canonical",
        "\"by\":\"libgcc-s1\" | \"by\":\"lib gcc\" | by",
        "\"by\":\"/usr/bin/python3.11\" | \"by\":\"python3.11\" | by",
        "\"depends\":[\"libgcc-s1\"] | \"depends\":[\"libgcc-s2\"] | depends",
        "\"depends\":[\"libgcc-s1\"] | \"depends\":[1] | form",
        "\"depends\":[\"libgcc-s1\"] | \"depends\":\"libgcc-s1\" | list",
        "\"libgcc-s1\",\"version\":\"12.2.0-14\" | \"libc6\",\"version\":\"2.36-9+deb12u10\" |"
            + " twice",
        "\"version\":\"12.2.0-14\" | \"version\":\"12 2\" | version",
        "\"licences\":[\"GPL | \"licences\":[\"GPL x | licences",
        "/libc6/copyright | /libc6/../copyright | licenceFile",
        "\"licenceDigest\":\"sha256:0 | \"licenceDigest\":\"sha256:G | licenceDigest",
        "Maintainers < | Maintainers\\u001b< | maintainer",
        "Maintainers < | Maintainers\\u202e< | maintainer",
        "Maintainers < | Maintainers\\ud800< | maintainer",
        "\"why\":\"text\" | \"why\":{\"a\":{}} | kind"
      })
  void refusesWhatNoBuilderWrites(String part, String instead, String why) throws Exception {
    String golden = Files.readString(FULL);
    assertThat(golden).contains(part);
    int at = golden.indexOf(part);
    fails(bytes(golden.substring(0, at) + instead + golden.substring(at + part.length())), why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "null", "{", "{}", "{\"format\":1}", "\u0000"})
  void refusesWhatIsNone(String document) {
    fails(bytes(document), "");
  }

  @Test
  void isBounded() {
    fails(new byte[ProvenanceReader.MAX_BYTES + 1], "bytes");
    StringBuilder files = new StringBuilder("{\"format\":1,\"files\":{");
    for (int i = 0; i <= ProvenanceReader.MAX_FILES; i++) {
      files.append(i == 0 ? "" : ",").append("\"/").append(i).append("\":{\"why\":\"text\"}");
    }
    fails(bytes(files + "}}"), "more than 50000 files");
    fails(bytes("{\"source\":" + "[".repeat(100_000)), "");
    fails(bytes("{\"source\":{\"kind\":\"" + "x".repeat(100_000) + "\"}}"), "");
  }

  /** One list of a document after the other, each as long as one may be. */
  @Test
  void isBoundedInAllItsLists() {
    String list = "\"a\",".repeat(9_999) + "\"a\"";
    StringBuilder packages = new StringBuilder("{\"format\":1,\"packages\":[");
    for (int i = 0; i <= 10; i++) {
      packages
          .append(i == 0 ? "" : ",")
          .append("{\"kind\":\"deb\",\"name\":\"a\",\"version\":\"1\",\"architecture\":\"all\",")
          .append("\"source\":\"a\",\"sourceVersion\":\"1\",\"depends\":[")
          .append(list)
          .append("]}");
    }
    fails(bytes(packages + "]}"), "its lists have more than 100000 entries");
  }

  @Test
  void noChangeOfAByteIsAnythingButRefusedOrCanonical() throws Exception {
    byte[] golden = Files.readAllBytes(FULL);
    Random random = new Random(5);
    for (int round = 0; round < 3_000; round++) {
      byte[] changed = golden.clone();
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      try {
        assertThat(ProvenanceWriter.write(ProvenanceReader.read("a@1", changed)))
            .isEqualTo(changed);
      } catch (RegException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
      }
    }
  }
}
