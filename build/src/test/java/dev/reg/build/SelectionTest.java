package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import dev.reg.store.Trees;
import dev.reg.template.Execution;
import dev.reg.template.Level;
import dev.reg.template.Template;
import dev.reg.template.TemplateFile;
import dev.reg.template.TemplateWriter;
import dev.reg.template.Version;
import dev.reg.template.elf.LoaderClosure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SelectionTest {
  @TempDir private Path temp;

  @AfterEach
  void deleteTree() throws Exception {
    Trees.deleteIfThere(temp.resolve("staging"));
  }

  private static String[] paths(Selection selection) {
    return Stream.concat(selection.files().keySet().stream(), selection.links().keySet().stream())
        .toArray(String[]::new);
  }

  /** The host's own true(1) needs a library, which no package here has. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "include: {bins: [/usr/bin/x]}",
        "include: {bins: [/usr/lib/p/true]}",
        "include: {data: [/etc/p]}\nlinks: {/usr/bin/y: ../lib/p/true}",
      })
  void whatALinkLeadsToBringsWhatItLoads(String files) throws Exception {
    PackageTree tree = new PackageTree(temp.resolve("staging"));
    try (InputStream program = Files.newInputStream(Path.of("/usr/bin/true"))) {
      tree.file("p", "/usr/lib/p/true", 0755, program);
    }
    tree.file("p", "/etc/p", 0644, InputStream.nullInputStream());
    tree.link("p", "/usr/bin/x", "../lib/p/true");
    String recipe = "name: a\nversion: {package: p}\npackages: [p]\n" + files;
    Selection selection =
        Selection.of(RecipeReader.read("a", recipe.getBytes(StandardCharsets.UTF_8)), tree);
    assertThat(selection.files()).containsKey("/usr/lib/p/true");
    assertThat(selection.reasons()).containsOnlyKeys(paths(selection));
    assertThat(selection.problems())
        .contains("/usr/lib/p/true needs the library libc.so.6, which is missing");
  }

  /** All of them: the template may be used on another machine than the one that builds it. */
  @ParameterizedTest
  @ValueSource(strings = {"x86-64-v2", "x86-64-v3", "x86-64-v4", "of-tomorrow"})
  void aLibrarysVariantsForBetterProcessorsAreKept(String processor) throws Exception {
    String lib = "/usr/lib/x86_64-linux-gnu";
    String variant = lib + "/glibc-hwcaps/" + processor + "/libx.so.1";
    Path library = temp.resolve("libx.so.1");
    compile(library, "-shared", "-fPIC", "-Wl,-soname,libx.so.1");
    Path program = temp.resolve("p");
    compile(program, library.toString());
    PackageTree tree = new PackageTree(temp.resolve("staging"));
    file(tree, "/usr/bin/p", program);
    file(tree, lib + "/libx.so.1", library);
    file(tree, variant, library);
    file(tree, lib + "/glibc-hwcaps/" + processor + "/libother.so.1", library);
    String recipe = "name: a\nversion: {package: p}\npackages: [p]\ninclude: {bins: [/usr/bin/p]}";
    Selection selection =
        Selection.of(RecipeReader.read("a", recipe.getBytes(StandardCharsets.UTF_8)), tree);
    assertThat(selection.files()).containsOnlyKeys("/usr/bin/p", lib + "/libx.so.1", variant);
    assertThat(selection.reasons()).containsKey(variant);
  }

  private static void file(PackageTree tree, String path, Path content) throws Exception {
    try (InputStream in = Files.newInputStream(content)) {
      tree.file("p", path, 0755, in);
    }
  }

  private static void compile(Path out, String... arguments) throws Exception {
    Path source = out.resolveSibling(out.getFileName() + ".c");
    Files.writeString(source, "int _start(void) { return 1; }");
    List<String> command = new ArrayList<>(List.of("gcc", "-nostdlib", "-Wl,--no-as-needed"));
    command.add(source.toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-o", out.toString()));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  private static void text(PackageTree tree, String path, int mode, String content)
      throws IOException, RegException {
    tree.file("p", path, mode, new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
  }

  private static Selection select(PackageTree tree, String rest) throws Exception {
    String recipe = "name: a\nversion: {package: p}\npackages: [p]\n" + rest;
    return Selection.of(RecipeReader.read("a", recipe.getBytes(StandardCharsets.UTF_8)), tree);
  }

  /** Such a file waits in memory, and is no program that a loader reads. */
  @Test
  void aLinkAmongTheProgramsMayLeadToDataBelowShare() throws Exception {
    PackageTree tree = new PackageTree(temp.resolve("staging"));
    text(tree, "/usr/share/x/x.py", 0644, "print(1)");
    tree.link("p", "/usr/bin/x", "../share/x/x.py");
    Selection selection = select(tree, "include: {bins: [/usr/bin/x]}");
    assertThat(selection.problems()).isEmpty();
    assertThat(selection.links()).containsOnlyKeys("/usr/bin/x");
    assertThat(selection.files()).containsOnlyKeys("/usr/share/x/x.py");
  }

  /** Directories there are not made on disk before something is in them. */
  @Test
  void waysLeadThroughDirectoriesBelowShare() throws Exception {
    Path library = temp.resolve("libx.so.1");
    compile(library, "-shared", "-fPIC", "-Wl,-soname,libx.so.1");
    Path program = temp.resolve("p");
    compile(program, library.toString(), "-Wl,-rpath,$ORIGIN/../share/x/../../lib/own");
    PackageTree tree = new PackageTree(temp.resolve("staging"));
    text(tree, "/usr/share/x/data", 0644, "small");
    file(tree, "/usr/lib/own/libx.so.1", library);
    file(tree, "/usr/bin/p", program);
    tree.link("p", "/usr/bin/y", "../share/x/../../lib/own/way");
    tree.link("p", "/usr/lib/own/way", "/usr/share/x/../../bin/p");
    Selection selection = select(tree, "include: {bins: [/usr/bin/y]}");
    assertThat(selection.problems())
        .containsExactly(
            "/usr/bin/p needs the program interpreter /lib64/ld-linux-x86-64.so.2, which is"
                + " missing");
    assertThat(selection.files()).containsOnlyKeys("/usr/bin/p", "/usr/lib/own/libx.so.1");
  }

  /** A template as the engine gives it to the builder. */
  private RequiredTemplates required(Map<String, Path> files, Map<String, String> links)
      throws Exception {
    Path given = Files.createDirectories(temp.resolve("required"));
    Files.createDirectories(given.resolve("templates"));
    Files.createDirectories(given.resolve("objects"));
    List<TemplateFile> all = new ArrayList<>();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      Digest digest = Digest.of(file.getValue());
      Files.copy(
          file.getValue(), given.resolve("objects").resolve(new ObjectId(digest, 0755).toString()));
      all.add(new TemplateFile("x" + all.size(), file.getKey(), digest, 0755));
    }
    Template base =
        new Template(
            "base",
            Version.parse("1"),
            List.of(),
            all,
            List.of(),
            new TreeMap<>(links),
            List.of(),
            Level.NONE,
            Execution.NONE);
    Files.write(given.resolve("templates/base"), TemplateWriter.write(base));
    return RequiredTemplates.read(temp);
  }

  /** The host's own true(1) loads what a required template has, and a package too. */
  @Test
  void whatIsRequiredIsNotBroughtAgain() throws Exception {
    LoaderClosure.Result host = new LoaderClosure(Path.of("/")).resolve(List.of("/usr/bin/true"));
    PackageTree tree = new PackageTree(temp.resolve("staging"));
    Map<String, Path> files = new TreeMap<>();
    files.put("/usr/bin/x", Path.of("/usr/bin/true"));
    for (LoaderClosure.Found lib : host.libs()) {
      files.put(Paths.merged(lib.path()), Path.of(lib.path()));
    }
    for (Map.Entry<String, Path> file : files.entrySet()) {
      try (InputStream content = Files.newInputStream(file.getValue())) {
        tree.file("p", file.getKey(), 0755, content);
      }
    }
    Map<String, String> links = new TreeMap<>();
    host.links().forEach((path, target) -> links.put(Paths.merged(path), target));
    files.remove("/usr/bin/x");
    files.put("/usr/bin/env", Files.writeString(temp.resolve("env"), TinyElf.TEXT));
    files.put("/usr/share/same", Files.writeString(temp.resolve("same"), "same"));
    files.put("/usr/share/other", Files.writeString(temp.resolve("other"), "theirs"));
    text(tree, "/usr/bin/s", 0755, "#!/usr/bin/env x\n");
    text(tree, "/usr/bin/env", 0755, "another");
    text(tree, "/usr/share/same", 0755, "same");
    text(tree, "/usr/share/other", 0755, "ours");
    tree.link("p", "/usr/share/way", "same");
    String rest = "include: {bins: [/usr/bin/s], data: [/usr/share/*]}\nlinks: {/usr/bin/y: env}\n";
    RequiredTemplates required = required(files, links);
    assertThat(required.templates()).containsExactly("base@1");
    tree.under(required);

    Selection selection = select(tree, rest);

    assertThat(selection.problems()).isEmpty();
    // Of two contents for one path the own one stays, for the engine to refuse.
    assertThat(selection.files()).containsOnlyKeys("/usr/bin/s", "/usr/bin/x", "/usr/share/other");
    assertThat(selection.links()).containsOnlyKeys("/usr/bin/y", "/usr/share/way");
    assertThat(selection.reasons()).containsOnlyKeys(paths(selection));
  }

  @Test
  void whatNothingRequiresIsBrought() throws Exception {
    PackageTree tree = new PackageTree(temp.resolve("staging"));
    text(tree, "/usr/bin/s", 0755, "#!/usr/bin/env x\n");
    text(tree, "/usr/bin/env", 0755, TinyElf.TEXT);
    text(tree, "/usr/bin/x", 0755, TinyElf.TEXT);
    assertThat(RequiredTemplates.read(temp).templates()).isEmpty();

    Selection selection = select(tree, "include: {bins: [/usr/bin/s]}\n");

    assertThat(selection.files()).containsOnlyKeys("/usr/bin/env", "/usr/bin/s", "/usr/bin/x");
  }
}
