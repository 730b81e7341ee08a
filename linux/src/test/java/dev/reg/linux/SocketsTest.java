package dev.reg.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketsTest {
  @TempDir Path tmp;

  @Test
  void messagesKeepTheirBoundariesAndDescriptors() throws Exception {
    try (Pipe pair = Sockets.pair();
        Pipe pipe = Descriptors.pipe()) {
      send(pair.write(), "one", List.of(pipe.read(), pipe.write()));
      send(pair.write(), "two", List.of());
      try (Received one = receive(pair.read())) {
        assertThat(new String(one.bytes(), UTF_8)).isEqualTo("one");
        assertThat(one.fds()).hasSize(2);
        Descriptors.write(one.fds().get(1), new byte[] {42});
        byte[] got = new byte[1];
        Descriptors.read(pipe.read(), got);
        assertThat(got[0]).isEqualTo((byte) 42);
      }
      assertThat(new String(receive(pair.read()).bytes(), UTF_8)).isEqualTo("two");
      pair.write().close();
      assertThat(Sockets.receive(pair.read())).isNull();
    }
  }

  @Test
  void theLargestMessageAndTheMostDescriptorsFit() throws Exception {
    try (Pipe pair = Sockets.pair();
        Fd fd = Descriptors.memfd("x", new byte[0])) {
      List<Fd> most = new ArrayList<>();
      for (int i = 0; i < Sockets.MAX_FDS; i++) {
        most.add(fd);
      }
      Sockets.send(pair.write(), new byte[Sockets.MAX_MESSAGE], Sockets.MAX_MESSAGE, most, true);
      try (Received got = receive(pair.read())) {
        assertThat(got.bytes()).hasSize(Sockets.MAX_MESSAGE);
        assertThat(got.fds()).hasSize(Sockets.MAX_FDS);
      }
    }
  }

  @Test
  void peerIsUs() throws Exception {
    Path path = tmp.resolve("s");
    try (Fd listener = Sockets.listen(path, 0600);
        Fd client = Sockets.connect(path);
        Fd server = Sockets.accept(listener)) {
      assertThat(Sockets.isListener(listener)).isTrue();
      assertThat(Sockets.isListener(server)).isFalse();
      assertThat(Sockets.peer(server))
          .isEqualTo(Sockets.peer(client))
          .extracting(Peer::pid, Peer::uid)
          .containsExactly(Processes.self(), Processes.userId());
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void pathsLongerThanTheAddressFieldWork() throws Exception {
    Path deep = Files.createDirectories(tmp.resolve("d".repeat(100)).resolve("e".repeat(60)));
    Path path = deep.resolve("s");
    try (Fd listener = Sockets.listen(path, 0600);
        Fd client = Sockets.connect(path);
        Fd server = Sockets.accept(listener)) {
      send(client, "hi", List.of());
      assertThat(receive(server).bytes()).hasSize(2);
    }
  }

  @Test
  void aFullReceiverCostsTheSenderABoundedTime() throws Exception {
    try (Pipe pair = Sockets.pair()) {
      Sockets.setSendTimeout(pair.write(), 20);
      assertThatThrownBy(
              () -> {
                while (true) {
                  Sockets.send(pair.write(), new byte[4096], 4096, List.of(), true);
                }
              })
          .asInstanceOf(type(SyscallException.class))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EAGAIN));
    }
  }

  @Test
  void receiveTimesOut() throws Exception {
    try (Pipe pair = Sockets.pair()) {
      Sockets.setReceiveTimeout(pair.read(), 20);
      assertThatThrownBy(() -> Sockets.receive(pair.read()))
          .hasMessageContaining("Resource temporarily unavailable");
    }
  }

  @Test
  void epollTellsWhichOne() throws Exception {
    try (Epoll epoll = Epoll.create();
        Pipe a = Sockets.pair();
        Pipe b = Sockets.pair();
        EventFd wake = EventFd.create()) {
      epoll.add(a.read(), Epoll.IN | Epoll.RDHUP, 1);
      epoll.add(b.read(), Epoll.IN | Epoll.RDHUP, 1L << 40);
      epoll.add(wake.fd(), Epoll.IN, 3);
      assertThat(epoll.await(0)).isZero();
      send(b.write(), "x", List.of());
      assertThat(epoll.await(-1)).isEqualTo(1);
      assertThat(epoll.key(0)).isEqualTo(1L << 40);
      assertThat(epoll.events(0)).isEqualTo(Epoll.IN);
      epoll.remove(b.read());
      a.write().close();
      assertThat(epoll.await(-1)).isEqualTo(1);
      assertThat(epoll.key(0)).isEqualTo(1);
      assertThat(epoll.events(0) & Epoll.RDHUP).isNotZero();
      epoll.remove(a.read());
      wake.signal();
      assertThat(epoll.await(-1)).isEqualTo(1);
      wake.drain();
      assertThat(epoll.await(0)).isZero();
    }
  }

  private static void send(Fd socket, String text, List<Fd> fds) throws SyscallException {
    byte[] bytes = text.getBytes(UTF_8);
    Sockets.send(socket, bytes, bytes.length, fds, true);
  }

  private static Received receive(Fd socket) throws IOException {
    return Objects.requireNonNull(Sockets.receive(socket));
  }
}
