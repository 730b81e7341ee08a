package dev.reg.engine.container;

import dev.reg.engine.lifecycle.State;
import dev.reg.engine.limit.Limits;
import dev.reg.store.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** Containers and what belongs to them, for tests that need some. */
public final class Samples {
  public static final Instant CREATED = Instant.parse("2026-11-23T08:00:00.123456789Z");
  public static final Digest ENVIRONMENT = Digest.of("e".getBytes(StandardCharsets.UTF_8));

  private Samples() {}

  /** 64 digits that begin with these. */
  public static String id(String beginning) {
    return beginning + "0".repeat(64 - beginning.length());
  }

  /** With nothing that can be left out. */
  public static Spec spec(String id, String name, boolean remove) {
    return new Spec(
        id,
        name,
        new Spec.Owner(0, 0),
        CREATED,
        List.of("busybox"),
        List.of("busybox@1.37.0"),
        ENVIRONMENT,
        List.of("true"),
        List.of(),
        "/",
        new Spec.User(0, 0, "/root"),
        id.substring(0, 12),
        null,
        List.of(),
        List.of(),
        false,
        true,
        remove,
        null,
        15,
        Limits.NONE,
        null);
  }

  /** With everything, and every text awkward; the escape is how a byte that is no UTF-8 decodes. */
  public static Spec fullSpec(String id, String name) {
    return new Spec(
        id,
        name,
        new Spec.Owner(1000, 1001),
        CREATED,
        List.of("python@3", "busybox"),
        List.of("busybox@1.37.0", "python@3.13.5"),
        ENVIRONMENT,
        List.of("sh", "-c", "echo \"ä€😀\"\n\t\0x7f\\", "\udcff", ""),
        List.of("A=", "B=x=y", "C=ü\n"),
        "/made/for it",
        new Spec.User(33, 65534, "/var/www", List.of(4243, -2)),
        "lab-7",
        new Spec.Project(Spec.ProjectMode.RO, "/home/me/näme \"q\"\udc80"),
        List.of(new Spec.Volume("/srv/a", "/data", true), new Spec.Volume("/srv/b\n", "/b", false)),
        List.of("/scratch", "/t"),
        true,
        false,
        false,
        "xterm-256color",
        2,
        new Limits(
            1L << 40,
            Limits.UNLIMITED,
            150_000,
            "0-1,3",
            64,
            List.of(
                new Limits.Ulimit("core", 4, 0, Limits.UNLIMITED),
                new Limits.Ulimit("nofile", 7, 1024, 2048))),
        "/home/me/näme \"q\"\udc80/reg.lock");
  }

  /** The same of another user. */
  static Spec ownedBy(Spec spec, int uid) {
    return new Spec(
        spec.id(),
        spec.name(),
        new Spec.Owner(uid, uid),
        spec.created(),
        spec.templates(),
        spec.resolved(),
        spec.environment(),
        spec.command(),
        spec.variables(),
        spec.workdir(),
        spec.user(),
        spec.hostname(),
        spec.project(),
        spec.volumes(),
        spec.tmpfs(),
        spec.readOnly(),
        spec.init(),
        spec.remove(),
        spec.terminal(),
        spec.stopSignal(),
        spec.limits(),
        spec.lock());
  }

  /** As a record has it, without a run. */
  public static Container container(Spec spec, Status status) {
    return new Container(new ContainerRecord(spec, status), "boot");
  }

  public static Container container(String id, String name) {
    return container(spec(id, name, false), Status.initial(State.GENERATED));
  }

  /** With a run that has this pid. */
  public static Container running(Spec spec, int pid) {
    Container container = container(spec, Status.initial(State.GENERATED));
    Run run = new Run(1, "token", null);
    run.pid = pid;
    run.startTime = 4711;
    container.adopt(run);
    return container;
  }
}
