package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Templates that no recipe of the catalog makes, traced on what they were made of. */
class OwnRecipeTest {
  private static final String OUTSIDE = "/usr/share/doc/busybox-static/copyright";
  private static final String MINE =
      """
      version: {package: busybox-static}
      packages: [busybox-static]
      include: {bins: [/usr/bin/busybox]}
      links: {/usr/bin/cat: busybox}
      """;

  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.own();
  }

  @AfterAll
  static void close() {
    reg.close();
  }

  private static Reg.Result build(String name, String text) throws IOException {
    Path file = reg.root.resolve(name + ".yaml");
    Files.writeString(file, "name: " + name + "\n" + text);
    return reg.run("template", "build", file.toString());
  }

  private static Reg.Result trace(String template, String... command) {
    String[] words = new String[5 + command.length];
    System.arraycopy(
        new String[] {"trace", "-t" + template, "--no-project", "--strict", "--"}, 0, words, 0, 5);
    System.arraycopy(command, 0, words, 5, command.length);
    return reg.run(words);
  }

  @Test
  void itsPackagesLieUnderneathWhenItIsTraced() throws IOException {
    String gap = MINE + "level: trace\ntrace: [cat " + OUTSIDE + "]\n";
    Reg.Result refused = build("gap", gap);
    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.err())
        .contains("cannot store gap@", "opened what it leaves out: " + OUTSIDE)
        .contains("(busybox-static)");
    // What it requires has packages, too, and other ones.
    Reg.Result requiring = build("gap", gap.replace("level", "requires: [python]\nlevel"));
    assertThat(requiring.code()).isEqualTo(125);
    assertThat(requiring.err()).contains("opened what it leaves out: " + OUTSIDE);
    assertThat(build("shown", MINE + "level: trace\ntrace: [busybox true]\n").succeeded().out())
        .startsWith("shown@");
    Reg.Result later = trace("shown", "cat", OUTSIDE);
    assertThat(later.code()).isEqualTo(125);
    assertThat(later.err()).contains("  outside: " + OUTSIDE + " (busybox-static)\n");
    assertThat(trace("shown", "busybox", "true").succeeded().err()).contains("0 outside");
    reg.run("template", "remove", "shown").succeeded();
  }

  @Test
  void whatPackagesMadeIsTracedOnThem() throws IOException {
    reg.run("template", "build", "--from-deb", "busybox-static", "--name", "deb").succeeded();
    Reg.Result result = trace("deb", "busybox", "cat", OUTSIDE);
    assertThat(result.code()).isEqualTo(125);
    assertThat(result.err()).contains("  outside: " + OUTSIDE + " (busybox-static)\n");
    reg.run("template", "remove", "deb").succeeded();
  }

  /** Of these nobody knows what they leave out, whatever else lies underneath. */
  @Test
  void whatNeitherPackagesNorARecipeMadeIsNotTraced() throws IOException {
    reg.run("template", "build", "--from-host", "/usr/bin/true", "--name", "hosted").succeeded();
    Files.writeString(reg.root.resolve("data"), "x");
    build("hand", "version: 1\nrequires: [busybox]\nfiles: {data: /usr/share/data}\n").succeeded();
    build("bare", "version: 1\nrequires: [busybox]\n").succeeded();
    Reg.Result hosted = trace("hosted", "true");
    assertThat(hosted.code()).isEqualTo(125);
    assertThat(hosted.err())
        .hasLineCount(1)
        .startsWith("reg: cannot trace hosted@")
        .contains(": it was made of a program of a machine, so nobody knows what it leaves out; ");
    Reg.Result hand = trace("hand", "busybox", "true");
    assertThat(hand.code()).isEqualTo(125);
    assertThat(hand.err()).startsWith("reg: cannot trace hand@1: it was written by hand, so ");
    assertThat(trace("bare", "busybox", "true").succeeded().err()).contains("0 outside");
    for (String name : new String[] {"hosted", "hand", "bare"}) {
      reg.run("template", "remove", name).succeeded();
    }
  }

  /** Where the good one is, there stays the good one. */
  @Test
  void oneThatRequiresItselfIsRefused() throws IOException {
    build("mine", MINE).succeeded();
    Reg.Result refused = build("mine", MINE + "requires: [mine]\n");
    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.err()).contains("line 6: requires[0] names the template itself");
    assertThat(reg.run("run", "--rm", "--no-project", "-tmine", "busybox", "echo", "42").out())
        .isEqualTo("42\n");
    reg.run("template", "remove", "mine").succeeded();
  }
}
