package dev.reg.engine.protocol;

import dev.reg.engine.access.Access;
import dev.reg.engine.access.Admission;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Errno;
import dev.reg.linux.Fd;
import dev.reg.linux.NativeText;
import dev.reg.linux.Peer;
import dev.reg.linux.Sockets;
import dev.reg.linux.SyscallException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/**
 * Serves one connection from its first message to its end or until it is handed over. This is the
 * boundary where failures become a line for the client and an exit code, and where the unexpected
 * is logged, once.
 */
public final class ClientServer {
  private static final System.Logger LOG = System.getLogger("client");

  /** Milliseconds for the first message; the client sends it right after it has connected. */
  private static final int HELLO_TIMEOUT = 5_000;

  /** A leading option: the client gets stack traces, too. */
  private static final String DEBUG = "--debug";

  private final Commands commands;
  private final Sessions sessions;
  private final AttachLoop loop;
  private final Admission admission;
  private final Shares shares = new Shares();

  /**
   * @param admission who may speak to us at all
   */
  public ClientServer(Commands commands, Sessions sessions, AttachLoop loop, Admission admission) {
    this.commands = commands;
    this.sessions = sessions;
    this.loop = loop;
    this.admission = admission;
  }

  /**
   * Serves it on the calling thread, and then whoever waits for one; the socket is closed on every
   * path.
   */
  public void serve(Fd socket) {
    Peer peer;
    try {
      peer = Sockets.peer(socket);
    } catch (SyscallException e) {
      LOG.log(System.Logger.Level.WARNING, "connection dropped: " + e.getMessage());
      socket.close();
      return;
    }
    if (Access.of(peer).isWhole()) {
      serve(new Channel(socket), peer);
      return;
    }
    switch (shares.enter(peer, socket)) {
      case SERVE -> serveInTurn(socket, peer);
      case WAIT -> {}
      case REFUSE -> refuse(new Channel(socket), tooMany());
    }
  }

  private void serveInTurn(Fd first, Peer firstPeer) {
    Shares.Waiting turn = new Shares.Waiting(first, firstPeer);
    while (turn != null) {
      int uid = turn.peer().uid();
      try {
        serve(new Channel(turn.socket(), shares.share(uid)), turn.peer());
      } finally {
        turn = shares.leave(uid);
      }
    }
  }

  private static RegException tooMany() {
    return new RegException(
        ErrorKind.EXHAUSTED,
        "you have "
            + Shares.OPEN
            + " connections to the engine already, which is all that one user gets; end some of"
            + " your commands");
  }

  private void serve(Channel channel, Peer peer) {
    Fd socket = channel.socket();
    try {
      Sockets.setReceiveTimeout(socket, HELLO_TIMEOUT);
      Sockets.setSendTimeout(socket, HELLO_TIMEOUT);
      Message first = channel.receive();
      if (first == null) {
        channel.close(); // somebody only asked whether we listen
        return;
      }
      Request request;
      try {
        checkPeer(peer, first);
        request = Request.read(first);
      } catch (RegException e) {
        refuse(channel, e);
        return;
      }
      converse(channel, peer, request);
    } catch (IOException e) {
      LOG.log(channel.trouble(), "connection dropped: " + e.getMessage());
      channel.close();
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "serving a client", e);
      channel.close();
    }
  }

  private void checkPeer(Peer peer, Message first) throws RegException {
    try {
      admission.check(peer);
    } catch (RegException e) {
      first.close();
      throw e;
    }
  }

  private static void refuse(Channel channel, RegException e) {
    try {
      byte[] line = line(e.line());
      channel.send(new Packet(Wire.CLIENT_OUT, 2, line.length).bytes(line));
      channel.send(new Packet(Wire.CLIENT_EXIT, ExitCodes.of(e.kind()), 0));
    } catch (IOException gone) {
      LOG.log(System.Logger.Level.DEBUG, "refusing a client that has left", gone);
    } finally {
      channel.closeGently();
    }
  }

  private void converse(Channel channel, Peer peer, Request request) throws IOException {
    Request served = request;
    boolean debug = false;
    if (request instanceof Request.Hello hello
        && !hello.arguments().isEmpty()
        && hello.arguments().getFirst().equals(DEBUG)) {
      debug = true;
      served =
          new Request.Hello(hello.arguments().subList(1, hello.arguments().size()), hello.fds());
    }
    Conversation caller;
    try {
      caller = Conversation.of(channel, loop, peer, served);
    } catch (IOException e) {
      if (request instanceof Request.Hello hello) {
        Fd.closeAll(hello.fds());
      }
      throw e;
    }
    int code = ExitCodes.FAILED;
    try {
      code = run(caller, served, debug, channel.trouble());
    } finally {
      if (code != Caller.ATTACHED) {
        caller.finish(code);
      }
      caller.closeDescriptors();
    }
  }

  private int run(
      Conversation caller, Request request, boolean debug, System.Logger.Level trouble) {
    try {
      return switch (request) {
        case Request.Hello hello -> commands.run(caller);
        case Request.Resume resume -> sessions.resume(resume.containerId(), resume.token(), caller);
      };
    } catch (RegException e) {
      return report(caller, e.line(), ExitCodes.of(e.kind()), debug ? e : null);
    } catch (CallerGone e) {
      return ExitCodes.FAILED;
    } catch (ProtocolException e) {
      LOG.log(trouble, "conversation ended: " + e.getMessage());
      return ExitCodes.FAILED;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "command failed", e);
      return report(caller, describe(e), ExitCodes.FAILED, debug ? e : null);
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "internal error", e);
      String line = "internal error: " + e + ": please report it with engine.log";
      return report(caller, line, ExitCodes.FAILED, debug ? e : null);
    }
  }

  /** One line for an I/O failure nobody expected. */
  private static String describe(IOException e) {
    if (e instanceof SyscallException s
        && (s.errno() == Errno.ENOSPC || s.errno() == Errno.EDQUOT)) {
      return s.getMessage() + ": free some space (`reg remove` what is not needed)";
    }
    String message = e.getMessage();
    // The JDK's file system exceptions carry nothing but the path.
    return e instanceof FileSystemException || message == null ? e.toString() : message;
  }

  private static int report(Caller caller, String line, int code, @Nullable Throwable trace) {
    try {
      caller.err(NativeLine.of("reg: " + line));
      if (trace != null) {
        StringWriter text = new StringWriter();
        trace.printStackTrace(new PrintWriter(text));
        caller.err(text.toString());
      }
    } catch (CallerGone e) {
      LOG.log(System.Logger.Level.DEBUG, "nobody to tell: " + line);
    } catch (IllegalStateException e) {
      // Handed over and failed afterwards: the client hears of it through the attachment.
      LOG.log(System.Logger.Level.ERROR, "failure after the conversation was handed over", e);
    }
    return code;
  }

  private static byte[] line(String text) {
    return NativeText.encode(NativeLine.of("reg: " + text));
  }
}
