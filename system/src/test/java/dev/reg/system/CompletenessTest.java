package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.Entry;
import dev.reg.store.Layout;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import dev.reg.store.Tree;
import dev.reg.template.Closure;
import dev.reg.template.Template;
import dev.reg.template.TemplateReader;
import dev.reg.template.complete.StaticCheck;
import dev.reg.template.elf.ElfFiles;
import dev.reg.template.elf.LoaderClosure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whatever is missing in a template is noticed, and told with the file that needs it. */
class CompletenessTest {
  /** Opened by name while programs run, for which no other file asks. */
  private static final String BY_NAME = ".*/(gconv|engines-3|nginx/modules|lib-dynload)/.*";

  static Template template(Reg reg, String name) throws Exception {
    try (Stream<Path> versions = Files.list(reg.root.resolve("templates").resolve(name))) {
      Path file = versions.findFirst().orElseThrow().resolve("template.yaml");
      return TemplateReader.read(name, Files.readAllBytes(file));
    }
  }

  private static Set<String> files(List<Entry> entries) {
    return entries.stream()
        .filter(Entry.File.class::isInstance)
        .map(Entry::path)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static StaticCheck check(List<Entry> entries, ObjectStore objects, ElfFiles elf)
      throws Exception {
    StaticCheck.Own own = new StaticCheck.Own(files(entries), Map.of(), Map.of());
    return new StaticCheck(Tree.of(entries), own, objects::path, elf, LoaderClosure.PATH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"python", "nginx"})
  void everyLibraryThatSomethingNeedsIsMissed(String name) throws Exception {
    Reg reg = Fixture.shared(name);
    ObjectStore objects = ObjectStore.open(Layout.at(reg.root));
    List<Entry> entries = Closure.entries(template(reg, name));
    ElfFiles elf = new ElfFiles();
    StaticCheck whole = check(entries, objects, elf);
    assertThat(whole.verdict().problems()).isEmpty();
    Set<String> dynamic = whole.dynamic().keySet();
    int missed = 0;
    List<String> unnoticed = new ArrayList<>();
    for (String path : dynamic) {
      List<Entry> rest = entries.stream().filter(entry -> !entry.path().equals(path)).toList();
      StaticCheck check = check(rest, objects, elf);
      if (check.verdict().isComplete()) {
        unnoticed.add(path);
      } else {
        missed++;
      }
    }
    System.out.printf(
        "%s: of %d dynamic files %d are missed by others, %d are roots that nobody asks for%n",
        name, dynamic.size(), missed, unnoticed.size());
    // Programs, and modules that programs open by a name they make up, are what the recipe asks
    // for.
    assertThat(unnoticed).allMatch(path -> path.matches("/usr/s?bin/.*") || path.matches(BY_NAME));
    assertThat(missed).isGreaterThan(5);
  }

  @Test
  void verifyTellsWhatIsWrong() throws Exception {
    try (Reg reg = Fixture.own("nginx")) {
      reg.run("run", "--rm", "--no-project", "-tbusybox", "true").succeeded();
      List<String> environments = environments(reg);
      Reg.Result before = reg.run("template", "verify", "nginx", "busybox");
      assertThat(environments(reg)).as("what the next run uses").isEqualTo(environments);
      assertThat(before.succeeded().out())
          .containsPattern(
              "(?m)^nginx@[0-9.]+: complete \\(loader; declared loader\\), [0-9]+ files")
          .containsPattern("(?m)^busybox@[0-9.]+: complete");
      Template template = template(reg, "nginx");
      ObjectStore objects = ObjectStore.open(Layout.at(reg.root));
      Path nginx =
          Closure.entries(template).stream()
              .filter(entry -> entry.path().equals("/usr/sbin/nginx"))
              .map(entry -> objects.path(((Entry.File) entry).object()))
              .findFirst()
              .orElseThrow();
      Files.write(nginx, new byte[] {1, 2, 3});
      Reg.Result changed = reg.run("template", "verify", "--format", "json", "nginx");
      assertThat(changed.code()).isEqualTo(1);
      JsonNode json = new JsonMapper().readTree(changed.out());
      assertThat(json.get("right").asBoolean()).isFalse();
      assertThat(json.get("damage").get(0).asString())
          .startsWith("/usr/sbin/nginx: ")
          .contains("has a content whose digest is");
      assertThat(reg.run("template", "verify", "busybox").code()).isZero();
    }
  }

  @Test
  void whatIsLessThanItDeclaresIsRefusedAndLeavesNothing() throws Exception {
    try (Reg reg = Fixture.own("nginx")) {
      Path directory = reg.project();
      ObjectStore objects = ObjectStore.open(Layout.at(reg.root));
      for (Entry entry : Closure.entries(template(reg, "nginx"))) {
        if (entry instanceof Entry.File(String path, ObjectId object)
            && path.equals("/usr/sbin/nginx")) {
          Files.copy(objects.path(object), directory.resolve("program"));
        }
      }
      String declared = "name: less\nversion: 1\nlevel: %s\nfiles: {program: /usr/bin/program}\n";
      Path file = directory.resolve("less.yaml");
      List<String> before = stored(reg);
      Files.writeString(file, declared.formatted("static"));
      Reg.Result refused = reg.run("template", "build", file.toString());
      assertThat(refused.code()).isEqualTo(125);
      assertThat(refused.err())
          .contains("cannot store less@1: it declares the level static and is not complete: ")
          .contains("/usr/bin/program needs the library libcrypt.so.1, which is missing");
      assertThat(stored(reg)).isEqualTo(before);
      Files.writeString(file, declared.formatted("trace"));
      assertThat(reg.run("template", "build", file.toString()).err())
          .contains("line 3: level trace needs commands under trace");
      Files.writeString(file, declared.formatted("trace") + "trace: [program]\n");
      assertThat(reg.run("template", "build", file.toString()).err())
          .contains("it declares the level trace and is not complete: ")
          .contains("/usr/bin/program needs the library libcrypt.so.1, which is missing");
      Files.writeString(
          file,
          "name: less\nversion: 1\nlevel: trace\nfiles: {less.yaml: /srv/x}\ntrace: [program]\n");
      assertThat(reg.run("template", "build", file.toString()).err())
          .containsPattern("cannot trace less@1: it was .*, so nobody knows what it leaves out");
      assertThat(stored(reg)).isEqualTo(before);
      Files.writeString(file, declared.formatted("none"));
      reg.run("template", "build", file.toString()).succeeded();
      Reg.Result verified = reg.run("template", "verify", "less");
      assertThat(verified.code()).isEqualTo(1);
      assertThat(verified.out()).startsWith("less@1: not complete\n").contains("libcrypt.so.1");
    }
  }

  private static List<String> environments(Reg reg) throws IOException {
    try (Stream<Path> all = Files.list(reg.root.resolve("environments"))) {
      return all.map(Path::toString).sorted().toList();
    }
  }

  private static List<String> stored(Reg reg) throws IOException {
    try (Stream<Path> all = Files.walk(reg.root.resolve("objects"))) {
      return all.map(Path::toString).sorted().toList();
    }
  }
}
