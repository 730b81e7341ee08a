package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.template.elf.LoaderClosure.Because;
import dev.reg.template.elf.LoaderClosure.How;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules of ld.so(8), each on files made for it. */
class LoaderClosureTest {
  @TempDir Path directory;
  private Fixture fixture = new Fixture(Path.of("/"));
  private String lib = "";

  @BeforeEach
  void makeLoader() throws Exception {
    assumeTrue(Fixture.hasCompiler(), "this host has no compiler");
    fixture = new Fixture(directory);
    fixture.library("/lib64/ld.so", "-Wl,-soname,ld.so");
    lib = "/usr/lib/" + SearchPath.triplet(ElfFile.read(directory.resolve("lib64/ld.so")));
  }

  private static Because because(LoaderClosure.Result result, String path) {
    return result.libs().stream()
        .filter(found -> found.path().equals(path))
        .map(LoaderClosure.Found::because)
        .findFirst()
        .orElseThrow();
  }

  private String soname(String name) throws Exception {
    fixture.library("/stub/" + name, "-Wl,-soname," + name);
    return "%s/stub/" + name;
  }

  @Test
  void takesTheInterpreterAndReportsLinks() throws Exception {
    fixture.library(lib + "/libz.so.1.2.13", "-Wl,-soname,libz.so.1");
    fixture.symlink(lib + "/libz.so.1", "libz.so.1.2.13");
    fixture.program("/usr/bin/p", "%s" + lib + "/libz.so.1.2.13");
    fixture.symlink("/usr/bin/alias", "p");
    fixture.symlink("/bin", "usr/bin");
    LoaderClosure.Result result = fixture.resolve("/bin/p");
    assertThat(result.problems()).isEmpty();
    assertThat(result.libs())
        .containsExactly(
            new LoaderClosure.Found(
                "ld.so",
                "/lib64/ld.so",
                new Because("/usr/bin/p", How.INTERPRETER, "/lib64/ld.so")),
            new LoaderClosure.Found(
                "libz.so.1",
                lib + "/libz.so.1.2.13",
                new Because("/usr/bin/p", How.NEEDED, "libz.so.1")));
    assertThat(result.links()).isEqualTo(Map.of(lib + "/libz.so.1", "libz.so.1.2.13"));
    LoaderClosure.Result through = fixture.resolve("/usr/bin/alias");
    assertThat(because(through, "/usr/bin/p"))
        .isEqualTo(new Because("/usr/bin/alias", How.LINK, "/usr/bin/p"));
    assertThat(through.links()).containsEntry("/usr/bin/alias", "p");
  }

  @Test
  void namesWhatIsMissingAndWhoNeedsIt() throws Exception {
    fixture.library(lib + "/liba.so", "-Wl,-soname,liba.so", soname("libgone.so.3"));
    fixture.program("/usr/bin/p", "%s" + lib + "/liba.so");
    assertThat(fixture.resolve("/usr/bin/p", "/usr/bin/q").problems())
        .containsExactly(
            "there is no file /usr/bin/q",
            lib + "/liba.so needs the library libgone.so.3, which is missing");
    Files.delete(directory.resolve("lib64/ld.so"));
    assertThat(fixture.resolve("/usr/bin/p").problems())
        .contains("/usr/bin/p needs the program interpreter /lib64/ld.so, which is missing");
  }

  @Test
  void aLibraryNeedsAnotherThatItsProgramHasLoadedByPath() throws Exception {
    fixture.library("/opt/server/libjvm.so", "-Wl,-soname,libjvm.so");
    fixture.library("/opt/libjava.so", "-Wl,-soname,libjava.so", "%s/opt/server/libjvm.so");
    fixture.program("/usr/bin/p", "%s/opt/server/libjvm.so");
    assertThat(fixture.resolve("/opt/libjava.so").problems())
        .containsExactly("/opt/libjava.so needs the library libjvm.so, which is missing");
    LoaderClosure.Result both = fixture.resolve("/opt/libjava.so", "/opt/server/libjvm.so");
    assertThat(both.problems()).isEmpty();
    assertThat(both.libs()).isEmpty();
    assertThat(fixture.resolve("/usr/bin/p", "/opt/server/libjvm.so").problems())
        .containsExactly("/usr/bin/p needs the library libjvm.so, which is missing");
  }

  @Test
  void searchesRunpathOnlyForItsOwner() throws Exception {
    fixture.library("/opt/b/libb.so", "-Wl,-soname,libb.so");
    fixture.library("/opt/a/liba.so", "-Wl,-soname,liba.so", "%s/opt/b/libb.so");
    fixture.program(
        "/usr/bin/runpath", "-Wl,--enable-new-dtags,-rpath,/opt/a:/opt/b", "%s/opt/a/liba.so");
    fixture.program(
        "/usr/bin/rpath", "-Wl,--disable-new-dtags,-rpath,/opt/a:/opt/b", "%s/opt/a/liba.so");
    assertThat(fixture.resolve("/usr/bin/runpath").problems())
        .containsExactly("/opt/a/liba.so needs the library libb.so, which is missing");
    LoaderClosure.Result rpath = fixture.resolve("/usr/bin/rpath");
    assertThat(rpath.problems()).isEmpty();
    assertThat(Fixture.paths(rpath))
        .containsExactly("/lib64/ld.so", "/opt/a/liba.so", "/opt/b/libb.so");
  }

  @Test
  void ignoresTheChainsRpathForAnObjectWithRunpath() throws Exception {
    fixture.library("/opt/b/libb.so", "-Wl,-soname,libb.so");
    fixture.library(
        "/opt/a/liba.so",
        "-Wl,-soname,liba.so,--enable-new-dtags,-rpath,/nowhere",
        "%s/opt/b/libb.so");
    fixture.program(
        "/usr/bin/p", "-Wl,--disable-new-dtags,-rpath,/opt/a:/opt/b", "%s/opt/a/liba.so");
    assertThat(fixture.resolve("/usr/bin/p").problems())
        .containsExactly("/opt/a/liba.so needs the library libb.so, which is missing");
  }

  @Test
  void expandsTokens() throws Exception {
    fixture.library("/opt/x/lib/liba.so", "-Wl,-soname,liba.so");
    fixture.program("/opt/x/bin/p", "-Wl,-rpath,$ORIGIN/../lib", "%s/opt/x/lib/liba.so");
    fixture.program("/opt/y/bin/q", "-Wl,-rpath,/opt/y/${LIB}", soname("libl.so"));
    fixture.library("/opt/y/" + lib.substring("/usr/".length()) + "/libl.so");
    LoaderClosure.Result result = fixture.resolve("/opt/x/bin/p", "/opt/y/bin/q");
    assertThat(result.problems()).isEmpty();
    assertThat(Fixture.paths(result)).contains("/opt/x/lib/liba.so");
  }

  @Test
  void passesOverAnotherMachine() throws Exception {
    fixture.library(lib + "/liba.so", "-Wl,-soname,liba.so");
    fixture.program("/usr/bin/p", "-Wl,-rpath,/opt/other", "%s" + lib + "/liba.so");
    byte[] other = Files.readAllBytes(directory.resolve(lib.substring(1)).resolve("liba.so"));
    other[18] = (byte) (other[18] == 62 ? 183 : 62);
    Files.createDirectories(directory.resolve("opt/other"));
    Files.write(directory.resolve("opt/other/liba.so"), other);
    LoaderClosure.Result result = fixture.resolve("/usr/bin/p");
    assertThat(result.problems()).isEmpty();
    assertThat(Fixture.paths(result)).containsExactly("/lib64/ld.so", lib + "/liba.so");
  }

  @Test
  void bindsANameOnceByItsSoname() throws Exception {
    fixture.library("/opt/one/libone.so.9", "-Wl,-soname,libc1.so");
    fixture.library(lib + "/libc1.so", "-Wl,-soname,libc1.so");
    fixture.library(lib + "/libuser.so", "-Wl,-soname,libuser.so", soname("libc1.so"));
    fixture.symlink("/opt/one/libc1.so", "libone.so.9");
    fixture.program(
        "/usr/bin/p", "-Wl,-rpath,/opt/one", "%s/opt/one/libone.so.9", "%s" + lib + "/libuser.so");
    LoaderClosure.Result result = fixture.resolve("/usr/bin/p");
    assertThat(result.problems()).isEmpty();
    assertThat(Fixture.paths(result))
        .containsExactly("/lib64/ld.so", "/opt/one/libone.so.9", lib + "/libuser.so");
  }

  @Test
  void readsLdSoConfWithIncludes() throws Exception {
    fixture.file("/etc/ld.so.conf", "# first\ninclude /etc/ld.so.conf.d/*.conf\n");
    fixture.file("/etc/ld.so.conf.d/a.conf", "/opt/conf\n/opt/other # why\n");
    fixture.file("/etc/ld.so.conf.d/.hidden.conf", "/opt/hidden\n");
    fixture.library("/opt/conf/liba.so", "-Wl,-soname,liba.so");
    fixture.library("/opt/hidden/libh.so", "-Wl,-soname,libh.so");
    fixture.program("/usr/bin/p", "%s/opt/conf/liba.so", "%s/opt/hidden/libh.so");
    LoaderClosure.Result result = fixture.resolve("/usr/bin/p");
    assertThat(Fixture.paths(result)).containsExactly("/lib64/ld.so", "/opt/conf/liba.so");
    assertThat(result.problems())
        .containsExactly("/usr/bin/p needs the library libh.so, which is missing");
  }

  @Test
  void keepsTheVariantsForBetterProcessors() throws Exception {
    String variant = lib + "/glibc-hwcaps/x86-64-v3/liba.so";
    fixture.library(lib + "/liba.so", "-Wl,-soname,liba.so");
    fixture.library(lib + "/libextra.so", "-Wl,-soname,libextra.so");
    fixture.library(variant, "-Wl,-soname,liba.so", "%s" + lib + "/libextra.so");
    fixture.program("/usr/bin/p", "%s" + lib + "/liba.so");
    LoaderClosure.Result result = fixture.resolve("/usr/bin/p");
    assertThat(Fixture.paths(result))
        .containsExactly("/lib64/ld.so", variant, lib + "/liba.so", lib + "/libextra.so");
    assertThat(because(result, variant))
        .isEqualTo(new Because("/usr/bin/p", How.VARIANT, "liba.so"));
    assertThat(because(result, lib + "/libextra.so"))
        .isEqualTo(new Because(variant, How.NEEDED, "libextra.so"));
  }

  @Test
  void endsWhereLibrariesNeedEachOther() throws Exception {
    fixture.library(lib + "/libb.so", "-Wl,-soname,libb.so", soname("liba.so"));
    fixture.library(lib + "/liba.so", "-Wl,-soname,liba.so", "%s" + lib + "/libb.so");
    fixture.library(lib + "/libself.so", "-Wl,-soname,libself.so", soname("libself.so"));
    fixture.program("/usr/bin/p", "%s" + lib + "/liba.so", "%s" + lib + "/libself.so");
    LoaderClosure.Result result = fixture.resolve("/usr/bin/p");
    assertThat(result.problems()).isEmpty();
    assertThat(Fixture.paths(result))
        .containsExactly("/lib64/ld.so", lib + "/liba.so", lib + "/libb.so", lib + "/libself.so");
  }

  @Test
  void passesOverPathsThatLeadRoundInACircle() throws Exception {
    fixture.symlink("/opt/loop", "round");
    fixture.symlink("/opt/round", "loop");
    fixture.symlink("/opt/here", ".");
    fixture.symlink("/opt/a/liba.so", "liba.so");
    fixture.library(lib + "/liba.so", "-Wl,-soname,liba.so");
    fixture.library("/opt/b/libb.so", "-Wl,-soname,libb.so");
    fixture.program(
        "/usr/bin/p",
        "-Wl,-rpath,/opt/loop/x:/opt/a:/opt/here/here/here/b",
        "%s" + lib + "/liba.so",
        "%s/opt/b/libb.so");
    LoaderClosure.Result result = fixture.resolve("/usr/bin/p");
    assertThat(result.problems()).isEmpty();
    assertThat(Fixture.paths(result))
        .containsExactly("/lib64/ld.so", "/opt/b/libb.so", lib + "/liba.so");
  }

  @Test
  void wantsEverySymbolVersion() throws Exception {
    fixture.file("/v1", "V1 { f; };\n");
    fixture.file("/v2", "V1 { f; }; V2 { g; } V1;\n");
    String code = "int f(void) { return 1; } int g(void) { return 2; }";
    List<String> shared = List.of("-shared", "-fPIC", "-Wl,-soname,liba.so,--version-script,%s/v2");
    fixture.link(lib + "/liba.so", code, shared);
    fixture.link(
        "/usr/bin/p",
        "int g(void); int _start(void) { return g(); }",
        List.of("-Wl,--dynamic-linker=/lib64/ld.so", "%s" + lib + "/liba.so"));
    assertThat(fixture.resolve("/usr/bin/p").problems()).isEmpty();
    fixture.link(
        lib + "/liba.so",
        "int f(void) { return 1; }",
        List.of("-shared", "-fPIC", "-Wl,-soname,liba.so,--version-script,%s/v1"));
    assertThat(fixture.resolve("/usr/bin/p").problems())
        .containsExactly(
            "/usr/bin/p needs version V2 of liba.so, which " + lib + "/liba.so does not have");
    fixture.library(lib + "/liba.so", "-Wl,-soname,liba.so");
    assertThat(fixture.resolve("/usr/bin/p").problems())
        .as("a library without versions is taken for any")
        .isEmpty();
  }

  @Test
  void followsDlopenNotesAndTheUnwinder() throws Exception {
    String note =
        "[{\"soname\":[\"libno.so\",\"libd.so.1\"],\"feature\":\"d\",\"priority\":\"required\"},"
            + "{\"soname\":[\"libgone.so\"],\"priority\":\"recommended\"},"
            + "{\"soname\":[\"libmust.so\"],\"priority\":\"required\"}]";
    String bytes = note.replace("\"", "\\\"");
    String code =
        """
        const struct { unsigned n, d, t; char name[4]; char text[(sizeof "%1$s" + 3) & ~3]; }
        note __attribute__((section(".note.dlopen,\\"a\\",@note#"), used, aligned(4))) = { 4, sizeof "%1$s", 0x407c0c0a, "FDO", "%1$s" };
        """;
    fixture.link(
        lib + "/libc.so.6",
        code.replace("%1$s", bytes),
        List.of("-shared", "-fPIC", "-Wl,-soname,libc.so.6"));
    fixture.library(lib + "/libd.so.1", "-Wl,-soname,libd.so.1");
    fixture.library(lib + "/libgcc_s.so.1", "-Wl,-soname,libgcc_s.so.1");
    fixture.program("/usr/bin/p", "%s" + lib + "/libc.so.6");
    LoaderClosure.Result result = fixture.resolve("/usr/bin/p");
    for (String name : List.of("libd.so.1", "libgcc_s.so.1")) {
      assertThat(because(result, lib + "/" + name))
          .isEqualTo(new Because(lib + "/libc.so.6", How.DLOPEN, name));
    }
    assertThat(result.problems())
        .containsExactly(lib + "/libc.so.6 loads libmust.so by name, which is missing");
  }

  @Test
  void followsScriptsToTheirPrograms() throws Exception {
    fixture.program("/usr/bin/python3.11");
    fixture.symlink("/usr/bin/python3", "python3.11");
    fixture.program("/usr/bin/env");
    fixture.script("/usr/bin/wrapper", "#!/usr/bin/python3\n");
    fixture.script("/usr/bin/a", "#!/usr/bin/env python3\n");
    fixture.script("/usr/bin/b", "#! /usr/bin/wrapper -x\n");
    fixture.script("/usr/bin/c", "#!/usr/bin/env -S A=1 python3 -x\n");
    fixture.script("/usr/bin/bad", "#!/opt/gone arg\n");
    fixture.script("/usr/bin/worse", "#!/usr/bin/env perl\n");
    fixture.file("/usr/bin/data", "#!/opt/nobody\n");
    Map<String, Because> expected =
        Map.of(
            "/usr/bin/a", new Because("/usr/bin/a", How.SHEBANG, "python3"),
            "/usr/bin/b", new Because("/usr/bin/wrapper", How.SHEBANG, "/usr/bin/python3"),
            "/usr/bin/c", new Because("/usr/bin/c", How.SHEBANG, "python3"));
    for (String script : expected.keySet()) {
      LoaderClosure.Result result = fixture.resolve(script);
      assertThat(result.problems()).isEmpty();
      assertThat(Fixture.paths(result)).contains("/usr/bin/python3.11", "/lib64/ld.so");
      assertThat(because(result, "/usr/bin/python3.11")).isEqualTo(expected.get(script));
      assertThat(result.links()).containsEntry("/usr/bin/python3", "python3.11");
    }
    assertThat(fixture.resolve("/usr/bin/bad", "/usr/bin/worse", "/usr/bin/data").problems())
        .containsExactly(
            "/usr/bin/bad needs the interpreter /opt/gone, which is missing",
            "/usr/bin/worse needs the program perl, which is missing");
  }

  @Test
  void neverLeavesTheRoot() throws Exception {
    fixture.program("/usr/bin/p", soname("liba.so"));
    fixture.symlink(lib + "/liba.so", "/../../../../../../../../usr/lib/liba.real");
    fixture.library("/usr/lib/liba.real", "-Wl,-soname,liba.so");
    LoaderClosure.Result result = fixture.resolve("/usr/bin/p");
    assertThat(result.problems()).isEmpty();
    assertThat(Fixture.paths(result)).contains("/usr/lib/liba.real");
    fixture.symlink("/usr/bin/host", "/etc/passwd");
    fixture.symlink("/usr/bin/loop", "loop");
    assertThat(fixture.resolve("/usr/bin/host", "/usr/bin/loop").problems())
        .containsExactly("there is no file /usr/bin/host", "there is no file /usr/bin/loop");
  }

  @Test
  void tellsOfDamagedFiles() throws Exception {
    fixture.library(lib + "/liba.so", "-Wl,-soname,liba.so");
    fixture.program("/usr/bin/p", "%s" + lib + "/liba.so");
    fixture.file(lib + "/liba.so", "INPUT(-la)\n");
    assertThat(fixture.resolve("/usr/bin/p").problems())
        .containsExactly(
            "/usr/bin/p would load "
                + lib
                + "/liba.so, which is not a sound ELF file: it does not begin as an ELF file",
            "/usr/bin/p needs the library liba.so, which is missing");
  }
}
