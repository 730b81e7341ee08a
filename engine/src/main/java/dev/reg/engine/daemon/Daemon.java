package dev.reg.engine.daemon;

import dev.reg.engine.access.Admission;
import dev.reg.engine.launcher.LauncherLink;
import dev.reg.engine.launcher.LauncherProgram;
import dev.reg.engine.protocol.AttachLoop;
import dev.reg.engine.protocol.ClientServer;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.Processes;
import dev.reg.linux.Sockets;
import dev.reg.store.Layout;
import dev.reg.store.RootLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * The engine's life: everything is opened in one order and closed in the reverse one, also when
 * opening fails half-way. Containers and the launcher outlive it.
 */
public final class Daemon implements EngineControl {
  private static final System.Logger LOG = System.getLogger("engine");

  /** Milliseconds for requests under way when the engine stops. */
  private static final long GRACE = 3_000;

  /**
   * Milliseconds to wait for an engine that is stopping: its own grace, its launcher's, and some.
   */
  private static final long STOPPING = 30_000;

  /** Milliseconds between attempts. */
  private static final long LOCK_RETRY = 20;

  /** One thing to undo. */
  private interface Step {
    void undo() throws IOException;
  }

  private final Options options;
  private final ServiceFactory factory;
  private final Readiness readiness;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Deque<Step> opened = new ArrayDeque<>();

  Daemon(Options options, ServiceFactory factory, Readiness readiness) {
    this.options = options;
    this.factory = factory;
    this.readiness = readiness;
  }

  /**
   * Runs an engine in this process until it is told to stop.
   *
   * @return the process's exit status
   */
  public static int run(Options options, ServiceFactory factory) throws IOException {
    Daemon daemon = new Daemon(options, factory, Readiness.of(System.getenv()));
    Thread main = Thread.currentThread();
    // SIGTERM, SIGINT: the machine's hook only asks; the end itself is main's, which halts.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> daemon.stopAndWait(main), "stop"));
    return daemon.run();
  }

  /** As {@link #run}, without a starter, a service manager, or signals that would stop it. */
  public static int runUnattended(Options options, ServiceFactory factory) {
    return new Daemon(options, factory, Readiness.none()).run();
  }

  @Override
  public int pid() {
    return Processes.self();
  }

  @Override
  public Path installation() {
    return options.install();
  }

  @Override
  public void stop() {
    stop.countDown();
  }

  int run() {
    try {
      open();
      readiness.ready();
      LOG.log(System.Logger.Level.INFO, "ready, pid " + pid() + ", " + options.layout());
      stop.await();
      readiness.stopping();
      return 0;
    } catch (RegException e) {
      LOG.log(System.Logger.Level.ERROR, "not started: " + e.line());
      readiness.failed(e.line());
      return 1;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "not started", e);
      readiness.failed(String.valueOf(e.getMessage()));
      return 1;
    } catch (InterruptedException e) {
      return 1;
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "engine failed", e);
      readiness.failed(e.toString());
      return 1;
    } finally {
      close();
      LOG.log(System.Logger.Level.INFO, "stopped");
    }
  }

  private void stopAndWait(Thread main) {
    stop();
    try {
      main.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void open() throws RegException, IOException {
    Layout layout = options.layout();
    RootLock lock = takeLock(layout);
    opened.push(lock::close);
    opened.push(this::leaveControlGroup);
    writePid(layout.enginePid());
    opened.push(() -> Files.deleteIfExists(layout.enginePid()));

    LauncherLink link =
        new LauncherLink(
            new LauncherProgram(
                options.install().resolve("libexec/reg-launcher"), layout.launcherSocket()));
    link.open(); // a launcher that has to be started does so while the stores open
    opened.push(link::close);
    AttachLoop loop = new AttachLoop();
    opened.push(loop::close);
    Service service = openService(layout, link);
    opened.push(() -> closeService(service, link));
    link.listen(service);
    service.recover();
    loop.start();
    opened.push(loop::goodbye);

    Optional<Fd> passed = readiness.takeListener();
    Admission admission = service.admission();
    Entrance entrance = new Entrance(layout, admission);
    Fd listener = passed.isPresent() ? passed.get() : entrance.listen();
    opened.push(listener::close);
    ClientServer server = new ClientServer(service, service, loop, admission);
    Workers workers = new Workers(listener, server::serve);
    opened.push(() -> stopServing(workers, listener, passed.isPresent(), layout.socket()));
    workers.start();
    offerUpgrade(link);
  }

  private Service openService(Layout layout, LauncherLink link) throws RegException, IOException {
    try {
      return factory.open(layout, link, this);
    } catch (RegException | IOException | RuntimeException e) {
      dismiss(link);
      throw e;
    }
  }

  /** Of an engine that will not be: the launcher ends, unless it has containers. */
  private static void dismiss(LauncherLink link) {
    link.listen(new Nobody());
    try {
      link.quitAndEnd();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "the launcher was not told to end", e);
    }
  }

  /** An engine that is just stopping still has it, though nobody answers any more. */
  private RootLock takeLock(Layout layout) throws RegException, IOException {
    long deadline = System.nanoTime() + STOPPING * 1_000_000;
    while (true) {
      try {
        return RootLock.take(layout);
      } catch (RegException e) {
        if (e.kind() != ErrorKind.FAILED_PRECONDITION
            || System.nanoTime() > deadline
            || (!readiness.hasListener() && isAnswered(layout.socket()))) {
          throw e;
        }
      }
      try {
        Thread.sleep(LOCK_RETRY);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("waiting for another engine to stop was interrupted", e);
      }
    }
  }

  private static boolean isAnswered(Path socket) {
    try {
      Sockets.connect(socket).close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** In place: a reader sees the old number or the new one. */
  private void writePid(Path file) throws IOException {
    int flags = Open.O_WRONLY | Open.O_CREAT | Open.O_TRUNC | Open.O_NOFOLLOW;
    try (Fd fd = Descriptors.open(file, flags, 0644)) {
      Descriptors.write(fd, (pid() + "\n").getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static void offerUpgrade(LauncherLink link) {
    try {
      link.upgradeIfNewer();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the launcher keeps its build: " + e.getMessage());
    }
  }

  private static void stopServing(Workers workers, Fd listener, boolean passed, Path socket)
      throws IOException {
    workers.stop();
    if (!passed) {
      // systemd's socket goes on listening for the next engine; ours must not look alive.
      Files.deleteIfExists(socket);
      Sockets.shutdown(listener);
    }
    if (!workers.awaitIdle(GRACE)) {
      LOG.log(System.Logger.Level.WARNING, workers.active() + " requests are cut off");
    }
  }

  private static void closeService(Service service, LauncherLink link) throws IOException {
    boolean running = service.hasRunning();
    service.close();
    if (!running && link.isConnected() && !link.quitAndEnd()) {
      LOG.log(System.Logger.Level.INFO, "the launcher stays: it has containers");
    }
  }

  private void leaveControlGroup() {
    if (!options.foreground()) {
      ControlGroup.leave();
    }
  }

  /** Undoes what was opened, last first; one failure keeps nobody else from being closed. */
  private void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().undo();
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "stopping", e);
      }
    }
  }
}
