package dev.reg.engine.daemon;

import dev.reg.engine.access.Admission;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/** Says its arguments; "hold" stays attached, "stop" stops the engine. */
final class EchoService implements Service {
  final AtomicInteger attached = new AtomicInteger();
  private final EngineControl control;
  volatile boolean recovered;
  volatile boolean closed;

  EchoService(EngineControl control) {
    this.control = control;
  }

  @Override
  public int run(Caller caller) throws RegException, IOException {
    String said = String.join(" ", caller.arguments());
    if (said.equals("hold")) {
      attached.incrementAndGet();
      caller.attach("c".repeat(64), "t", n -> {}, attached::decrementAndGet);
      return Caller.ATTACHED;
    }
    if (said.equals("stop")) {
      control.stop();
    }
    caller.out(said);
    return 0;
  }

  @Override
  public Admission admission() {
    return Admission.ofRoot();
  }

  @Override
  public int resume(String containerId, String token, Caller caller) {
    return 1;
  }

  @Override
  public void recover() {
    recovered = true;
  }

  @Override
  public boolean hasRunning() {
    return false;
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public void started(int slot, int pid) {}

  @Override
  public void failed(int slot, int operation, int errno) {}

  @Override
  public void exited(int slot, int code) {}

  @Override
  public void gone(int slot, OptionalInt code) {}

  @Override
  public void lost() {}

  @Override
  public void restored() {}
}
