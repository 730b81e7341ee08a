package dev.reg.system;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.reg.linux.Fd;
import dev.reg.linux.Sockets;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * What a client that keeps to no rule does, as a user of the host. Credentials are a thread's
 * (setresuid(2), "C library/kernel differences"), so a thread of the test is that user.
 */
final class OtherUser {
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  private static final long SETGROUPS = ARM ? 159 : 116;
  private static final long SETRESGID = ARM ? 149 : 119;
  private static final long SETRESUID = ARM ? 147 : 117;

  private final int uid;
  private final int gid;

  OtherUser(int uid, int gid) {
    this.uid = uid;
    this.gid = gid;
  }

  /** Does it with this user's ids, in a thread of its own. */
  <T> T call(Callable<T> action) throws Exception {
    CompletableFuture<T> done = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                become();
                done.complete(action.call());
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            });
    return done.get();
  }

  @SuppressWarnings("restricted") // the C library's own calls would change every thread
  private void become() throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle syscall =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    long groups = (long) syscall.invokeExact(SETGROUPS, 0L, 0L, 0L);
    long group = (long) syscall.invokeExact(SETRESGID, (long) gid, (long) gid, (long) gid);
    long user = (long) syscall.invokeExact(SETRESUID, (long) uid, (long) uid, (long) uid);
    if (groups != 0 || group != 0 || user != 0) {
      throw new AssertionError("cannot become user " + uid);
    }
  }

  /** Connections that say nothing. */
  List<Fd> connect(Path socket, int count) throws Exception {
    return call(
        () -> {
          List<Fd> open = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            open.add(Sockets.connect(socket));
          }
          return open;
        });
  }
}
