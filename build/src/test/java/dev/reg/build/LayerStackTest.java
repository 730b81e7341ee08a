package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.build.LayerStack.Entry;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LayerStackTest {
  @TempDir private Path directory;
  private Path contents;
  private LayerStack stack;

  @BeforeEach
  void makeStack() throws IOException {
    // What leaves it is found beside it.
    contents = Files.createDirectory(directory.resolve("contents"));
    stack = new LayerStack(contents);
  }

  private void apply(Tar tar) throws Exception {
    stack.apply(new ByteArrayInputStream(tar.bytes()));
  }

  private String content(String path) throws IOException {
    return Files.readString(Objects.requireNonNull(stack.content(path), path));
  }

  private String target(String path) {
    return ((Entry.Link) Objects.requireNonNull(stack.entries().get(path), path)).target();
  }

  private static Tar base() throws IOException {
    return new Tar()
        .directory("etc/")
        .file("etc/a", 0644, "a")
        .file("etc/b", 0600, "b")
        .file("etc/d/c", 0644, "c")
        .file("etc/d/e/f", 0644, "f");
  }

  @Test
  void laterLayersReplaceAndAdd() throws Exception {
    apply(base());
    apply(new Tar().file("etc/a", 0755, "new").file("etc/d", 0644, "no directory any more"));

    assertThat(content("/etc/a")).isEqualTo("new");
    assertThat(content("/etc/d")).isEqualTo("no directory any more");
    assertThat(stack.entries()).containsOnlyKeys("/etc", "/etc/a", "/etc/b", "/etc/d");
    assertThat(stack.entries().get("/etc/b")).matches(e -> ((Entry.File) e).mode() == 0600);
  }

  @Test
  void aWhiteoutRemovesWhatIsBelowAndNeverWhatIsBeside() throws Exception {
    apply(base());
    apply(
        new Tar()
            .file("etc/.wh.a", 0644, "")
            .file("etc/d/new", 0644, "n")
            .file("etc/.wh.d", 0, ""));
    assertThat(stack.entries()).containsOnlyKeys("/etc", "/etc/b", "/etc/d", "/etc/d/new");

    apply(
        new Tar().file("etc/d/e/again", 0644, "x").file(".wh.none", 0, "").file(".wh.etc", 0, ""));
    assertThat(stack.entries()).containsOnlyKeys("/etc", "/etc/d", "/etc/d/e", "/etc/d/e/again");

    apply(new Tar().file(".wh.etc", 0, ""));
    assertThat(stack.entries()).isEmpty();
  }

  @Test
  void anOpaqueDirectoryHasOnlyWhatItsOwnLayerBrings() throws Exception {
    for (boolean first : new boolean[] {true, false}) {
      stack = new LayerStack(Files.createDirectory(contents.resolve("opaque" + first)));
      apply(base());
      Tar second = new Tar();
      if (first) {
        second.file("etc/d/.wh..wh..opq", 0, "");
      }
      second.directory("etc/d/").file("etc/d/new", 0644, "n");
      if (!first) {
        second.file("etc/d/.wh..wh..opq", 0, "");
      }
      apply(second.file("etc/.wh..wh.plnk", 0, ""));
      assertThat(stack.entries())
          .containsOnlyKeys("/etc", "/etc/a", "/etc/b", "/etc/d", "/etc/d/new");
    }
  }

  @Test
  void hardLinksReachIntoLowerLayersAndStayWhatTheyWere() throws Exception {
    apply(base());
    apply(new Tar().hardLink("etc/g", "etc/a").file("etc/.wh.a", 0, ""));
    apply(new Tar().file("etc/h", 0644, "h").hardLink("usr/i", "etc/h"));

    assertThat(content("/etc/g")).isEqualTo("a");
    assertThat(content("/usr/i")).isEqualTo("h");
    assertThat(stack.entries()).doesNotContainKey("/etc/a");
  }

  @Test
  void directoriesThatAreLinksAreFollowedWithinTheImage() throws Exception {
    apply(new Tar().link("var/run", "../../../run").link("in", "/data/./x").directory("data/x/"));
    apply(new Tar().file("var/run/pid", 0644, "1").file("in/file", 0644, "2"));
    apply(new Tar().file("in/.wh.file", 0, ""));

    assertThat(content("/run/pid")).isEqualTo("1");
    assertThat(stack.entries()).doesNotContainKeys("/var/run/pid", "/data/x/file");
  }

  @Test
  void mergesUsrWhereTheImageHasItsDirectoriesApart() throws Exception {
    apply(
        new Tar()
            .file("bin/tool", 0755, "t")
            .link("bin/up", "../usr/share/up")
            .link("usr/bin/beside", "../share/up")
            .link("usr/bin/tool", "/bin/tool")
            .link("sbin/twin", "../usr/sbin/twin")
            .file("usr/sbin/twin", 0755, "twin"));
    apply(new Tar().link("lib", "usr/lib").file("lib/x", 0644, "x"));

    assertThat(content("/usr/bin/tool")).isEqualTo("t");
    assertThat(content("/usr/sbin/twin")).isEqualTo("twin");
    assertThat(content("/usr/lib/x")).isEqualTo("x");
    assertThat(target("/usr/bin/up")).isEqualTo("/usr/share/up");
    assertThat(target("/usr/bin/beside")).isEqualTo("../share/up");
  }

  @Test
  void passesOverTheDevicesOfAWholeSystem() throws Exception {
    apply(new Tar().special("dev/null", TarConstants.LF_CHR).file("x", 0644, "x"));

    assertThat(stack.entries()).containsKey("/x").doesNotContainKey("/dev/null");
  }

  @Test
  void knowsWhoseADirectoryWas() throws Exception {
    apply(new Tar().owned("var/db/", 02775, 999).owned("var/tmp/", 01777, 0));

    assertThat(stack.entries().get("/var/db")).isEqualTo(new Entry.Directory(1, 0775, true));
    assertThat(stack.entries().get("/var/tmp")).isEqualTo(new Entry.Directory(1, 01777, false));
  }

  private void refused(Tar tar, String why) {
    assertThatThrownBy(() -> apply(tar))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("layer ")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../x", "a/../../x", "/etc/x", "a//b", ".wh...", "a/.wh...", "etc/.wh./x", ".wh."})
  void refusesAPathOutOfTheImage(String path) throws Exception {
    refused(new Tar().file(path, 0644, "x"), "'");
    assertThat(contents.resolveSibling("x")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(bytes = {TarConstants.LF_CHR, TarConstants.LF_BLK, TarConstants.LF_FIFO, 'x' + 1})
  void refusesDevicesElsewhere(byte type) throws Exception {
    refused(new Tar().special("etc/device", type), "is neither file, directory nor link");
  }

  @Test
  void refusesWhatContradictsItself() throws Exception {
    refused(new Tar().file("a", 0644, "1").file("a", 0644, "2"), "'/a' is there twice");
    refused(new Tar().file("b", 0644, "1").directory("b/"), "'/b' is there twice");
    refused(new Tar().file("c", 0644, "1").file("c/d", 0644, "2"), "lies below '/c', a file");
    refused(new Tar().file("d/e", 0644, "1").file("d", 0644, "2"), "'/d' is there twice");
    refused(new Tar().file("bin/f", 0644, "1").file("usr/bin/f", 0644, "2"), "is there twice");
    refused(new Tar().hardLink("g", "../../etc/shadow"), "must be normalised");
    refused(new Tar().hardLink("h", "/etc/shadow"), "is absolute");
    refused(new Tar().hardLink("i", "none"), "which is no file of it");
    refused(new Tar().link("j", "k").link("k", "j").file("j/x", 0644, "x"), "a loop of links");
    refused(new Tar().link("bin", "/elsewhere"), "is a link to '/elsewhere'");
    assertThat(stack.content("/j")).isNull();
  }

  @Test
  void refusesATruncatedLayer() throws Exception {
    byte[] whole = new Tar().file("x", 0644, "x".repeat(5_000)).bytes();

    assertThatThrownBy(() -> stack.apply(new ByteArrayInputStream(Arrays.copyOf(whole, 2_000))))
        .isInstanceOf(IOException.class);
  }
}
