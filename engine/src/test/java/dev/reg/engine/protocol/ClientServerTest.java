package dev.reg.engine.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.NativeText;
import dev.reg.linux.Open;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ClientServerTest extends ServedClients {
  @Test
  void argumentsArriveUnchangedAndTheCodeComesBack() throws Exception {
    String odd = NativeText.decode(new byte[] {'x', (byte) 0xfe});
    AtomicReference<List<String>> seen = new AtomicReference<>();
    TestClient client =
        serve(
            caller -> {
              seen.set(caller.arguments());
              caller.out("out\n");
              caller.err("err\n");
              return 7;
            });
    assertThat(client.hello("run", "", "ü", odd).awaitExit()).isEqualTo(7);
    assertThat(seen.get()).containsExactly("run", "", "ü", odd);
    assertThat(client.output()).isEqualTo("out\n");
    assertThat(client.errors()).isEqualTo("err\n");
    assertThat(client.isOver()).isTrue();
  }

  @Test
  void aLongCommandLineComesInParts() throws Exception {
    String[] many = new String[5000];
    Arrays.setAll(many, i -> "argument-number-" + i);
    TestClient client = serve(caller -> List.of(many).equals(caller.arguments()) ? 0 : 1);
    assertThat(client.hello(many).awaitExit()).isZero();
  }

  @Test
  void kindsBecomeExitCodes() throws Exception {
    assertThat(failing(ErrorKind.COMMAND_NOT_FOUND)).isEqualTo(127);
    assertThat(failing(ErrorKind.CANNOT_INVOKE)).isEqualTo(126);
    assertThat(failing(ErrorKind.NOT_FOUND)).isEqualTo(125);
    assertThat(failing(ErrorKind.EXHAUSTED)).isEqualTo(125);
  }

  private int failing(ErrorKind kind) throws IOException {
    TestClient client =
        serve(
            caller -> {
              throw new RegException(kind, "cannot do it: because");
            });
    int code = client.hello().awaitExit();
    assertThat(client.errors()).isEqualTo("reg: cannot do it: because\n");
    return code;
  }

  @Test
  void anErrorIsOneLineWhateverItQuotes() throws Exception {
    TestClient client =
        serve(
            caller -> {
              throw new RegException(ErrorKind.INVALID, "no \u001b[2J\nforged: line");
            });
    assertThat(client.hello().awaitExit()).isEqualTo(125);
    assertThat(client.errors()).isEqualTo("reg: no \\x1b[2J\\nforged: line\n");
  }

  @Test
  void aBugIsOneLineAndWithDebugATrace() throws Exception {
    Commands bug =
        caller -> {
          assertThat(caller.arguments()).containsExactly("ps");
          throw new IllegalStateException("oops");
        };
    TestClient plain = serve(bug);
    assertThat(plain.hello("ps").awaitExit()).isEqualTo(125);
    assertThat(plain.errors()).contains("oops").hasLineCount(1);
    TestClient debug = serve(bug);
    assertThat(debug.hello("--debug", "ps").awaitExit()).isEqualTo(125);
    assertThat(debug.errors()).contains("\tat dev.reg.engine");
  }

  @Test
  void regularFilesAndDirectoriesAreNoStandardStreams() throws Exception {
    Path file = Files.writeString(tmp.resolve("f"), "");
    for (Path path : List.of(file, tmp)) {
      try (Fd null0 = Descriptors.open("/dev/null", Open.O_RDWR, 0);
          Fd bad = Descriptors.open(path, Open.O_RDONLY, 0)) {
        TestClient client = serve(caller -> 0).hello(List.of(null0, null0, bad));
        assertThat(client.awaitExit()).isEqualTo(125);
        assertThat(client.errors()).startsWith("reg: descriptor 2 of the client is a ");
      }
    }
  }

  @Test
  void anotherProtocolVersionIsRefusedByName() throws Exception {
    TestClient client = serve(caller -> 0);
    client.send(new Packet(Wire.CLIENT_HELLO, 2, 0));
    assertThat(client.awaitExit()).isEqualTo(125);
    assertThat(client.errors()).contains("version 2").hasLineCount(1);
  }

  @Test
  void malformedBeginningsAreDropped() throws Exception {
    for (Packet packet :
        List.of(
            new Packet(Wire.CLIENT_SIGNAL, 1, 0),
            new Packet(Wire.CLIENT_HELLO, 1, 0),
            new Packet(Wire.CLIENT_ATTACH, 1, 8).string("id"))) {
      TestClient client = serve(caller -> 0);
      client.send(packet);
      assertThat(client.isOver()).isTrue();
    }
  }

  @Test
  void anUnterminatedArgumentIsDropped() throws Exception {
    TestClient client = serve(caller -> 0);
    try (Fd null0 = Descriptors.open("/dev/null", Open.O_RDWR, 0);
        Fd cwd = Descriptors.open("/", Open.O_PATH, 0)) {
      client.send(
          new Packet(Wire.CLIENT_HELLO, 1, 8).bytes(new byte[] {'x'}), null0, null0, null0, cwd);
    }
    assertThat(client.isOver()).isTrue();
  }

  @Test
  void optionalMessagesAreSkipped() throws Exception {
    TestClient client = serve(caller -> 3);
    client.send(new Packet(Wire.TYPE_OPTIONAL | 77, 0, 0));
    assertThat(client.hello().awaitExit()).isEqualTo(3);
  }

  @Test
  void aProbeThatSaysNothingIsNoRequest() throws Exception {
    serve(caller -> 1).close();
  }

  @Test
  void asksTheClientToOpenListAndTell() throws Exception {
    CompletableFuture<Object> result = new CompletableFuture<>();
    TestClient client =
        serve(
            caller -> {
              try (Fd fd = caller.open("reg.yaml", Open.O_RDONLY, 0)) {
                byte[] content = Descriptors.readAll(fd, 100);
                List<DirectoryEntry> entries = caller.list(".");
                Optional<String> home = caller.variable("HOME");
                Optional<String> none = caller.variable("NONE");
                result.complete(List.of(content.length, entries, home, none));
              }
              return 0;
            });
    client.hello();
    Message open = client.next();
    assertThat(open.type()).isEqualTo(Wire.CLIENT_OPEN);
    assertThat(List.of(open.u32(), open.u32(), open.string()))
        .containsExactly(Open.O_RDONLY, 0, "reg.yaml");
    try (Fd file = Descriptors.memfd("f", new byte[5])) {
      client.send(new Packet(Wire.CLIENT_FD, open.arg(), 4).u32(0), file);
    }
    Message list = client.next();
    client.send(
        new Packet(Wire.CLIENT_NAMES, list.arg(), 16).u32(0).string("ddir").string("lname"));
    assertThat(client.next().string()).isEqualTo("HOME");
    client.send(new Packet(Wire.CLIENT_ENV, 1, 8).string("/root"));
    assertThat(client.next().string()).isEqualTo("NONE");
    client.send(new Packet(Wire.CLIENT_ENV, 0, 0));
    assertThat(client.awaitExit()).isZero();
    assertThat(result.get(10, TimeUnit.SECONDS))
        .isEqualTo(
            List.of(
                5,
                List.of(
                    new DirectoryEntry("dir", DirectoryEntry.Type.DIRECTORY),
                    new DirectoryEntry("name", DirectoryEntry.Type.LINK)),
                Optional.of("/root"),
                Optional.empty()));
  }

  @Test
  void whatTheClientCannotOpenIsItsError() throws Exception {
    TestClient client =
        serve(
            caller -> {
              caller.open("/secret", Open.O_RDONLY, 0).close();
              return 0;
            });
    client.hello();
    Message open = client.next();
    client.send(new Packet(Wire.CLIENT_FD, open.arg(), 4).u32(Errno.EACCES));
    assertThat(client.awaitExit()).isEqualTo(125);
    assertThat(client.errors()).isEqualTo("reg: cannot open /secret: Permission denied\n");
  }

  @Test
  void answersThatLieEndTheConversation() throws Exception {
    List<Packet> lies =
        List.of(
            new Packet(Wire.CLIENT_FD, 1, 4).u32(0), // without its descriptor
            new Packet(Wire.CLIENT_FD, 2, 4).u32(0),
            new Packet(Wire.CLIENT_FD, 1, 0),
            new Packet(Wire.CLIENT_ENV, 1, 4).string("x"));
    for (Packet lie : lies) {
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      TestClient client =
          serve(
              caller -> {
                try {
                  caller.open("x", 0, 0).close();
                } catch (IOException e) {
                  failure.complete(e);
                  throw e;
                }
                return 0;
              });
      client.hello();
      client.next();
      client.send(lie);
      assertThat(failure.get(10, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void theClientRenamesAndRemoves() throws Exception {
    TestClient client =
        serve(
            caller -> {
              caller.rename("a", "b");
              caller.remove("c");
              return 0;
            });
    client.hello();
    Message rename = client.next();
    assertThat(rename.type()).isEqualTo(Wire.CLIENT_RENAME);
    assertThat(List.of(rename.string(), rename.string())).containsExactly("a", "b");
    client.send(new Packet(Wire.CLIENT_DONE, rename.arg(), 4).u32(0));
    Message remove = client.next();
    assertThat(List.of(remove.string(), remove.string())).containsExactly("c", "");
    client.send(new Packet(Wire.CLIENT_DONE, remove.arg(), 4).u32(Errno.ENOENT));
    assertThat(client.awaitExit()).isEqualTo(125);
    assertThat(client.errors()).isEqualTo("reg: cannot remove c: No such file or directory\n");
  }

  @Test
  void theClientReadsWhatIsNoRegularFileToo() throws Exception {
    CompletableFuture<String> read = new CompletableFuture<>();
    TestClient client =
        serve(
            caller -> {
              read.complete(NativeText.decode(caller.read("a", 5)));
              return caller.read("b", 5).length;
            });
    client.hello();
    Message first = client.next();
    assertThat(first.type()).isEqualTo(Wire.CLIENT_READ);
    assertThat(first.u32()).isEqualTo(5);
    assertThat(first.string()).isEqualTo("a");
    client.send(
        new Packet(Wire.CLIENT_CONTENT, first.arg(), 9).u32(0).bytes("12345".getBytes(UTF_8)));
    assertThat(read.get(10, TimeUnit.SECONDS)).isEqualTo("12345");
    client.send(new Packet(Wire.CLIENT_CONTENT, client.next().arg(), 4).u32(Errno.EFBIG));
    assertThat(client.awaitExit()).isEqualTo(125);
    assertThat(client.errors())
        .isEqualTo("reg: cannot read b: it has more than the 5 bytes allowed\n");
  }

  @Test
  void aClientThatSendsMoreThanAskedIsNotHeard() throws Exception {
    TestClient client = serve(caller -> caller.read("a", 5).length);
    client.hello();
    int id = client.next().arg();
    client.send(new Packet(Wire.CLIENT_CONTENT, id, 10).u32(0).bytes("123456".getBytes(UTF_8)));
    assertThat(client.awaitExit()).isEqualTo(125);
  }

  @Test
  void directoryEntriesCannotLeadElsewhere() throws Exception {
    TestClient client = serve(caller -> caller.list(".").size());
    client.hello();
    Message list = client.next();
    client.send(new Packet(Wire.CLIENT_NAMES, list.arg(), 16).u32(0).string("f../../etc"));
    assertThat(client.awaitExit()).isEqualTo(125);
  }
}
