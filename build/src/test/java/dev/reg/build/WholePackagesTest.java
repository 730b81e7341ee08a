package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.Trees;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of packages is taken when nobody wrote a recipe; the programs here are scripts. */
final class WholePackagesTest {
  @TempDir private Path temp;
  private PackageTree tree;
  private final List<PackageControl> controls = new ArrayList<>();

  @BeforeEach
  void makeTree() throws Exception {
    tree = new PackageTree(temp.resolve("staging"));
  }

  @AfterEach
  void deleteTree() throws Exception {
    Trees.deleteIfThere(temp.resolve("staging"));
  }

  private void control(String name, String... fields) {
    controls.add(PackageControl.parse(name, String.join("\n", fields), ""));
  }

  private void file(String origin, String path, String content) throws Exception {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    tree.file(origin, path, 0755, new ByteArrayInputStream(bytes));
  }

  private WholePackages.Result grow(String... names) throws Exception {
    return new WholePackages(tree, new PackageGraph(tree, controls), List.of(names)).grow();
  }

  /** Stands for an interpreter: an ELF file that needs no other. */
  private void interpreter(String origin, String path) throws Exception {
    byte[] elf = Files.readAllBytes(Path.of("src/test/resources/fuzz/elf/library"));
    tree.file(origin, path, 0755, new ByteArrayInputStream(elf));
  }

  private void shell() throws Exception {
    control("dash");
    interpreter("dash", "/usr/bin/dash");
    tree.link("dash", "/usr/bin/sh", "dash");
    file("dash", "/usr/share/doc/dash/copyright", "x");
  }

  @Test
  void takesAllProgramsOfWhatWasNamedAndNoDocumentation() throws Exception {
    control("tool", "Depends: data (>= 1) | other, helper");
    file("tool", "/usr/bin/tool", "x");
    file("tool", "/usr/sbin/toold", "x");
    file("tool", "/usr/lib/tool/part", "x");
    tree.directory("tool", "/var/lib/tool");
    tree.directory("tool", "/usr/share/man");
    tree.directory("tool", "/run/tool");
    file("tool", "/usr/share/doc/tool/README", "x");
    file("tool", "/usr/share/man/man1/tool.1", "x");
    file("tool", "/usr/share/locale/de/tool.mo", "x");
    file("tool", "/usr/lib/systemd/system/tool.service", "x");
    control("data", "Depends: more");
    file("data", "/usr/share/tool/data", "x");
    control("more");
    file("more", "/etc/more.conf", "x");
    control("helper");
    file("helper", "/usr/bin/helper", "x");
    file("helper", "/usr/share/helper/data", "x");

    WholePackages.Result result = grow("tool");

    assertThat(result.paths())
        .containsExactly(
            "/etc/more.conf",
            "/usr/bin/tool",
            "/usr/lib/tool/part",
            "/usr/sbin/toold",
            "/usr/share/tool/data");
    assertThat(result.programs()).containsExactly("/usr/bin/tool", "/usr/sbin/toold");
    assertThat(result.directories()).containsExactly("/var/lib/tool");
    assertThat(result.notes()).isEmpty();
  }

  @Test
  void aPackageOfDocumentationAloneStandsForWhatItDependsOn() throws Exception {
    control("meta", "Depends: virtual");
    file("meta", "/usr/share/doc/meta/copyright", "x");
    control("real", "Provides: virtual (= 1)");
    file("real", "/usr/bin/real", "x");

    assertThat(grow("meta").programs()).containsExactly("/usr/bin/real");
  }

  @Test
  void aShellScriptBringsItsShellAndTheProgramsItNames() throws Exception {
    shell();
    control("tool", "Depends: helper");
    file("tool", "/usr/bin/tool", "#!/bin/sh\n# never comment\n. part; helper --run | cut-it\n");
    file("tool", "/usr/bin/part", "second \"$1\"\n");
    control("helper");
    file("helper", "/usr/bin/helper", "x");
    file("helper", "/usr/bin/unused", "x");
    file("helper", "/usr/share/helper/data", "x");
    control("else");
    for (String program : List.of("cut-it", "second", "never", "comment")) {
      file("else", "/usr/bin/" + program, "x");
    }

    WholePackages.Result result = grow("tool");

    assertThat(result.paths())
        .containsExactly(
            "/usr/bin/cut-it",
            "/usr/bin/dash",
            "/usr/bin/helper",
            "/usr/bin/part",
            "/usr/bin/second",
            "/usr/bin/sh",
            "/usr/bin/tool",
            "/usr/share/helper/data");
    assertThat(result.libraries()).isEmpty();
  }

  @Test
  void anInterpreterBringsTheModulesThatAreDependedUpon() throws Exception {
    control("tool", "Depends: perl:any, ucf");
    file("tool", "/usr/bin/tool", "#!/usr/bin/perl\n");
    control("perl-base");
    interpreter("perl-base", "/usr/bin/perl");
    control("perl", "Depends: perl-base, perl-modules, libperl");
    file("perl", "/usr/bin/perldoc", "x");
    control("perl-modules");
    file("perl-modules", "/usr/share/perl/5/Text.pm", "x");
    file("perl-modules", "/usr/share/perl/5/perlfaq.pod", "x");
    control("libperl");
    file("libperl", "/usr/lib/x86_64-linux-gnu/libperl.so.5", "x");
    file("libperl", "/usr/lib/x86_64-linux-gnu/perl/5/Fast.pm", "x");
    control("ucf", "Depends: debconf");
    file("ucf", "/usr/bin/ucf", "x");
    control("debconf");
    file("debconf", "/usr/share/perl5/Debconf.pm", "x");

    assertThat(grow("tool").paths())
        .containsExactly(
            "/usr/bin/perl",
            "/usr/bin/tool",
            "/usr/lib/x86_64-linux-gnu/perl/5/Fast.pm",
            "/usr/share/perl/5/Text.pm");
  }

  @Test
  void aLibraryThatIsDependedUponAndThatNobodyLoadsIsOpenedByName() throws Exception {
    control("tool", "Depends: libplug1");
    file("tool", "/usr/bin/tool", "x");
    control("libplug1");
    file("libplug1", "/usr/lib/x86_64-linux-gnu/libplug.so.1.2", "x");
    tree.link("libplug1", "/usr/lib/x86_64-linux-gnu/libplug.so.1", "libplug.so.1.2");

    assertThat(grow("tool").paths())
        .containsExactly(
            "/usr/bin/tool",
            "/usr/lib/x86_64-linux-gnu/libplug.so.1",
            "/usr/lib/x86_64-linux-gnu/libplug.so.1.2");
  }

  @Test
  void whatCouldNotRunIsLeftOutAndSaid() throws Exception {
    control("tool");
    file("tool", "/usr/bin/tool", "x");
    file("tool", "/usr/bin/extra", "#!/usr/bin/wish\n");
    tree.link("tool", "/usr/bin/again", "extra");
    tree.link("tool", "/usr/bin/gone", "/etc/alternatives/gone");
    tree.link("tool", "/usr/share/tool/README", "../doc/tool/README");
    file("tool", "/usr/share/doc/tool/README", "x");

    WholePackages.Result result = grow("tool");

    assertThat(result.paths()).containsExactly("/usr/bin/tool");
    assertThat(result.notes())
        .containsExactly(
            "left out: /usr/bin/extra needs the interpreter /usr/bin/wish, which is missing");
  }

  @Test
  void aModuleThatBeginsAsAScriptOfAnotherPlaceIsKept() throws Exception {
    control("tool");
    file("tool", "/usr/lib/python3.11/cgi.py", "#! /usr/local/bin/python\n");

    WholePackages.Result result = grow("tool");

    assertThat(result.paths()).containsExactly("/usr/lib/python3.11/cgi.py");
    assertThat(result.notes()).isEmpty();
  }

  @Test
  void aProgramBringsWhatItNamesOfThePackagesItsOwnDependsOn() throws Exception {
    control("compiler", "Depends: front-end");
    file("compiler", "/usr/bin/compile", TinyElf.TEXT + "run cc1 -E; link\0other");
    control("front-end", "Depends: other");
    file("front-end", "/usr/lib/compiler/cc1", TinyElf.TEXT);
    file("front-end", "/usr/lib/compiler/table", "x");
    file("front-end", "/usr/bin/unused", TinyElf.TEXT);
    control("other");
    file("other", "/usr/bin/other", TinyElf.TEXT);

    assertThat(grow("compiler").paths())
        .containsExactly("/usr/bin/compile", "/usr/lib/compiler/cc1", "/usr/lib/compiler/table");
  }

  @Test
  void aDamagedProgramIsLeftOut() throws Exception {
    control("tool");
    file("tool", "/usr/bin/tool", "x");
    file("tool", "/usr/bin/damaged", "\u007fELF\0harmless\0");

    WholePackages.Result result = grow("tool");

    assertThat(result.paths()).containsExactly("/usr/bin/tool");
    assertThat(result.notes()).singleElement().asString().contains("/usr/bin/damaged");
  }

  @Test
  void aProgramShowsByItsStringsThatItRunsCommands() throws Exception {
    assertThat(Contents.strings(write("a\0subsystem\0b"), List.of("system", "popen")))
        .containsExactly("system");
    assertThat(Contents.strings(write("a\0systems\0popen"), List.of("system", "popen"))).isEmpty();
  }

  private Path write(String text) throws Exception {
    return Files.writeString(temp.resolve("strings"), text);
  }
}
