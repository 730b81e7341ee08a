package dev.reg.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Golden files: a plan that changes shows in a diff that a person can read. */
class PlannerTest {
  private static final PlanInput.FileLimit FILES = new PlanInput.FileLimit(1024, 524288);
  private static final SetupOp.User ROOT = new SetupOp.User(0, 0, List.of());
  private static final List<String> PATH = List.of("PATH=/usr/bin", "HOME=/root");

  private static String golden(String name) throws IOException {
    try (InputStream in = PlannerTest.class.getResourceAsStream("/plans/" + name + ".txt")) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void theSmallestContainer() throws IOException {
    PlanInput input =
        new PlanInput(
            0,
            1,
            2,
            null,
            3,
            4,
            List.of(new PlanInput.Attached(5, "/app", true)),
            List.of(),
            false,
            "0123456789ab",
            "/app",
            FILES,
            List.of(),
            List.of(),
            ROOT,
            false,
            6,
            List.of("true"),
            PATH);
    assertThat(new Planner(path -> true).plan(input)).hasToString(golden("smallest"));
  }

  @Test
  void everyOption() throws IOException {
    PlanInput input =
        new PlanInput(
            0,
            0,
            0,
            new SetupOp.Terminal(0, 24, 80, SetupOp.Terminal.INPUT | SetupOp.Terminal.OUTPUT),
            1,
            2,
            List.of(
                new PlanInput.Attached(4, "/srv/data/deep", true),
                new PlanInput.Attached(5, "/etc/one", false),
                new PlanInput.Attached(3, "/app", true),
                new PlanInput.Attached(6, "/srv", true)),
            List.of("/scratch", "/app/tmp/x"),
            true,
            "lab-7",
            "/made/for it",
            FILES,
            List.of(new SetupOp.ResourceLimit(4, 0, -1), new SetupOp.ResourceLimit(7, 10, 20)),
            List.of(7, 8),
            new SetupOp.User(1234, 2345, List.of(5, 6)),
            false,
            null,
            List.of("sh", "-c", "echo $X"),
            List.of("X=ä y"));
    Planner planner = new Planner(Set.of("/proc/keys", "/proc/sys")::contains);
    assertThat(planner.plan(input)).hasToString(golden("every-option"));
  }

  @Test
  void aUsersContainer() throws IOException {
    PlanInput input =
        new PlanInput(
            0,
            1,
            2,
            null,
            3,
            4,
            List.of(new PlanInput.Attached(5, "/app", true)),
            List.of("/t"),
            true,
            "lab-7",
            "/app/made",
            FILES,
            List.of(),
            List.of(),
            new SetupOp.User(4242, -2, List.of(5, -3)),
            true,
            6,
            List.of("true"),
            PATH);
    assertThat(new Planner(path -> false).plan(input)).hasToString(golden("users"));
  }

  @Test
  void whoJoinsAContainerIsConfinedAsItsProgramIs() {
    Planner planner = new Planner(path -> true);
    PlanInput input =
        new PlanInput(
            0,
            1,
            2,
            null,
            3,
            4,
            List.of(),
            List.of(),
            true,
            "h",
            "/",
            FILES,
            List.of(new SetupOp.ResourceLimit(4, 0, 1)),
            List.of(),
            ROOT,
            false,
            null,
            PATH,
            PATH);
    JoinInput join =
        new JoinInput(
            0,
            1,
            2,
            null,
            "/srv",
            FILES,
            input.limits(),
            List.of(),
            ROOT,
            false,
            List.of("x"),
            PATH,
            null);
    List<Class<? extends SetupOp>> confinement =
        List.of(
            SetupOp.ResourceLimit.class,
            SetupOp.Capabilities.class,
            SetupOp.User.class,
            SetupOp.NoNewPrivileges.class);
    List<SetupOp> ofProgram =
        planner.plan(input).operations().stream()
            .filter(op -> confinement.contains(op.getClass()))
            .toList();
    assertThat(ofProgram).hasSize(5);
    List<SetupOp> all = planner.join(join).operations();
    assertThat(all.subList(2, all.size() - 1)).isEqualTo(ofProgram);
    assertThat(all.getFirst()).isEqualTo(new SetupOp.Stdio(0, 1, 2));
    assertThat(all.get(1)).isEqualTo(new SetupOp.Workdir("/srv", false));
    assertThat(all.getLast()).isEqualTo(new SetupOp.Exec(List.of("x"), PATH));
  }

  @Test
  void rightsAreGivenUpAfterTheLastOperationThatNeedsThemAndTheProgramComesLast() {
    PlanInput input =
        new PlanInput(
            0,
            1,
            2,
            null,
            3,
            4,
            List.of(),
            List.of("/t"),
            true,
            "h",
            "/",
            FILES,
            List.of(),
            List.of(),
            ROOT,
            false,
            5,
            List.of("x"),
            PATH);
    List<Class<?>> order =
        new Planner(path -> true)
            .plan(input).operations().stream().<Class<?>>map(Object::getClass).toList();
    assertThat(order)
        .endsWith(
            SetupOp.Capabilities.class,
            SetupOp.User.class,
            SetupOp.NoNewPrivileges.class,
            SetupOp.Exec.class)
        .startsWith(SetupOp.Stdio.class, SetupOp.Root.class, SetupOp.Mount.class);
  }
}
