package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.lifecycle.State;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContainersTest {
  private final Containers containers = new Containers();

  private Container add(String beginning, String name) throws RegException {
    String id = Samples.id(beginning);
    assertThat(containers.claimName(name, id)).isEqualTo(name);
    Container container = Samples.container(id, name);
    containers.add(container);
    return container;
  }

  private static void assertRefused(ErrorKind kind, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(RegException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({"web, web", "abc1, web", "abc10, web", "abd, db", "f, abc", "abc, abc"})
  void areFoundByNameIdAndBeginningOfTheId(String reference, String name) throws Exception {
    add("abc1", "web");
    add("abd", "db");
    add("f", "abc"); // a name goes before the beginning of an id
    assertThat(containers.find(reference).name()).isEqualTo(name);
    Container found = containers.find(reference);
    assertThat(containers.find(found.id())).isSameAs(found);
    assertThat(containers.find(found.spec().shortId())).isSameAs(found);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "we", "Web", "ABC", "abe", "web ", "\0", "\uffff"})
  void nothingElseIsFound(String reference) throws Exception {
    add("abc1", "web");
    assertRefused(ErrorKind.NOT_FOUND, "'" + reference + "'", () -> containers.find(reference));
  }

  @Test
  void severalWithOneBeginningAreSaid() throws Exception {
    add("abc1", "one");
    add("abc2", "two");
    assertRefused(ErrorKind.INVALID, "several containers", () -> containers.find("abc"));
    assertThat(containers.find("abc1").name()).isEqualTo("one");
    assertRefused(ErrorKind.NOT_FOUND, "'abc1' ", () -> new Containers().find("abc1"));
  }

  @Test
  void aNameIsTakenUntilItsContainerIsGone() throws Exception {
    Container first = add("1", "web");
    assertRefused(
        ErrorKind.ALREADY_EXISTS,
        "container 100000000000 has it",
        () -> containers.claimName("web", Samples.id("2")));
    containers.releaseName("web", Samples.id("2")); // not its holder
    assertThat(containers.find("web")).isSameAs(first);
    containers.remove(first);
    assertRefused(ErrorKind.NOT_FOUND, "web", () -> containers.find("web"));
    assertThat(containers.claimName("web", Samples.id("2"))).isEqualTo("web");
    assertRefused(ErrorKind.NOT_FOUND, "web", () -> containers.find("web")); // not there yet
    assertRefused(
        ErrorKind.INVALID, "cannot name", () -> containers.claimName("a b", Samples.id("3")));
  }

  @Test
  void generatedNamesNeverMeet() throws Exception {
    Set<String> names = new HashSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<String>> claims =
          IntStream.range(0, 10_000)
              .mapToObj(
                  i ->
                      threads.submit(
                          () -> containers.claimName(null, Samples.id(String.format("%08x", i)))))
              .toList();
      for (Future<String> claim : claims) {
        assertThat(names.add(claim.get())).isTrue();
      }
    }
  }

  @Test
  void theNewestComesFirst() throws Exception {
    add("2", "b");
    add("1", "a");
    assertThat(containers.list()).extracting(Container::name).containsExactly("a", "b");
    Spec old = Samples.spec(Samples.id("0"), "old", false);
    Draft draft = draft(old);
    containers.add(
        Samples.container(
            draft.complete(old.id(), "old", Samples.CREATED.minusNanos(1)),
            Status.initial(State.GENERATED)));
    containers.add(
        Samples.container(
            draft.complete(Samples.id("9"), "new", Samples.CREATED.plusNanos(1)),
            Status.initial(State.GENERATED)));
    assertThat(containers.list())
        .extracting(Container::name)
        .containsExactly("new", "a", "b", "old");
  }

  private static Draft draft(Spec spec) {
    return new Draft(
        null,
        spec.owner(),
        spec.templates(),
        spec.resolved(),
        spec.environment(),
        spec.command(),
        spec.variables(),
        spec.workdir(),
        spec.user(),
        null,
        spec.project(),
        spec.volumes(),
        spec.tmpfs(),
        spec.readOnly(),
        spec.init(),
        spec.remove(),
        spec.terminal(),
        spec.stopSignal());
  }

  @Test
  void holdersAreNamed() throws Exception {
    add("1", "web");
    add("2", "db");
    assertThat(containers.usersOfTemplate("busybox@1.37.0")).containsExactly("db", "web");
    assertThat(containers.usersOfTemplate("busybox@1.37")).isEmpty();
    assertThat(containers.usersOfEnvironment(Samples.ENVIRONMENT)).containsExactly("db", "web");
    assertThat(containers.usersOfEnvironment(Digest.of("f".getBytes(StandardCharsets.UTF_8))))
        .isEmpty();
  }
}
