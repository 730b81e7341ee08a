package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.template.provenance.DistributionPackage.Kind;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records of packages, of each kind that images have. */
final class InstalledPackagesTest {
  @TempDir private Path contents;

  private static PackageControl apk(
      String name, Set<String> depends, Set<String> provides, Map<String, String> fields) {
    return new PackageControl(Kind.APK, name, depends, provides, "", fields);
  }

  private InstalledPackages read(Tar tar) throws Exception {
    LayerStack stack = new LayerStack(contents);
    stack.apply(new ByteArrayInputStream(tar.bytes()));
    return InstalledPackages.read(stack);
  }

  @Test
  void readsThoseOfDpkg() throws Exception {
    InstalledPackages installed =
        read(
            new Tar()
                .file(
                    "var/lib/dpkg/status",
                    0644,
                    """
                    Package: a
                    Depends: b (>= 1) | c,
                     d:any
                    Provides: virtual (= 1)

                    Package: b
                    """)
                .file("var/lib/dpkg/info/a.list", 0644, "/.\n/bin/a\nnonsense\n/../x\n")
                .file("var/lib/dpkg/info/b:amd64.list", 0644, "/usr/lib/b.so\n")
                .file("var/lib/dpkg/info/unknown.list", 0644, "/usr/bin/unknown\n"));

    assertThat(installed.owners())
        .containsEntry("/usr/bin/a", "a")
        .containsEntry("/usr/lib/b.so", "b")
        .doesNotContainKeys("/usr/bin/unknown", "/../x", "/x");
    assertThat(installed.packages())
        .containsExactly(
            new PackageControl("a", Set.of("b", "c", "d"), Set.of("virtual"), ""),
            new PackageControl("b", Set.of(), Set.of(), ""));
  }

  @Test
  void readsThoseOfImagesWithoutDpkgItself() throws Exception {
    InstalledPackages installed =
        read(
            new Tar()
                .file("var/lib/dpkg/status.d/libc6", 0644, "Package: libc6\nVersion: 2\n")
                .file(
                    "var/lib/dpkg/status.d/libc6.md5sums",
                    0644,
                    "d41d8cd98f00b204e9800998ecf8427e  lib/libc.so.6\n"));

    assertThat(installed.owners()).isEqualTo(Map.of("/usr/lib/libc.so.6", "libc6"));
  }

  @Test
  void readsThoseOfApk() throws Exception {
    InstalledPackages installed =
        read(
            new Tar()
                .file(
                    "lib/apk/db/installed",
                    0644,
                    """
                    P:musl
                    V:1.2
                    p:so:libc.musl.so.1=1
                    F:lib
                    R:ld-musl.so.1
                    Z:checksum
                    F:usr
                    F:usr/bin

                    P:tool
                    D:so:libc.musl.so.1 !other /bin/sh>=2
                    F:usr/bin
                    R:tool
                    """));

    assertThat(installed.owners())
        .isEqualTo(Map.of("/usr/lib/ld-musl.so.1", "musl", "/usr/bin/tool", "tool"));
    assertThat(installed.packages())
        .containsExactly(
            apk("musl", Set.of(), Set.of("so:libc.musl.so.1"), Map.of("version", "1.2")),
            apk("tool", Set.of("so:libc.musl.so.1", "/bin/sh"), Set.of(), Map.of()));
  }

  @Test
  void knowsNothingOfAnImageWithoutRecords() throws Exception {
    assertThat(read(new Tar().file("app", 0755, "x")).packages()).isEmpty();
  }
}
