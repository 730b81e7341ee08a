package dev.reg.template.unify;

import static dev.reg.template.unify.Templates.LIB;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The files of glibc come from one build. */
class GlibcTest {
  private final Templates templates = new Templates();

  @BeforeEach
  void twoBuilds() {
    for (int i = 1; i <= 2; i++) {
      String[] versions =
          i == 1
              ? new String[] {"GLIBC_2.36", "GLIBC_PRIVATE"}
              : new String[] {"GLIBC_2.36", "GLIBC_2.37", "GLIBC_PRIVATE"};
      templates.elf("ld" + i).soname("ld-linux-x86-64.so.2").defines(versions);
      templates
          .elf("c" + i)
          .soname("libc.so.6")
          .defines(versions)
          .needs("ld-linux-x86-64.so.2", "GLIBC_PRIVATE");
      templates.elf("m" + i).soname("libm.so.6").defines(versions).needs("libc.so.6", "GLIBC_2.36");
      templates.elf("gconv" + i).soname("UTF-16.so").needs("libc.so.6", "GLIBC_PRIVATE");
      templates.elf("iconv" + i).needs("libc.so.6", "GLIBC_PRIVATE");
    }
    templates.elf("program").needs("libc.so.6", "GLIBC_2.36");
  }

  private void old(String... more) {
    List<String> entries =
        new java.util.ArrayList<>(
            List.of(
                "/usr/bin/a=program",
                LIB + "ld-linux-x86-64.so.2=ld1",
                LIB + "libc.so.6=c1",
                "/usr/lib64/ld-linux-x86-64.so.2->../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"));
    entries.addAll(List.of(more));
    templates.template("old@1", entries.toArray(String[]::new));
  }

  private void fresh(String... more) {
    List<String> entries =
        new java.util.ArrayList<>(List.of(LIB + "ld-linux-x86-64.so.2=ld2", LIB + "libc.so.6=c2"));
    entries.addAll(List.of(more));
    templates.template("new@1", entries.toArray(String[]::new));
  }

  @Test
  void allFilesMove() throws Exception {
    old(LIB + "libm.so.6=m1", LIB + "gconv/UTF-16.so=gconv1");
    fresh(LIB + "libm.so.6=m2", LIB + "gconv/UTF-16.so=gconv2");
    Plan plan = templates.plan();
    assertThat(plan.stays()).isEmpty();
    assertThat(plan.moves())
        .extracting(Move::path)
        .containsExactly(
            LIB + "gconv/UTF-16.so",
            LIB + "ld-linux-x86-64.so.2",
            LIB + "libc.so.6",
            LIB + "libm.so.6");
    assertThat(plan.moves()).extracting(Move::library).containsOnly("glibc");
  }

  @Test
  void aMemberThatTheNewBuildLacksKeepsAll() throws Exception {
    old(LIB + "libm.so.6=m1");
    fresh();
    Plan plan = templates.plan();
    assertThat(plan.moves()).isEmpty();
    assertThat(plan.stays()).hasSize(1);
    assertThat(plan.stays().getFirst().reason())
        .isEqualTo(
            "the build of new@1 has no counterpart of "
                + LIB
                + "libm.so.6, and glibc's files come from one build");
  }

  @Test
  void membersMayComeFromSeveralTemplatesWithThatBuild() throws Exception {
    old(LIB + "libm.so.6=m1");
    fresh();
    templates.template("maths@1", LIB + "libc.so.6=c2", LIB + "libm.so.6=m2");
    assertThat(templates.plan().moves())
        .filteredOn(move -> move.path().endsWith("libm.so.6"))
        .extracting(Move::origin)
        .containsExactly("maths@1");
  }

  @Test
  void aModuleThatTheNewBuildLacksKeepsAll() throws Exception {
    old(LIB + "gconv/UTF-16.so=gconv1");
    fresh();
    assertThat(templates.plan().stays().getFirst().reason())
        .contains("has no counterpart of " + LIB + "gconv/UTF-16.so");
  }

  @Test
  void whatUsesPrivateInterfacesKeepsAll() throws Exception {
    old("/usr/bin/iconv=iconv1");
    fresh();
    assertThat(templates.plan().moves()).isEmpty();
    fresh("/usr/bin/iconv=iconv2");
    assertThat(templates.plan().moves()).extracting(Move::path).contains("/usr/bin/iconv");
  }

  @Test
  void whatNeedsAVersionThatIsGoneKeepsAll() throws Exception {
    old(LIB + "libm.so.6=m1", "/usr/bin/b=strange");
    fresh(LIB + "libm.so.6=m2");
    templates.elf("strange").needs("libm.so.6", "GLIBC_2.2.5");
    templates.elf("m1").soname("libm.so.6").defines("GLIBC_2.2.5", "GLIBC_2.36");
    Plan plan = templates.plan();
    assertThat(plan.moves()).isEmpty();
    assertThat(plan.stays().getFirst().reason())
        .isEqualTo(
            "/usr/bin/b of old@1 needs version GLIBC_2.2.5 of libm.so.6, which "
                + LIB
                + "libm.so.6 of new@1 does not have");
  }

  @Test
  void partsInTemplatesOfOneClosureMoveTogether() throws Exception {
    old();
    templates.template("top@1", List.of("old@1"), LIB + "libm.so.6=m1");
    fresh();
    // The build has no libm: nothing of "top" can move, so nothing of "old" may.
    assertThat(templates.plan().moves()).isEmpty();
    fresh(LIB + "libm.so.6=m2");
    assertThat(templates.plan().moves()).extracting(Move::template).contains("old@1", "top@1");
  }
}
