package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MuslTest {
  private static final String LIBC = "libc.musl-x86_64.so.1";

  @TempDir Path directory;

  @Test
  void isToldByTheInterpreterAndWithoutOneByTheCLibrary() {
    assertThat(Musl.is("/lib/ld-musl-x86_64.so.1", List.of())).isTrue();
    assertThat(Musl.is("/opt/ld-musl-aarch64.so.1", List.of("libc.so.6"))).isTrue();
    assertThat(Musl.is("/lib64/ld-linux-x86-64.so.2", List.of(LIBC))).isFalse();
    assertThat(Musl.is("/ld-musl-x/ld-linux.so.2", List.of())).isFalse();
    assertThat(Musl.is(null, List.of("libz.so.1", LIBC))).isTrue();
    assertThat(Musl.is(null, List.of("libc.so.6", "libc.musl-x86_64.so.10"))).isFalse();
    assertThat(Musl.is(null, List.of())).isFalse();
  }

  @Test
  void findsTheLoaderOfALibraryByItsCLibrary() {
    assertThat(Musl.loader("/opt/ld-musl-x86_64.so.1", List.of("libc.musl-armhf.so.1")))
        .isEqualTo("/opt/ld-musl-x86_64.so.1");
    assertThat(Musl.loader(null, List.of("libz.so.1", "libc.musl-armhf.so.1")))
        .isEqualTo("/lib/ld-musl-armhf.so.1");
    assertThat(Musl.loader(null, List.of("libz.so.1"))).isEqualTo("/lib/ld-musl.so.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "libc.so",
        "libc.so.6",
        LIBC,
        "libpthread.so.0",
        "librt.so.1",
        "libm.so.6",
        "libdl.so.2",
        "libutil.so.1",
        "libxnet.so.1"
      })
  void theseAreTheLoaderItself(String name) {
    assertThat(Musl.isItself(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"libc", "libcrypt.so.1", "libmagic.so.1", "libresolv.so.2", "xlibc.so"})
  void theseAreNot(String name) {
    assertThat(Musl.isItself(name)).isFalse();
  }

  @Test
  void looksWhereItsOwnFileSaysOrWhereItIsBuiltToLook() throws Exception {
    assertThat(path()).containsExactly("/lib", "/usr/local/lib", "/usr/lib");
    Path etc = Files.createDirectory(directory.resolve("etc"));
    Files.writeString(etc.resolve("ld-musl-x86_64.path"), "/opt/a:/opt/b\n/opt/c\n");
    assertThat(path()).containsExactly("/opt/a", "/opt/b", "/opt/c");
    Files.writeString(etc.resolve("ld-musl-x86_64.path"), "/opt/x\n".repeat(10_000));
    assertThat(path()).as("a long file is read in part").hasSizeLessThan(1_000).contains("/opt/x");
  }

  private List<String> path() throws Exception {
    return Musl.path(new SysRoot(new DirectoryTree(directory)), "/lib/ld-musl-x86_64.so.1");
  }
}
