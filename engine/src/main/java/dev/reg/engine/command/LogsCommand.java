package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Exit;
import dev.reg.engine.container.LogReader;
import dev.reg.engine.protocol.Attachment;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.CallerGone;
import dev.reg.error.RegException;
import dev.reg.linux.NativeText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code logs}: each stream to its own descriptor. */
final class LogsCommand implements Command {
  private static final Logger LOG = System.getLogger(LogsCommand.class.getName());

  /** How often a follower looks for more. */
  private static final long LOOK_MILLIS = 40;

  private static final int BATCH = 1 << 16;

  private final Context context;

  LogsCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Container container = context.container(caller, arguments.operands().getFirst());
    int tail = arguments.number(Grammar.TAIL, 0, Integer.MAX_VALUE, -1);
    LogReader reader = LogReader.open(context.layout().containerLog(container.id()));
    boolean handedOver = false;
    try {
      Sink sink = new Sink((stream, bytes) -> print(caller, stream, bytes));
      if (tail >= 0) {
        for (LogReader.Chunk chunk : reader.last(tail)) {
          sink.take(chunk);
        }
      } else {
        for (LogReader.Chunk chunk = reader.next(); chunk != null; chunk = reader.next()) {
          sink.take(chunk);
        }
      }
      sink.flush();
      Optional<CompletableFuture<Exit>> end = context.containers().endings().gone(container);
      if (!arguments.has(Grammar.FOLLOW) || end.isEmpty()) {
        return 0;
      }
      AtomicBoolean left = new AtomicBoolean();
      Attachment attachment = caller.hold(() -> left.set(true));
      handedOver = true;
      Thread.ofVirtual()
          .name("logs " + container.name())
          .start(() -> follow(reader, attachment, end.get(), left));
      return Caller.ATTACHED;
    } finally {
      if (!handedOver) {
        reader.close();
      }
    }
  }

  private static void print(Caller caller, int stream, byte[] bytes) throws CallerGone {
    if (stream == 2) {
      caller.err(NativeText.decode(bytes));
    } else {
      caller.out(bytes);
    }
  }

  private static void follow(
      LogReader reader, Attachment client, CompletableFuture<Exit> end, AtomicBoolean left) {
    Sink sink =
        new Sink(
            (stream, bytes) -> {
              client.out(stream, bytes);
              if (!client.awaitRoom()) {
                throw new CallerGone("the client has left");
              }
            });
    try (reader) {
      while (!left.get()) {
        // Asked before the last look: a run is gone only after its last output was logged.
        boolean ended = end.isDone();
        for (LogReader.Chunk chunk = reader.next(); chunk != null; chunk = reader.next()) {
          sink.take(chunk);
        }
        sink.flush();
        if (ended) {
          client.exit(0);
          return;
        }
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (CallerGone e) {
      LOG.log(Logger.Level.DEBUG, "nobody follows a log any more", e);
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "cannot read a log any further", e);
      client.exit(125);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Puts chunks of one stream together: a message each would be slow. */
  private static final class Sink {
    /** Where they go. */
    interface Output {
      void put(int stream, byte[] bytes) throws IOException;
    }

    private final Output output;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int stream;

    Sink(Output output) {
      this.output = output;
    }

    void take(LogReader.Chunk chunk) throws IOException {
      if (chunk.stream() != stream || bytes.size() > BATCH) {
        flush();
        stream = chunk.stream();
      }
      bytes.write(chunk.bytes());
    }

    void flush() throws IOException {
      if (bytes.size() > 0) {
        output.put(stream, bytes.toByteArray());
        bytes.reset();
      }
    }
  }
}
