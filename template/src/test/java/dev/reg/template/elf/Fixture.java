package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A system root made with the host's compiler. */
final class Fixture {
  final Path root;

  Fixture(Path root) {
    this.root = root;
  }

  static boolean hasCompiler() {
    return Files.isExecutable(Path.of("/usr/bin/gcc"));
  }

  /** A library that exports a function called like the file, needing these within the root. */
  Path library(String path, String... arguments) throws Exception {
    return link(path, "int f(void) { return 1; }", list("-shared", "-fPIC", arguments));
  }

  Path program(String path, String... arguments) throws Exception {
    return link(
        path,
        "int _start(void) { return 1; }",
        list("-Wl,--dynamic-linker=/lib64/ld.so", "-Wl,--no-as-needed", arguments));
  }

  private static List<String> list(String first, String second, String... rest) {
    List<String> all = new ArrayList<>(List.of(first, second));
    all.addAll(List.of(rest));
    return all;
  }

  Path link(String path, String code, List<String> arguments) throws Exception {
    Path out = root.resolve(path.substring(1));
    Files.createDirectories(out.getParent());
    Path source = Files.createTempFile(root, "source", ".c");
    Files.writeString(source, code);
    List<String> command =
        new ArrayList<>(List.of("/usr/bin/gcc", "-nostdlib", "-Wl,--allow-shlib-undefined"));
    command.addAll(List.of("-Wl,--no-as-needed", source.toString()));
    for (String argument : arguments) {
      // %s is the root, for files to link against.
      command.add(argument.replace("%s", root.toString()));
    }
    command.addAll(List.of("-o", out.toString()));
    run(command);
    Files.delete(source);
    return out;
  }

  private static void run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  void file(String path, String content) throws IOException {
    Path file = root.resolve(path.substring(1));
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  void script(String path, String content) throws IOException {
    file(path, content);
    assertThat(root.resolve(path.substring(1)).toFile().setExecutable(true)).isTrue();
  }

  void symlink(String path, String target) throws IOException {
    Path link = root.resolve(path.substring(1));
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of(target));
  }

  LoaderClosure.Result resolve(String... roots) throws IOException {
    return new LoaderClosure(root).resolve(List.of(roots));
  }

  static List<String> paths(LoaderClosure.Result result) {
    return result.libs().stream().map(LoaderClosure.Found::path).toList();
  }
}
