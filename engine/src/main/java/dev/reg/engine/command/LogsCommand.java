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
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code logs}: each stream to its own descriptor. */
final class LogsCommand implements Command {
  private static final Logger LOG = System.getLogger(LogsCommand.class.getName());

  /** How often a follower looks for more. */
  private static final long LOOK_MILLIS = 40;

  private static final int BATCH = 1 << 16;
  private static final String SINCE = "--since";
  private static final String UNTIL = "--until";
  private static final String TIMESTAMPS = "--timestamps";

  private final Context context;

  LogsCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    String moments = "10m (ago), a date, with or without a time, or seconds since 1970.";
    CommandSpec spec =
        Specs.command(
            "logs",
            "Prints what a detached container wrote.",
            Specs.flag("Go on until the container has stopped.", "-f", Grammar.FOLLOW),
            Specs.value("LINES", "Only the last lines.", "-n", Grammar.TAIL),
            Specs.value("TIME", "Only what was written from then on: " + moments, SINCE),
            Specs.value("TIME", "Only what was written until then.", UNTIL),
            Specs.flag("Begin each line with its time.", "-t", TIMESTAMPS));
    spec.addPositional(Specs.container());
    return spec;
  }

  private static LogReader.Window window(Caller caller, Arguments arguments)
      throws RegException, IOException {
    String since = arguments.one(SINCE);
    String until = arguments.one(UNTIL);
    if (since == null && until == null) {
      return LogReader.Window.ALL;
    }
    Moments moments = Moments.of(caller);
    return new LogReader.Window(
        since == null ? null : moments.parse("logs: " + SINCE, since),
        until == null ? null : moments.parse("logs: " + UNTIL, until));
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Container container = context.container(caller, arguments.operands().getFirst());
    int tail = arguments.number(Grammar.TAIL, 0, Integer.MAX_VALUE, -1);
    LogReader.Window window = window(caller, arguments);
    LogReader reader = LogReader.open(context.layout().containerLog(container.id()), window);
    boolean handedOver = false;
    try {
      Sink sink =
          new Sink(arguments.has(TIMESTAMPS), (stream, bytes) -> print(caller, stream, bytes));
      if (tail >= 0) {
        for (LogReader.Chunk chunk : reader.last(tail)) {
          sink.take(chunk);
        }
        sink.flush();
      } else {
        sink.takeAll(reader);
      }
      Optional<CompletableFuture<Exit>> end = context.containers().endings().gone(container);
      if (!arguments.has(Grammar.FOLLOW) || end.isEmpty()) {
        return 0;
      }
      Instant until = window.until() == null ? Instant.MAX : window.until();
      AtomicBoolean left = new AtomicBoolean();
      Attachment attachment = caller.hold(() -> left.set(true));
      handedOver = true;
      sink.turnTo(
          (stream, bytes) -> {
            attachment.out(stream, bytes);
            if (!attachment.awaitRoom()) {
              throw new CallerGone("the client has left");
            }
          });
      BooleanSupplier ended = () -> end.get().isDone() || Instant.now().isAfter(until);
      Thread.ofVirtual()
          .name("logs " + container.name())
          .start(() -> follow(reader, sink, attachment, ended, left));
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
      LogReader reader, Sink sink, Attachment client, BooleanSupplier end, AtomicBoolean left) {
    try (reader) {
      while (!left.get()) {
        // Asked before the last look: a run is gone only after its last output was logged.
        boolean ended = end.getAsBoolean();
        sink.takeAll(reader);
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

    private final boolean timed;
    private Output output;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int stream;

    /** By stream: whether its last line has not ended. */
    private final boolean[] open = new boolean[3];

    /**
     * @param timed whether lines begin with their times
     */
    Sink(boolean timed, Output output) {
      this.timed = timed;
      this.output = output;
    }

    /** From here on; everything before has been flushed. */
    void turnTo(Output next) {
      output = next;
    }

    void take(LogReader.Chunk chunk) throws IOException {
      if (chunk.stream() != stream || bytes.size() > BATCH) {
        flush();
        stream = chunk.stream();
      }
      if (timed && !open[stream]) {
        bytes.writeBytes((chunk.time() + " ").getBytes(StandardCharsets.ISO_8859_1));
      }
      bytes.write(chunk.bytes());
      open[stream] = !chunk.endsLine();
    }

    /** All that there is by now. */
    void takeAll(LogReader reader) throws IOException {
      for (LogReader.Chunk chunk = reader.next(); chunk != null; chunk = reader.next()) {
        take(chunk);
      }
      flush();
    }

    void flush() throws IOException {
      if (bytes.size() > 0) {
        output.put(stream, bytes.toByteArray());
        bytes.reset();
      }
    }
  }
}
