package dev.reg.engine.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.linux.Fd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** From the moment a conversation is handed over to the loop. */
class AttachLoopTest extends ServedClients {
  @Test
  void attachedSignalsAndExit() throws Exception {
    LinkedBlockingQueue<Integer> signals = new LinkedBlockingQueue<>();
    CompletableFuture<Attachment> attached = new CompletableFuture<>();
    TestClient client =
        serve(
            caller -> {
              attached.complete(caller.attach(ID, "token", signals::add, () -> signals.add(-1)));
              return Caller.ATTACHED;
            });
    Message started = client.hello().next();
    assertThat(started.type()).isEqualTo(Wire.CLIENT_STARTED);
    assertThat(List.of(started.string(), started.string())).containsExactly(ID, "token");
    client.send(new Packet(Wire.CLIENT_SIGNAL, 15, 0));
    client.send(new Packet(Wire.CLIENT_SIGNAL, 28, 0));
    assertThat(signals.poll(10, TimeUnit.SECONDS)).isEqualTo(15);
    assertThat(signals.poll(10, TimeUnit.SECONDS)).isEqualTo(28);
    Attachment attachment = attached.get();
    attachment.out(1, "last words".getBytes(StandardCharsets.UTF_8));
    attachment.exit(143);
    attachment.exit(0);
    assertThat(client.awaitExit()).isEqualTo(143);
    assertThat(client.output()).isEqualTo("last words");
    assertThat(client.isOver()).isTrue();
    assertThat(signals).as("onLost after exit").isEmpty();
  }

  @Test
  void exitArrivesThoughSignalsAreOnTheWay() throws Exception {
    for (int round = 0; round < 50; round++) {
      CompletableFuture<Attachment> attached = new CompletableFuture<>();
      TestClient client =
          serve(
              caller -> {
                attached.complete(caller.attach(ID, "t", n -> {}, () -> {}));
                return Caller.ATTACHED;
              });
      client.hello().next();
      Attachment attachment = attached.get();
      Thread exit = Thread.ofPlatform().start(() -> attachment.exit(5));
      try {
        while (true) {
          client.send(new Packet(Wire.CLIENT_SIGNAL, 10, 0));
        }
      } catch (IOException e) {
        // EPIPE: the engine takes no more
      }
      exit.join();
      assertThat(client.awaitExit()).isEqualTo(5);
    }
  }

  /** As one that was stopped: what is attached, and what its run ends with, waits for no reader. */
  @Test
  void aClientThatReadsNothingHoldsNobodyUp() throws Exception {
    CompletableFuture<Attachment> attached = new CompletableFuture<>();
    TestClient client =
        serve(
            caller -> {
              for (int i = 0; i < 1000; i++) {
                caller.hint("x".repeat(30_000));
              }
              attached.complete(caller.attach(ID, "t", n -> {}, () -> {}));
              return Caller.ATTACHED;
            });
    client.hello();
    attached.get(10, TimeUnit.SECONDS).exit(7);
    assertThat(client.nextType()).isEqualTo(Wire.CLIENT_STARTED);
    assertThat(client.awaitExit()).isEqualTo(7);
    assertThat(client.errors()).hasSizeBetween(30_000, 30_000 * 999);
  }

  /** The last to close a socket that lingers waits for its other end: not who holds a lock. */
  @Test
  void aClientsDescriptorsAreNotClosedWhileItIsHandedOver() throws Exception {
    CompletableFuture<Boolean> open = new CompletableFuture<>();
    CompletableFuture<Fd> stream = new CompletableFuture<>();
    CompletableFuture<Attachment> attached = new CompletableFuture<>();
    TestClient client =
        serve(
            caller -> {
              stream.complete(caller.stdout());
              attached.complete(caller.attach(ID, "t", n -> {}, () -> {}));
              open.complete(caller.stdout().isOpen());
              return Caller.ATTACHED;
            });
    client.hello();
    assertThat(open.get(10, TimeUnit.SECONDS)).isTrue();
    attached.get().exit(0);
    assertThat(client.nextType()).isEqualTo(Wire.CLIENT_STARTED);
    assertThat(client.awaitExit()).isZero();
    Fd passed = stream.get();
    for (int i = 0; i < 200 && passed.isOpen(); i++) {
      Thread.sleep(10);
    }
    assertThat(passed.isOpen()).isFalse();
  }

  @Test
  void aClientThatLeavesIsLostOnce() throws Exception {
    LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
    TestClient client =
        serve(
            caller -> {
              caller.onGone(() -> events.add("gone"));
              caller.attach(ID, "t", n -> {}, () -> events.add("lost"));
              return Caller.ATTACHED;
            });
    client.hello().next();
    client.close();
    assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("lost");
    assertThat(events.poll(50, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void aClientThatLeavesBeforeItsCommandIsDoneIsNoticed() throws Exception {
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    CompletableFuture<@Nullable Void> told = new CompletableFuture<>();
    CompletableFuture<Throwable> attaching = new CompletableFuture<>();
    TestClient client =
        serve(
            caller -> {
              caller.onGone(() -> told.complete(null));
              join(told);
              gone.complete(caller.gone());
              try {
                caller.attach(ID, "t", n -> {}, () -> {});
              } catch (CallerGone e) {
                attaching.complete(e);
              }
              return 0;
            });
    client.hello().close();
    assertThat(gone.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(attaching.get(10, TimeUnit.SECONDS)).hasMessage("the client has left");
  }

  private static void join(CompletableFuture<?> future) {
    assertThat(future).succeedsWithin(10, TimeUnit.SECONDS);
  }

  @Test
  void aClientThatDoesNotReadStopsNobody() throws Exception {
    CompletableFuture<Attachment> attached = new CompletableFuture<>();
    CompletableFuture<String> lost = new CompletableFuture<>();
    TestClient stuck =
        serve(
            caller -> {
              attached.complete(caller.hold(() -> lost.complete("lost")));
              return Caller.ATTACHED;
            });
    stuck.hello();
    Attachment attachment = attached.get(10, TimeUnit.SECONDS);
    attachment.out(1, new byte[3 << 20]); // more than the socket takes: waits in the queue
    assertThat(lost).isNotDone();
    TestClient other = serve(caller -> 4);
    assertThat(other.hello().awaitExit()).isEqualTo(4);
    attachment.exit(9);
    assertThat(stuck.awaitExit()).isEqualTo(9);
    assertThat(stuck.output()).hasSize(3 << 20);
  }

  @Test
  void aClientThatNeverReadsIsDropped() throws Exception {
    CompletableFuture<Attachment> attached = new CompletableFuture<>();
    CompletableFuture<String> lost = new CompletableFuture<>();
    TestClient stuck =
        serve(
            caller -> {
              attached.complete(caller.hold(() -> lost.complete("lost")));
              return Caller.ATTACHED;
            });
    stuck.hello();
    Attachment attachment = attached.get(10, TimeUnit.SECONDS);
    for (int i = 0; i < 6; i++) {
      attachment.out(1, new byte[1 << 20]);
    }
    assertThat(lost.get(10, TimeUnit.SECONDS)).isEqualTo("lost");
  }

  @Test
  void goodbyeEndsAttachedConversations() throws Exception {
    TestClient client =
        serve(
            caller -> {
              caller.attach(ID, "t", n -> {}, () -> {});
              return Caller.ATTACHED;
            });
    client.hello().next();
    for (int i = 0; i < 200 && loop.size() == 0; i++) {
      Thread.sleep(10);
    }
    loop.goodbye();
    assertThat(client.next().type()).isEqualTo(Wire.CLIENT_GOODBYE);
    assertThat(client.isOver()).isTrue();
  }

  @Test
  void aLostClientComesBack() throws Exception {
    CompletableFuture<String> asked = new CompletableFuture<>();
    TestClient client =
        serve(
            caller -> 1,
            (id, token, caller) -> {
              asked.complete(id + " " + token);
              assertThatThrownBy(caller::stdin).isInstanceOf(IllegalStateException.class);
              caller.attach(id, token, n -> {}, () -> {}).exit(42);
              return Caller.ATTACHED;
            });
    client.send(new Packet(Wire.CLIENT_ATTACH, 1, 80).string(ID).string("secret"));
    assertThat(client.next().type()).isEqualTo(Wire.CLIENT_STARTED);
    assertThat(client.awaitExit()).isEqualTo(42);
    assertThat(asked.get()).isEqualTo(ID + " secret");
  }

  @Test
  void failureAfterHandingOverEndsTheClientToo() throws Exception {
    TestClient client =
        serve(
            caller -> {
              caller.attach(ID, "t", n -> {}, () -> {});
              throw new IllegalStateException("too late");
            });
    client.hello().next();
    assertThat(client.awaitExit()).isEqualTo(125);
    assertThat(client.errors()).contains("too late");
  }
}
