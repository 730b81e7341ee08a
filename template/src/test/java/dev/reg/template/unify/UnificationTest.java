package dev.reg.template.unify;

import static dev.reg.template.unify.Templates.LIB;
import static dev.reg.template.unify.Templates.object;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.template.Template;
import dev.reg.template.TemplateLib;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnificationTest {
  private final Templates templates = new Templates();

  private static List<String> moved(Plan plan) {
    return plan.moves().stream()
        .map(
            move ->
                move.template() + " " + move.path() + " " + move.newPath() + " " + move.origin())
        .toList();
  }

  private static String why(Plan plan, String template) {
    return plan.stays().stream()
        .filter(stay -> stay.template().equals(template))
        .map(Stay::reason)
        .findFirst()
        .orElse("nothing");
  }

  /** libz in two builds, of which the second has a version more. */
  private void twoBuilds() {
    templates.elf("z1").soname("libz.so.1").defines("libz.so.1", "Z_1");
    templates.elf("z2").soname("libz.so.1").defines("libz.so.1", "Z_1", "Z_2");
    templates.elf("old").needs("libz.so.1", "Z_1");
    templates.elf("new").needs("libz.so.1", "Z_2");
    templates.template(
        "a@1",
        "/usr/bin/a=old",
        LIB + "libz.so.1.2=z1",
        LIB + "libz.so.1->libz.so.1.2",
        LIB + "libz.so->libz.so.1");
    templates.template(
        "b@1", "/usr/bin/b=new", LIB + "libz.so.1.3=z2", LIB + "libz.so.1->libz.so.1.3");
  }

  @Test
  void readsNothingWhereNothingDiffers() throws Exception {
    templates.elf("z1").soname("libz.so.1").defines("Z_1");
    templates.template("a@1", LIB + "libz.so.1=z1");
    templates.template("b@1", LIB + "libz.so.1=z1", "/usr/lib/jvm/lib/libz.so.1=other");
    assertThat(templates.plan()).isEqualTo(Plan.NOTHING);
    assertThat(templates.read).isZero();
  }

  @Test
  void takesTheBuildThatDefinesMoreWithItsNameAndLinks() throws Exception {
    twoBuilds();
    Plan plan = templates.plan();
    assertThat(moved(plan))
        .containsExactly("a@1 " + LIB + "libz.so.1.2 " + LIB + "libz.so.1.3 b@1");
    assertThat(plan.stays()).isEmpty();
    Template after = Rewrite.apply(templates.get("a@1"), plan.moves());
    assertThat(after.libs())
        .containsExactly(
            new TemplateLib(
                "libz@1", LIB + "libz.so.1.3", object("z2").digest(), object("z2").mode()));
    assertThat(after.links())
        .containsEntry(LIB + "libz.so.1", "libz.so.1.3")
        .containsEntry(LIB + "libz.so", "libz.so.1");
  }

  @Test
  void goesByTheVersionsOfThePackageFirst() throws Exception {
    twoBuilds();
    // Fewer symbol versions, but the newer package: epochs and revisions count.
    templates.comesFrom("a@1", LIB + "libz.so.1.2", "zlib1g", "1:1.2-9");
    templates.comesFrom("b@1", LIB + "libz.so.1.3", "zlib1g", "1:1.2-10~rc1");
    assertThat(moved(templates.plan())).hasSize(1).first().asString().startsWith("a@1");
    templates.comesFrom("a@1", LIB + "libz.so.1.2", "zlib1g", "2:1.0-1");
    Plan plan = templates.plan();
    assertThat(plan.moves()).isEmpty();
    assertThat(why(plan, "b@1"))
        .isEqualTo(
            "/usr/bin/b of b@1 needs version Z_2 of libz.so.1, which "
                + LIB
                + "libz.so.1.2 of a@1 does not have");
  }

  @Test
  void leavesWhatNobodyCanOrder() throws Exception {
    templates.elf("z1").soname("libz.so.1").defines("Z_1", "Z_A");
    templates.elf("z2").soname("libz.so.1").defines("Z_1", "Z_B");
    templates.template("a@1", LIB + "libz.so.1=z1");
    templates.template("b@1", LIB + "libz.so.1=z2");
    templates.comesFrom("a@1", LIB + "libz.so.1", "zlib1g", "1-1");
    templates.comesFrom("b@1", LIB + "libz.so.1", "libz-ng", "2-1");
    Plan plan = templates.plan();
    assertThat(plan.moves()).isEmpty();
    assertThat(why(plan, "a@1")).startsWith("nobody can tell which is the newer build");
    assertThat(why(plan, "b@1")).startsWith("nobody can tell which is the newer build");
  }

  @Test
  void comparesOnlyTheSameAbiMachineAndPlace() throws Exception {
    templates.elf("z1").soname("libz.so.1").defines("Z_1");
    templates.elf("z2").soname("libz.so.1").defines("Z_1", "Z_2").machine(3);
    templates.elf("j1").soname("libjvm.so").defines("J");
    templates.elf("j2").soname("libjvm.so").defines("J", "K");
    templates.template("a@1", LIB + "libz.so.1=z1", LIB + "libjvm.so=j1");
    templates.template("b@1", "/usr/lib/i386-linux-gnu/libz.so.1=z2", LIB + "libjvm.so=j2");
    templates.template("c@1", "/usr/lib/postgresql/15/lib/libz.so.1=z3");
    assertThat(templates.plan()).isEqualTo(Plan.NOTHING);
  }

  @Test
  void anUnversionedLibraryHasToDefineAllThatTheOldOneDid() throws Exception {
    templates.elf("x1").soname("libx.so.1").exports("f", "g", "h");
    templates.elf("x2").soname("libx.so.1").exports("f", "new");
    templates.template("a@1", LIB + "libx.so.1=x1");
    templates.template("b@1", LIB + "libx.so.1=x2");
    templates.comesFrom("a@1", LIB + "libx.so.1", "libx1", "1-1");
    templates.comesFrom("b@1", LIB + "libx.so.1", "libx1", "1-2");
    assertThat(why(templates.plan(), "a@1"))
        .isEqualTo(
            LIB + "libx.so.1 of b@1 does not define g and 1 more symbols of " + LIB + "libx.so.1");
    templates.elf("x2").soname("libx.so.1").exports("f", "g", "h", "new");
    assertThat(templates.plan().moves()).hasSize(1);
  }

  /** Too many of them, or a damaged table. */
  @Test
  void anUnversionedLibraryWhoseSymbolsNobodyCanReadStays() throws Exception {
    templates.elf("x1").soname("libx.so.1").unreadable();
    templates.elf("x2").soname("libx.so.1").exports("f");
    templates.template("a@1", LIB + "libx.so.1=x1");
    templates.template("b@1", LIB + "libx.so.1=x2");
    templates.comesFrom("a@1", LIB + "libx.so.1", "libx1", "1-1");
    templates.comesFrom("b@1", LIB + "libx.so.1", "libx1", "1-2");
    assertThat(why(templates.plan(), "a@1"))
        .isEqualTo("which symbols " + LIB + "libx.so.1 defines cannot be read");
    templates.elf("x1").soname("libx.so.1").exports("f");
    templates.elf("x3").soname("libx.so.1").unreadable();
    templates.template("c@1", LIB + "libx.so.1=x3");
    templates.comesFrom("c@1", LIB + "libx.so.1", "libx1", "1-3");
    assertThat(why(templates.plan(), "a@1"))
        .isEqualTo("which symbols " + LIB + "libx.so.1 of c@1 defines cannot be read");
  }

  @Test
  void aVersionedOneToo() throws Exception {
    templates.elf("x1").soname("libx.so.1").defines("X_1").exports("f", "g");
    templates.elf("x2").soname("libx.so.1").defines("X_1", "X_2").exports("f");
    templates.template("a@1", LIB + "libx.so.1=x1");
    templates.template("b@1", LIB + "libx.so.1=x2");
    assertThat(why(templates.plan(), "a@1"))
        .isEqualTo(LIB + "libx.so.1 of b@1 does not define g of " + LIB + "libx.so.1");
    templates.elf("x2").soname("libx.so.1").defines("X_1", "X_2").exports("f", "g");
    assertThat(templates.plan().moves()).hasSize(1);
  }

  /** Whoever made it may say that it is the newest of all. */
  @Test
  void whatIsForeignTakesAndDoesNotGive() throws Exception {
    twoBuilds();
    templates.elf("z3").soname("libz.so.1").defines("libz.so.1", "Z_1", "Z_2", "Z_3");
    templates.template("image@1", LIB + "libz.so.1=z3");
    templates.template("old@1", LIB + "libz.so.1=z1");
    templates.foreign.addAll(List.of("image@1", "old@1"));
    assertThat(moved(templates.plan()))
        .containsExactly(
            "a@1 " + LIB + "libz.so.1.2 " + LIB + "libz.so.1.3 b@1",
            "old@1 " + LIB + "libz.so.1 " + LIB + "libz.so.1 image@1");
    // Nor does it say how new the same file of another is.
    templates.comesFrom("a@1", LIB + "libz.so.1.2", "zlib1g", "1:1.2-9");
    templates.comesFrom("b@1", LIB + "libz.so.1.3", "zlib1g", "1:1.2-10");
    templates.comesFrom("old@1", LIB + "libz.so.1", "zlib1g", "99:1-1");
    assertThat(moved(templates.plan()))
        .contains("a@1 " + LIB + "libz.so.1.2 " + LIB + "libz.so.1.3 b@1")
        .noneMatch(move -> move.startsWith("b@1"));
  }

  @Test
  void whatIsWithheldStaysAndTheOthersDoNot() throws Exception {
    twoBuilds();
    templates.template("c@1", LIB + "libz.so.1=z1");
    templates.withheld.put("a@1", "because");
    Plan plan = templates.plan();
    assertThat(why(plan, "a@1")).isEqualTo("because");
    assertThat(moved(plan)).containsExactly("c@1 " + LIB + "libz.so.1 " + LIB + "libz.so.1 b@1");
  }

  @Test
  void theNewBuildNeedsWhatItNeeds() throws Exception {
    templates.elf("s1").soname("libs.so.3").defines("S_1").needs("libc1.so.3", "C_1");
    templates.elf("s2").soname("libs.so.3").defines("S_1", "S_2").needs("libc1.so.3", "C_2");
    templates.elf("c1").soname("libc1.so.3").defines("C_1");
    templates.elf("c2").soname("libc1.so.3").defines("C_1", "C_2");
    templates.template("a@1", LIB + "libs.so.3=s1", LIB + "libc1.so.3=c1");
    templates.template("b@1", LIB + "libs.so.3=s2", LIB + "libc1.so.3=c2");
    // Both together can.
    assertThat(moved(templates.plan())).hasSize(2);
    // Something needs a version that the new libc1 lost: it stays, and then so does libs.
    templates.elf("c2").soname("libc1.so.3").defines("C_2", "C_3");
    templates.elf("p").needs("libc1.so.3", "C_1");
    templates.template("a@1", "/usr/bin/p=p", LIB + "libs.so.3=s1", LIB + "libc1.so.3=c1");
    templates.comesFrom("a@1", LIB + "libc1.so.3", "libc1", "1");
    templates.comesFrom("b@1", LIB + "libc1.so.3", "libc1", "2");
    Plan plan = templates.plan();
    assertThat(plan.moves()).isEmpty();
    assertThat(plan.stays().stream().map(Stay::reason))
        .containsExactlyInAnyOrder(
            "/usr/bin/p of a@1 needs version C_1 of libc1.so.3, which "
                + LIB
                + "libc1.so.3 of b@1 does not have",
            LIB
                + "libs.so.3 of a@1 needs version C_2 of libc1.so.3, which "
                + LIB
                + "libc1.so.3 of a@1 does not have");
  }

  @Test
  void theNewBuildFindsNoLibraryItNeeds() throws Exception {
    twoBuilds();
    templates.elf("z2").soname("libz.so.1").defines("Z_1", "Z_2").needs("libzstd.so.1");
    assertThat(why(templates.plan(), "a@1"))
        .isEqualTo(
            "the newer build, " + LIB + "libz.so.1.3, needs libzstd.so.1, which is not there");
  }

  @Test
  void usersInTemplatesThatRequireItCount() throws Exception {
    templates.elf("z1").soname("libz.so.1").defines("Z_0", "Z_1");
    templates.elf("z2").soname("libz.so.1").defines("Z_1");
    templates.elf("user").needs("libz.so.1", "Z_0");
    templates.template("base@1", LIB + "libz.so.1=z1");
    templates.template("top@1", List.of("base@1"), "/usr/bin/top=user");
    templates.template("b@1", LIB + "libz.so.1=z2");
    templates.comesFrom("base@1", LIB + "libz.so.1", "zlib1g", "1");
    templates.comesFrom("b@1", LIB + "libz.so.1", "zlib1g", "2");
    Plan plan = templates.plan();
    assertThat(plan.moves()).isEmpty();
    assertThat(why(plan, "base@1")).contains("/usr/bin/top of top@1 needs version Z_0");
  }

  @Test
  void templatesOfOneClosureGoTogether() throws Exception {
    twoBuilds();
    // Its second program keeps the library of "top" as it is, so that of "a" has to stay, too.
    templates.elf("strange").needs("libz.so.1", "Z_OLD");
    templates.elf("z1").soname("libz.so.1").defines("Z_1", "Z_OLD");
    templates.comesFrom("a@1", LIB + "libz.so.1.2", "zlib1g", "1");
    templates.comesFrom("b@1", LIB + "libz.so.1.3", "zlib1g", "2");
    templates.template(
        "top@1",
        List.of("a@1"),
        "/usr/bin/top=strange",
        LIB + "libz.so.1.2=z1",
        LIB + "libz.so.1->libz.so.1.2");
    templates.comesFrom("top@1", LIB + "libz.so.1.2", "zlib1g", "1");
    Plan plan = templates.plan();
    assertThat(plan.moves()).isEmpty();
    assertThat(plan.stays().stream().map(Stay::template)).containsExactly("a@1", "top@1");
  }

  @Test
  void buildsForBetterProcessorsGoWithThePlainOne() throws Exception {
    String better = LIB + "glibc-hwcaps/x86-64-v3/";
    twoBuilds();
    templates.elf("z1v3").soname("libz.so.1").defines("Z_1");
    templates.template("a@1", LIB + "libz.so.1=z1", better + "libz.so.1=z1v3", "/usr/bin/a=old");
    assertThat(why(templates.plan(), "a@1"))
        .isEqualTo("the build of b@1 has no counterpart of " + better + "libz.so.1");
    templates.elf("z2v3").soname("libz.so.1").defines("Z_1", "Z_2");
    templates.template("b@1", LIB + "libz.so.1=z2", better + "libz.so.1=z2v3", "/usr/bin/b=new");
    assertThat(moved(templates.plan()))
        .containsExactlyInAnyOrder(
            "a@1 " + LIB + "libz.so.1 " + LIB + "libz.so.1 b@1",
            "a@1 " + better + "libz.so.1 " + better + "libz.so.1 b@1");
  }

  @Test
  void theNewestOfManyIsTaken() throws Exception {
    templates.elf("z1").soname("libz.so.1").defines("Z_1");
    templates.elf("z2").soname("libz.so.1").defines("Z_1", "Z_2");
    templates.elf("z3").soname("libz.so.1").defines("Z_1", "Z_2", "Z_3");
    for (int i = 1; i <= 3; i++) {
      templates.template("t" + i + "@1", LIB + "libz.so.1=z" + i);
    }
    assertThat(templates.plan().moves())
        .extracting(Move::template, Move::origin)
        .containsExactly(
            org.assertj.core.api.Assertions.tuple("t1@1", "t3@1"),
            org.assertj.core.api.Assertions.tuple("t2@1", "t3@1"));
  }
}
