package dev.reg.engine.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SharesTest {
  private static final Peer ONE = new Peer(1, 4242, 4242, List.of());
  private static final Peer TWO = new Peer(2, 4244, 4244, List.of());

  private final Shares shares = new Shares();
  private Fd socket;

  @BeforeEach
  void open() throws Exception {
    socket = Descriptors.open("/dev/null", Open.O_RDWR, 0);
  }

  @AfterEach
  void close() {
    socket.close();
  }

  private void enter(Peer peer, int count, Shares.Turn expected) {
    for (int i = 0; i < count; i++) {
      assertThat(shares.enter(peer, socket)).as("connection " + i).isEqualTo(expected);
    }
  }

  @Test
  void aUserWaitsForTheirOwnThreadsAndForNobodyElses() {
    enter(ONE, Shares.WORKING, Shares.Turn.SERVE);
    enter(ONE, 1, Shares.Turn.WAIT);
    enter(TWO, 1, Shares.Turn.SERVE);
    assertThat(shares.leave(TWO.uid())).as("the first user has all their threads").isNull();
    assertThat(shares.leave(ONE.uid())).isEqualTo(new Shares.Waiting(socket, ONE));
    assertThat(shares.leave(ONE.uid())).isNull();
  }

  @Test
  void whoHasMoreConnectionsThanOneUserGetsIsRefused() {
    enter(ONE, Shares.WORKING, Shares.Turn.SERVE);
    enter(ONE, Shares.OPEN - Shares.WORKING, Shares.Turn.WAIT);
    enter(ONE, 10, Shares.Turn.REFUSE);
    enter(TWO, 1, Shares.Turn.SERVE);
    shares.share(ONE.uid()).end();
    enter(ONE, 1, Shares.Turn.WAIT);
    enter(ONE, 1, Shares.Turn.REFUSE);
  }

  @Test
  void usersTogetherLeaveThreadsToRootAndAreServedEvenly() {
    List<Peer> many = new ArrayList<>();
    for (int uid = 5000; many.size() < Shares.ALL_WORKING / Shares.WORKING; uid++) {
      many.add(new Peer(1, uid, uid, List.of()));
    }
    many.forEach(peer -> enter(peer, Shares.WORKING, Shares.Turn.SERVE));
    enter(many.getFirst(), 1, Shares.Turn.WAIT);
    enter(TWO, 1, Shares.Turn.WAIT);
    // Of those who wait, the one who has nothing yet.
    assertThat(Objects.requireNonNull(shares.leave(many.getLast().uid())).peer()).isEqualTo(TWO);
    assertThat(Objects.requireNonNull(shares.leave(many.getFirst().uid())).peer())
        .isEqualTo(many.getFirst());
  }

  @Test
  void memoryForLongMessagesIsSharedToo() {
    enter(ONE, 2, Shares.Turn.SERVE);
    enter(TWO, 1, Shares.Turn.SERVE);
    Shares.Share first = shares.share(ONE.uid());
    Shares.Share second = shares.share(ONE.uid());
    Shares.Share others = shares.share(TWO.uid());
    assertThat(first.take(Shares.BYTES)).isTrue();
    assertThat(second.take(1)).isFalse();
    assertThat(others.take(Shares.ALL_BYTES - Shares.BYTES)).isTrue();
    assertThat(others.take(1)).isFalse();
    first.release();
    assertThat(second.take(Shares.BYTES)).isTrue();
    second.end();
    second.end();
    assertThat(first.take(Shares.BYTES)).isTrue();
  }

  @Test
  void nothingIsRememberedOfWhoHasLeft() {
    enter(ONE, Shares.WORKING, Shares.Turn.SERVE);
    enter(TWO, 1, Shares.Turn.SERVE);
    for (int i = 0; i < Shares.WORKING; i++) {
      Shares.Share share = shares.share(ONE.uid());
      share.end();
      share.end();
      assertThat(shares.leave(ONE.uid())).isNull();
    }
    // Attached: its thread is done before the connection is.
    assertThat(shares.leave(TWO.uid())).isNull();
    assertThat(shares.size()).isEqualTo(1);
    shares.share(TWO.uid()).end();
    assertThat(shares.size()).isZero();
  }
}
