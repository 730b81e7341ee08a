package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.protocol.CallerGone;
import dev.reg.engine.protocol.FakeCaller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Peer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AfterBuildTest {
  @TempDir Path directory;

  /** A caller who is root, or a user. */
  private static class By extends FakeCaller {
    private final int uid;

    By(Path directory, int uid) throws IOException {
      super(directory);
      this.uid = uid;
    }

    @Override
    public Peer peer() {
      return new Peer(1, uid, uid, List.of());
    }
  }

  private String told(int uid, AfterBuild.Sharing sharing) throws IOException {
    try (By caller = new By(directory, uid)) {
      AfterBuild.unify(sharing, caller);
      return caller.errors();
    }
  }

  @Test
  void whoIsNotRootChangesNobodysTemplates() throws Exception {
    assertThat(
            told(
                4242,
                watcher -> {
                  throw new AssertionError("they are changed");
                }))
        .isEqualTo("reg: the other templates keep their libraries: only root has them replaced\n");
  }

  @Test
  void nothingThatFailsHereIsTheBuildsFailure() throws Exception {
    assertThat(
            told(
                0,
                watcher -> {
                  throw new RegException(ErrorKind.FAILED_PRECONDITION, "the templates stay");
                }))
        .isEqualTo("reg: the templates stay\n");
    assertThat(
            told(
                0,
                watcher -> {
                  throw new IOException("Input/output error\n");
                }))
        .startsWith("reg: cannot have the other templates take its libraries: ")
        .contains("Input/output error")
        .hasLineCount(1);
    assertThat(told(0, watcher -> Optional.empty())).contains("an update is under way");
  }

  @Test
  void aCallerWhoIsGoneIsNot() throws Exception {
    try (By caller =
        new By(directory, 0) {
          @Override
          public synchronized void err(CharSequence text) throws CallerGone {
            throw new CallerGone("gone");
          }
        }) {
      assertThatThrownBy(() -> AfterBuild.unify(watcher -> Optional.empty(), caller))
          .isInstanceOf(CallerGone.class);
    }
  }
}
