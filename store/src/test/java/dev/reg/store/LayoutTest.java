package dev.reg.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayoutTest {
  @TempDir Path directory;

  @Test
  void keepsRuntimeStateBelowARootOfItsOwn() {
    Layout own = Layout.at(Path.of("/srv/r/../reg"));
    assertThat(own.socket()).isEqualTo(Path.of("/srv/reg/run/reg.sock"));
    assertThat(own.configuration()).isEqualTo(Path.of("/srv/reg/engine.yaml"));
    assertThat(Layout.system().socket()).isEqualTo(Path.of("/run/reg/reg.sock"));
    assertThat(Layout.system().configuration()).isEqualTo(Path.of("/etc/reg/engine.yaml"));
    assertThat(Layout.at(Path.of("/var/lib/reg/"))).isEqualTo(Layout.system());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", ".hidden", "a/b", "/a", "a\0b"})
  void refusesNamesThatAreNotOneComponent(String name) {
    Layout layout = Layout.system();
    assertThatThrownBy(() -> layout.container(name)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> layout.template("python", name))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> layout.exit(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void makesItsDirectoriesForTheEngineAlone() throws Exception {
    Layout layout = new Layout(directory.resolve("a/root"), directory.resolve("run"));
    layout.create();
    layout.create();
    assertThat(mode(layout.root())).isEqualTo("rwx------");
    assertThat(mode(layout.containers())).isEqualTo("rwx------");
    assertThat(mode(layout.runtime())).isEqualTo("rwxr-xr-x");
    assertThat(mode(layout.exits())).isEqualTo("rwx------");
    assertThat(layout.aptCache()).isDirectory();
  }

  private static String mode(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void readsDigests() throws Exception {
    Digest digest = Digest.of(new byte[0]);
    assertThat(digest)
        .hasToString("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThat(Digest.parse(digest.toString())).isEqualTo(digest);
    assertThat(ObjectId.parse(new ObjectId(digest, 0755).toString()))
        .isEqualTo(new ObjectId(digest, 0755));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sha256:", "sha512:00", "sha256:E3B0", "sha256:../../../etc/passwd"})
  void refusesWhatIsNoDigest(String text) {
    assertThatThrownBy(() -> Digest.parse(text))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID));
    String upper = "sha256:" + Digest.of(new byte[0]).hex().toUpperCase(Locale.ROOT);
    assertThatThrownBy(() -> Digest.parse(upper)).isInstanceOf(RegException.class);
  }
}
