package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SelectionTest {
  @TempDir private Path temp;

  @AfterEach
  void deleteTree() throws Exception {
    Builder.delete(temp.resolve("staging"));
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
}
