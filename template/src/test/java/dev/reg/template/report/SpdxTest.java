package dev.reg.template.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.DistributionPackage.Kind;
import dev.reg.template.provenance.Provenance.Distribution;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SpdxTest {
  private static byte[] document() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Spdx.write(
        List.of(
            new Spdx.Part(Samples.head(Samples.base()), Samples.base(), Samples.provenance()),
            new Spdx.Part(Samples.head(Samples.app()), Samples.app(), null)),
        "reg-1.0",
        object -> object.digest().hex().substring(0, 40),
        out);
    return out.toByteArray();
  }

  private static List<String> relations(JsonNode json, String type) {
    return json.get("relationships")
        .valueStream()
        .filter(each -> each.get("relationshipType").asString().equals(type))
        .map(
            each ->
                each.get("spdxElementId").asString()
                    + " "
                    + each.get("relatedSpdxElement").asString())
        .toList();
  }

  @Test
  void writesNothingWhenASumCannotBeTaken() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RegException damaged = new RegException(ErrorKind.CORRUPTED, "damaged");
    assertThatThrownBy(
            () ->
                Spdx.write(
                    List.of(new Spdx.Part(Samples.head(Samples.app()), Samples.app(), null)),
                    "reg-1.0",
                    object -> {
                      throw damaged;
                    },
                    out))
        .isSameAs(damaged);
    assertThat(out.size()).isZero();
  }

  @Test
  void sumsAreOfWhatWasStored(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("object"), "content");
    ObjectId object = new ObjectId(Digest.of(file), 0644);
    ObjectSums sums = new ObjectSums(each -> file);
    assertThat(sums.sha1(object)).isEqualTo("040f06fd774092478d450774f5ba30c5da78acc8");
    Files.writeString(file, "contend");
    corrupted(() -> sums.sha1(object), "has another content now");
    Files.delete(file);
    corrupted(() -> sums.sha1(object), "is missing");
  }

  private static void corrupted(ThrowingCallable call, String why) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RegException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED);
              assertThat(e.line()).contains(why);
            });
  }

  @Test
  void hasWhatTheSpecificationWants() throws Exception {
    JsonNode json = new JsonMapper().readTree(document());
    assertThat(json.propertyNames())
        .containsExactlyInAnyOrder(
            "spdxVersion",
            "dataLicense",
            "SPDXID",
            "name",
            "documentNamespace",
            "creationInfo",
            "packages",
            "files",
            "relationships");
    assertThat(json.get("spdxVersion").asString()).isEqualTo("SPDX-2.3");
    assertThat(json.get("dataLicense").asString()).isEqualTo("CC0-1.0");
    assertThat(json.get("SPDXID").asString()).isEqualTo("SPDXRef-DOCUMENT");
    assertThat(json.get("name").asString()).isEqualTo("app@2");
    assertThat(json.get("documentNamespace").asString()).matches("urn:uuid:[0-9a-f-]{36}");
    assertThat(json.at("/creationInfo/created").asString()).isEqualTo("2026-01-02T03:04:05Z");
    assertThat(json.at("/creationInfo/creators/0").asString()).isEqualTo("Tool: reg-1.0");
    Map<String, JsonNode> elements = new HashMap<>();
    for (String list : List.of("packages", "files")) {
      for (JsonNode each : json.get(list)) {
        String id = each.get("SPDXID").asString();
        assertThat(id).matches("SPDXRef-[a-zA-Z0-9.-]+");
        assertThat(elements.put(id, each)).as(id).isNull();
      }
    }
    for (JsonNode each : json.get("packages")) {
      boolean analyzed = each.get("filesAnalyzed").asBoolean();
      assertThat(each.get("downloadLocation").asString()).isEqualTo("NOASSERTION");
      assertThat(each.has("packageVerificationCode")).isEqualTo(analyzed);
    }
    for (JsonNode each : json.get("files")) {
      assertThat(each.get("fileName").asString()).startsWith("./");
      assertThat(each.at("/checksums/0/algorithm").asString()).isEqualTo("SHA1");
      assertThat(each.at("/checksums/0/checksumValue").asString()).matches("[0-9a-f]{40}");
      assertThat(each.at("/checksums/1/algorithm").asString()).isEqualTo("SHA256");
      assertThat(each.at("/checksums/1/checksumValue").asString()).matches("[0-9a-f]{64}");
    }
    for (JsonNode each : json.get("relationships")) {
      assertThat(elements).containsKey(each.get("relatedSpdxElement").asString());
      String from = each.get("spdxElementId").asString();
      assertThat(from.equals("SPDXRef-DOCUMENT") || elements.containsKey(from)).as(from).isTrue();
    }
  }

  @Test
  void tellsWhatIsOfWhat() throws Exception {
    JsonNode json = new JsonMapper().readTree(document());
    assertThat(relations(json, "DESCRIBES"))
        .containsExactly("SPDXRef-DOCUMENT SPDXRef-Template-app-2");
    assertThat(relations(json, "DEPENDS_ON"))
        .containsExactlyInAnyOrder(
            "SPDXRef-Template-app-2 SPDXRef-Template-base-1",
            "SPDXRef-Package-2-tool SPDXRef-Package-1-libc6");
    assertThat(relations(json, "EXPANDED_FROM_ARCHIVE")).hasSize(4);
    assertThat(relations(json, "CONTAINS")).hasSize(5 + 2 + 1);
    JsonNode libc =
        json.get("packages")
            .valueStream()
            .filter(each -> each.get("name").asString().equals("libc6"))
            .findFirst()
            .orElseThrow();
    assertThat(libc.at("/externalRefs/0/referenceLocator").asString())
        .isEqualTo("pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64&distro=bookworm");
    assertThat(libc.get("supplier").asString())
        .isEqualTo("Organization: A Team (team@example.org)");
    assertThat(libc.get("licenseDeclared").asString()).isEqualTo("MIT AND Zlib");
    assertThat(libc.get("sourceInfo").asString())
        .contains("libc6-source 2.36-9+deb12u1", "/usr/share/doc/libc6/copyright");
  }

  @Test
  void theVerificationCodeIsOfAllFiles() throws Exception {
    JsonNode json = new JsonMapper().readTree(document());
    Map<String, String> sums = new HashMap<>();
    json.get("files")
        .forEach(
            each ->
                sums.put(
                    each.get("SPDXID").asString(),
                    each.at("/checksums/0/checksumValue").asString()));
    String all =
        relations(json, "CONTAINS").stream()
            .filter(line -> line.startsWith("SPDXRef-Template-base-1 SPDXRef-File"))
            .map(line -> Objects.requireNonNull(sums.get(line.substring(line.indexOf(' ') + 1))))
            .sorted()
            .collect(Collectors.joining());
    byte[] code = Spdx.sha1().digest(all.getBytes(StandardCharsets.US_ASCII));
    assertThat(
            json.at("/packages/0/packageVerificationCode/packageVerificationCodeValue").asString())
        .isEqualTo(HexFormat.of().formatHex(code));
  }

  @Test
  void isTheSameEachTime() throws Exception {
    assertThat(document()).isEqualTo(document());
  }

  @Test
  void namesPackagesAsDatabasesDo() {
    DistributionPackage tool = Samples.pack("g++", "1:1.0~rc1");
    assertThat(PackageUrl.of(tool, new Distribution("Ubuntu", "noble")))
        .isEqualTo("pkg:deb/ubuntu/g%2B%2B@1%3A1.0~rc1?arch=amd64&distro=noble");
    DistributionPackage musl =
        new DistributionPackage(
            Kind.APK,
            "musl",
            "1.2.4-r2",
            "x86_64",
            "musl",
            "1.2.4-r2",
            null,
            null,
            List.of(),
            null);
    assertThat(PackageUrl.of(musl, null)).isEqualTo("pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64");
  }
}
