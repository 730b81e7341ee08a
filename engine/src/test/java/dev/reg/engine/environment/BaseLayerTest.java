package dev.reg.engine.environment;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.Layout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseLayerTest {
  @TempDir Path directory;
  private Layout layout;
  private Path resolv;
  private Path hosts;

  @BeforeEach
  void host() throws IOException {
    layout = Layout.at(directory.resolve("root"));
    layout.create();
    resolv = Files.writeString(directory.resolve("resolv.conf"), "nameserver 10.0.0.1\n");
    hosts = Files.writeString(directory.resolve("hosts"), "127.0.0.1\tlocalhost\n10.0.0.2\tdb\n");
  }

  /** Before JUnit warns of the links out of the directory. */
  @AfterEach
  void clear() throws IOException {
    layer().clear();
  }

  private BaseLayer layer() {
    return new BaseLayer(layout, resolv, hosts);
  }

  private List<Path> generations() throws IOException {
    try (Stream<Path> all = Files.list(layout.bases())) {
      return all.toList();
    }
  }

  /** Looks until it is another one: what was looked at is good for a moment. */
  private static BaseLayer.Generation after(BaseLayer layer, BaseLayer.Generation before)
      throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    BaseLayer.Generation now = layer.current();
    while (now.equals(before) && System.nanoTime() < end) {
      Thread.onSpinWait();
      now = layer.current();
    }
    return now;
  }

  /** {@code mode path -> target} or {@code mode path}, and the text of each file. */
  private static String shown(Path top) throws IOException {
    StringBuilder text = new StringBuilder();
    try (Stream<Path> paths = Files.walk(top)) {
      for (Path path : paths.sorted().toList()) {
        int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
        String name = "/" + top.relativize(path);
        if (Files.isSymbolicLink(path)) {
          text.append("link ").append(name).append(" -> ").append(Files.readSymbolicLink(path));
        } else {
          text.append(Integer.toOctalString(mode)).append(' ').append(name);
        }
        text.append('\n');
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          Files.readString(path, ISO_8859_1).lines().forEach(l -> text.append("  | " + l + "\n"));
        }
      }
    }
    return text.toString();
  }

  @Test
  void isAsReviewed() throws Exception {
    try (InputStream in = BaseLayerTest.class.getResourceAsStream("/base-layer.txt")) {
      String golden = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
      assertThat(shown(layer().current().directory())).isEqualTo(golden);
    }
  }

  @Test
  void aContainersHostsAreTheHostsAndItsOwnName() throws Exception {
    assertThat(layer().current().hostsFor("lab-7"))
        .isEqualTo("127.0.0.1\tlocalhost\n10.0.0.2\tdb\n127.0.1.1\tlab-7\n");
    Files.writeString(hosts, "1.2.3.4 no-newline");
    assertThat(layer().current().hostsFor("x")).isEqualTo("1.2.3.4 no-newline\n127.0.1.1\tx\n");
    Files.delete(hosts);
    assertThat(layer().current().hostsFor("x")).startsWith("127.0.0.1\tlocalhost\n::1\t");
  }

  @Test
  void theSameHostHasTheSameGeneration() throws Exception {
    BaseLayer layer = layer();
    BaseLayer.Generation first = layer.current();
    assertThat(layer.current()).isEqualTo(first);
    assertThat(layer().current()).as("another engine's").isEqualTo(first);
    Files.writeString(resolv, Files.readString(resolv)); // another time, the same text
    assertThat(layer().current()).isEqualTo(first);
    assertThat(generations()).hasSize(1);
  }

  @Test
  void aChangeOfTheHostMakesANewGenerationBesideTheOld() throws Exception {
    BaseLayer layer = layer();
    BaseLayer.Generation first = layer.current();
    String before = shown(first.directory());
    Files.writeString(resolv, "nameserver 10.0.0.22\n");
    BaseLayer.Generation second = after(layer, first);
    assertThat(second.directory()).isNotEqualTo(first.directory());
    assertThat(second.directory().resolve("etc/resolv.conf")).hasContent("nameserver 10.0.0.22\n");
    assertThat(shown(first.directory())).as("it may be mounted").isEqualTo(before);
    Files.writeString(hosts, "127.0.0.1 other\n");
    BaseLayer.Generation third = after(layer, second);
    assertThat(third.hostsFor("h")).startsWith("127.0.0.1 other\n");
    // As resolvconf and NetworkManager do: another file in its place, or a link to one.
    Path other = Files.writeString(directory.resolve("other"), "nameserver ::1\n");
    Files.delete(resolv);
    Files.createSymbolicLink(resolv, other);
    BaseLayer.Generation fourth = after(layer, third);
    assertThat(fourth.directory().resolve("etc/resolv.conf")).hasContent("nameserver ::1\n");
    Files.writeString(other, "nameserver ::2\nsearch x\n");
    BaseLayer.Generation fifth = after(layer, fourth);
    assertThat(fifth.directory().resolve("etc/resolv.conf"))
        .hasContent("nameserver ::2\nsearch x\n");
    assertThat(generations()).hasSize(5);
  }

  @Test
  void aHostFileThatCannotBeUsedIsLeftOut() throws Exception {
    for (int kind = 0; kind < 4; kind++) {
      Files.deleteIfExists(resolv);
      switch (kind) {
        case 0 -> Files.createDirectory(resolv);
        case 1 -> Files.createSymbolicLink(resolv, Path.of("/no/such/file"));
        case 2 -> Files.write(resolv, new byte[(1 << 16) + 1]);
        default -> assertThat(resolv).doesNotExist();
      }
      assertThat(layer().current().directory().resolve("etc/resolv.conf")).isEmptyFile();
    }
  }

  @Test
  void bytesThatAreNoTextPassThroughUnchanged() throws Exception {
    byte[] bytes = {'#', (byte) 0xff, (byte) 0xc3, (byte) 0xa4, 0, '\n'};
    Files.write(resolv, bytes);
    assertThat(layer().current().directory().resolve("etc/resolv.conf")).hasBinaryContent(bytes);
  }

  @Test
  void whatACrashLeftIsNoGenerationAndClearingMakesAllAnew() throws Exception {
    BaseLayer layer = layer();
    BaseLayer.Generation first = layer.current();
    Files.createDirectories(
        layout.bases().resolve("new-" + ProcessHandle.current().pid()).resolve("etc"));
    Files.writeString(hosts, "changed\n");
    BaseLayer.Generation second = after(layer, first);
    assertThat(generations()).containsExactlyInAnyOrder(first.directory(), second.directory());
    layer.clear();
    assertThat(layout.bases()).isEmptyDirectory();
    assertThat(layer.current()).isEqualTo(second);
    assertThat(second.directory().resolve("etc/hosts")).hasContent("changed\n");
  }
}
