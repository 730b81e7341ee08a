package dev.reg.engine.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Pipe;
import dev.reg.linux.Sockets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** TERMINAL and its answer: what root is going to send into is looked at closely. */
class CallerTerminalTest extends ServedClients {
  /** A served client that was asked for a terminal, and the request's id. */
  private record Asked(TestClient client, int id) {
    void answer(int errno, int rows, int columns, Fd... fds) throws IOException {
      Packet size = new Packet(Wire.CLIENT_SIZE, id, 8).u32(errno).u32(rows | columns << 16);
      client.send(size, fds);
    }
  }

  private Asked ask(Commands command) throws IOException {
    TestClient client = serve(command);
    Message question = client.hello("run").next();
    assertThat(question.type()).isEqualTo(Wire.CLIENT_TERMINAL);
    assertThat(question.remaining()).isZero();
    return new Asked(client, question.arg());
  }

  private Asked ask() throws IOException {
    return ask(
        caller -> {
          caller.terminal().close();
          return 7;
        });
  }

  @Test
  void theClientsSizeAndSocketCome() throws Exception {
    AtomicReference<String> seen = new AtomicReference<>();
    Asked asked =
        ask(
            caller -> {
              try (CallerTerminal terminal = caller.terminal()) {
                seen.set(terminal.columns() + "x" + terminal.rows());
                Sockets.send(terminal.socket(), new byte[] {9}, 1, List.of(), false);
              }
              return 7;
            });
    try (Pipe pair = Sockets.pair()) {
      asked.answer(0, 50, 65535, pair.write());
      assertThat(asked.client().awaitExit()).isEqualTo(7);
      assertThat(Sockets.receive(pair.read())).isNotNull();
    }
    assertThat(seen).hasValue("65535x50");
  }

  @Test
  void aClientThatCannotSaysWhy() throws Exception {
    Asked asked = ask();
    asked.answer(Errno.EMFILE, 0, 0);
    assertThat(asked.client().awaitExit()).isEqualTo(125);
    assertThat(asked.client().errors())
        .isEqualTo(
            "reg: the client cannot take a terminal: Too many open files; or use --no-tty\n");
  }

  @Test
  void whatIsNoSocketPairOfTheClientsEndsTheConversation() throws Exception {
    Path path = tmp.resolve("s");
    try (Fd file = Descriptors.open("/dev/null", Open.O_RDWR, 0);
        Pipe pipe = Descriptors.pipe();
        Fd listener = Sockets.listen(path, 0600)) {
      for (Fd bad : List.of(file, pipe.write(), listener)) {
        Asked asked = ask();
        asked.answer(0, 24, 80, bad);
        assertThat(asked.client().awaitExit()).isEqualTo(125);
      }
    }
  }

  @Test
  void aSocketOfAnotherProcessEndsTheConversation() throws Exception {
    Path path = tmp.resolve("s");
    Process other =
        new ProcessBuilder(
                "python3",
                "-c",
                "import socket,sys;s=socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET);"
                    + "s.bind(sys.argv[1]);s.listen();print(1,flush=True);sys.stdin.read()",
                path.toString())
            .start();
    try {
      assertThat(other.getInputStream().read()).isEqualTo('1');
      try (Fd socket = Sockets.connect(path)) {
        Asked asked = ask();
        asked.answer(0, 24, 80, socket);
        assertThat(asked.client().awaitExit()).isEqualTo(125);
      }
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  @Test
  void anAnswerWithoutItsDescriptorEndsTheConversation() throws Exception {
    Asked asked = ask();
    asked.answer(0, 24, 80);
    assertThat(asked.client().awaitExit()).isEqualTo(125);
    try (Pipe pair = Sockets.pair()) {
      Asked both = ask();
      both.answer(0, 24, 80, pair.write(), pair.read());
      assertThat(both.client().awaitExit()).isEqualTo(125);
    }
  }
}
