package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Where the files of templates come from, on the real ones. */
class ProvenanceTest {
  private static final int MEMBER = 4252;
  private static final int GROUP = 4253;

  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void templates() throws IOException {
    Fixture.shared("python");
    reg = Fixture.shared("nginx");
  }

  private static String out(String... words) {
    return reg.run(words).succeeded().out();
  }

  private static JsonNode json(String... words) {
    return new JsonMapper().readTree(out(words));
  }

  private static void assertRefused(Reg.Result result, String why) {
    assertThat(result.code()).isNotZero();
    assertThat(result.err()).startsWith("reg: ").contains(why);
    assertThat(result.err().lines()).hasSize(1);
  }

  /** Where the loader finds libc, by the template itself. */
  private static String libc() {
    return out("template", "show", "python")
        .lines()
        .filter(line -> line.contains("libc@6"))
        .map(line -> line.replaceFirst(".*path: ([^,]+),.*", "$1"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whyTellsTheWholeChain() {
    assertThat(out("template", "why", "python", "/bin/python").lines())
        .hasSize(2)
        .last()
        .asString()
        .isEqualTo("  /usr/bin/python is a link of the recipe");
    List<String> lines = out("template", "why", "python", libc()).lines().toList();
    assertThat(lines.getFirst()).startsWith("python@3.");
    assertThat(lines.get(1)).contains(" matches ", " of the recipe's ");
    assertThat(lines.getLast())
        .startsWith("  " + libc() + " is needed as libc.so.6 by /")
        .contains(" (libc6 2.");
    JsonNode json = json("template", "why", "--format", "json", "python", libc());
    assertThat(json.get("steps").size()).isEqualTo(lines.size() - 1);
  }

  @Test
  void whyAsksAllTemplatesWhenNoneIsNamed() {
    assertThat(out("template", "why", libc()).lines().filter(line -> line.contains("@")))
        .anyMatch(line -> line.startsWith("python@"))
        .anyMatch(line -> line.startsWith("nginx@"))
        .noneMatch(line -> line.startsWith("busybox@"));
    assertRefused(reg.run("template", "why", "/usr/bin/nowhere"), "no stored template");
    assertRefused(reg.run("template", "why", "busybox", libc()), "busybox");
    assertRefused(reg.run("template", "why", "python"), "'python'");
    assertRefused(reg.run("template", "why", "a", "/b", "/c"), "too many");
  }

  @Test
  void everyFileOfACatalogTemplateHasAReason() throws IOException {
    for (String name : List.of("python", "nginx", "busybox")) {
      String id = json("template", "tree", "--format", "json", name).get("template").asString();
      Path stored = reg.root.resolve("templates").resolve(id.replace('@', '/'));
      JsonNode files =
          new JsonMapper()
              .readTree(Files.readAllBytes(stored.resolve("provenance.json")))
              .get("files");
      List<String> paths =
          out("template", "show", name)
              .lines()
              .filter(line -> line.contains("{path: ") && line.contains("digest: "))
              .map(line -> line.replaceFirst(".*\\{path: \"?([^,\"]+)\"?, digest.*", "$1"))
              .toList();
      assertThat(paths).isNotEmpty().allSatisfy(path -> assertThat(files.has(path)).isTrue());
      for (JsonNode each : files) {
        String by = each.path("by").asString("");
        assertThat(by.startsWith("/") && !files.has(by)).as(by).isFalse();
      }
    }
  }

  @Test
  void treeAddsUpToTheTemplate() {
    JsonNode tree = json("template", "tree", "--format", "json", "python");
    long sum =
        tree.get("packages").valueStream().mapToLong(each -> each.get("bytes").asLong()).sum();
    assertThat(sum).isEqualTo(tree.get("bytes").asLong());
    assertThat(out("template", "tree", "python").lines())
        .anyMatch(line -> line.matches("[├└]── libc6 2\\.\\S+  [0-9.]+ MB"));
  }

  @Test
  void diffListsWhatTheOtherHasMore() {
    assertThat(out("template", "diff", "python", "python"))
        .isEqualTo("0 added, 0 changed, 0 removed; +0 B\n");
    assertThat(out("template", "diff", "busybox", "nginx").lines())
        .anyMatch(line -> line.startsWith("A /usr/sbin/nginx  "))
        .anyMatch(line -> line.startsWith("D /usr/bin/busybox  "))
        .anyMatch(line -> line.startsWith("A package nginx  "));
    JsonNode json = json("template", "diff", "--format", "json", "busybox", "nginx");
    assertThat(json.get("paths").size())
        .isEqualTo(
            json.get("added").asInt() + json.get("changed").asInt() + json.get("removed").asInt());
    assertRefused(reg.run("template", "diff", "python"), "two templates");
  }

  @Test
  void sizeComparesWithImages() throws IOException {
    Reg here = reg.in(Fixture.project());
    Files.writeString(
        here.project().resolve("images.json"),
        "{\"python\": {\"image\": 1000000000, \"disk\": 2000000000, \"packages\": [\"python3\"]}}");
    JsonNode json =
        new JsonMapper()
            .readTree(
                here.run(
                        "template", "size", "--images", "images.json", "--format", "json", "python")
                    .succeeded()
                    .out());
    long bytes = json.get("bytesWithRequired").asLong();
    assertThat(bytes).isBetween(10_000_000L, 500_000_000L);
    assertThat(json.at("/image/smaller").asDouble()).isEqualTo(1 - bytes / 1e9);
    long kinds =
        json.get("kinds").valueStream().mapToLong(each -> each.get("bytes").asLong()).sum();
    assertThat(kinds).isEqualTo(json.get("bytes").asLong());
    assertThat(here.run("template", "size", "--images", "images.json").succeeded().lines())
        .anyMatch(line -> line.startsWith("python@") && line.endsWith(" %"))
        .anyMatch(line -> line.startsWith("busybox@") && line.endsWith("-"));
    for (String wrong : List.of("{", "[]", "{\"a\": 1}", "{\"a\": {\"image\": 0, \"disk\": 1}}")) {
      Files.writeString(here.project().resolve("wrong.json"), wrong);
      assertRefused(here.run("template", "size", "--images", "wrong.json"), "bench/images");
    }
  }

  @Test
  void theBillOfMaterialsIsOfWhatAContainerHas() {
    String bill = out("template", "sbom", "busybox");
    assertThat(out("template", "sbom", "busybox")).isEqualTo(bill);
    JsonNode json = new JsonMapper().readTree(bill);
    assertThat(json.get("spdxVersion").asString()).isEqualTo("SPDX-2.3");
    String sum =
        json.get("files")
            .valueStream()
            .filter(each -> each.get("fileName").asString().equals("./usr/bin/busybox"))
            .map(each -> each.at("/checksums/0/checksumValue").asString())
            .findFirst()
            .orElseThrow();
    assertThat(out("run", "--rm", "--no-project", "-t", "busybox", "sha1sum", "/usr/bin/busybox"))
        .startsWith(sum);
    assertThat(json.get("packages").valueStream().map(each -> each.get("name").asString()))
        .containsExactlyInAnyOrder("busybox", "busybox-static");
    assertThat(json.at("/packages/1/externalRefs/0/referenceLocator").asString())
        .startsWith("pkg:deb/debian/busybox-static@1%3A1.");
  }

  @Test
  void scannersSeeThePackagesAlsoOfTemplatesThatShareSome() {
    String both =
        out(
            "run",
            "--rm",
            "--no-project",
            "-t",
            "nginx",
            "-t",
            "python",
            "--",
            "python3",
            "-c",
            "print(open('/var/lib/dpkg/status.d/libc6').read(),"
                + " open('/var/lib/dpkg/status.d/nginx').read())");
    assertThat(both.lines())
        .contains("Package: libc6", "Status: install ok installed", "Source: glibc")
        .anyMatch(line -> line.startsWith("Version: 2."))
        .anyMatch(line -> line.endsWith("Package: nginx"));
  }

  @Test
  void whatWasWrittenByHandHasNone() throws IOException {
    try (Reg own = Fixture.own()) {
      Files.writeString(own.project().resolve("x"), "x\n");
      Files.writeString(
          own.project().resolve("t.yaml"), "name: hand\nversion: 1\nfiles: {x: /opt/x}\n");
      own.run("template", "build", "./t.yaml").succeeded();
      assertThat(own.run("template", "why", "/opt/x").succeeded().out())
          .contains("hand@1", "written by hand");
      assertThat(own.run("template", "sbom", "hand").succeeded().out()).contains("./opt/x");
      assertThat(own.run("template", "tree", "hand").succeeded().out()).contains("of no package");
    }
  }

  @Test
  void aMemberOfTheGroupMayRead() throws IOException {
    try (Reg own = Fixture.own()) {
      Users users = Users.of(own, GROUP);
      own.run("ps").succeeded();
      Reg member = users.as(MEMBER);
      for (List<String> words :
          List.of(
              List.of("why", "/usr/bin/busybox"),
              List.of("tree", "python"),
              List.of("diff", "busybox", "python"),
              List.of("size"),
              List.of("sbom", "busybox"))) {
        String[] command =
            Stream.concat(Stream.of("template"), words.stream()).toArray(String[]::new);
        assertThat(member.run(command).succeeded().out()).isNotEmpty();
      }
    }
  }
}
