package dev.reg.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.engine.access.Access;
import dev.reg.engine.lifecycle.State;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Peer;
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
  private static final Access ROOT = of(0);
  private final Containers containers = new Containers(2);

  private static Access of(int uid) {
    return Access.of(new Peer(1, uid, uid, List.of()));
  }

  private Container add(String beginning, String name) throws RegException {
    String id = Samples.id(beginning);
    assertThat(containers.claimName(0, name, id)).isEqualTo(name);
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
    assertThat(containers.find(reference, ROOT).name()).isEqualTo(name);
    Container found = containers.find(reference, ROOT);
    assertThat(containers.find(found.id(), ROOT)).isSameAs(found);
    assertThat(containers.find(found.spec().shortId(), ROOT)).isSameAs(found);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "we", "Web", "ABC", "abe", "web ", "\0", "\uffff"})
  void nothingElseIsFound(String reference) throws Exception {
    add("abc1", "web");
    assertRefused(
        ErrorKind.NOT_FOUND, "'" + reference + "'", () -> containers.find(reference, ROOT));
  }

  @Test
  void severalWithOneBeginningAreSaid() throws Exception {
    add("abc1", "one");
    add("abc2", "two");
    assertRefused(ErrorKind.INVALID, "several containers", () -> containers.find("abc", ROOT));
    assertThat(containers.find("abc1", ROOT).name()).isEqualTo("one");
    assertRefused(ErrorKind.NOT_FOUND, "'abc1' ", () -> new Containers(2).find("abc1", ROOT));
  }

  @Test
  void aNameIsTakenUntilItsContainerIsGone() throws Exception {
    Container first = add("1", "web");
    assertRefused(
        ErrorKind.ALREADY_EXISTS,
        "container 100000000000 has it",
        () -> containers.claimName(0, "web", Samples.id("2")));
    containers.releaseName(0, "web", Samples.id("2")); // not its holder
    assertThat(containers.find("web", ROOT)).isSameAs(first);
    containers.remove(first);
    assertRefused(ErrorKind.NOT_FOUND, "web", () -> containers.find("web", ROOT));
    assertThat(containers.claimName(0, "web", Samples.id("2"))).isEqualTo("web");
    assertRefused(ErrorKind.NOT_FOUND, "web", () -> containers.find("web", ROOT)); // not there yet
    assertRefused(
        ErrorKind.INVALID, "cannot name", () -> containers.claimName(0, "a b", Samples.id("3")));
  }

  @Test
  void everyUserHasNamesOfTheirOwn() throws Exception {
    Container roots = addOf(0, "aa1", "web");
    Container one = addOf(4242, "bb1", "web");
    Container two = addOf(4244, "bb2", "web");
    assertThat(containers.find("web", ROOT)).isSameAs(roots);
    assertThat(containers.find("web", of(4242))).isSameAs(one);
    assertThat(containers.find("web", of(4244))).isSameAs(two);
    assertThat(containers.list(of(4244))).containsExactly(two);
    assertThat(containers.list(ROOT)).hasSize(3);
    containers.remove(roots);
    assertRefused(ErrorKind.INVALID, "several users have", () -> containers.find("web", ROOT));
    containers.remove(two);
    assertThat(containers.find("web", ROOT)).isSameAs(one);
  }

  /** The same words whether it does not exist or is another's. */
  @Test
  void anothersContainerDoesNotExist() throws Exception {
    Container others = addOf(4242, "abc1", "web");
    for (String reference : List.of("web", "abc", others.id(), others.spec().shortId())) {
      assertThatThrownBy(() -> containers.find(reference, of(4244)))
          .isInstanceOfSatisfying(
              RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND))
          .hasMessage(
              "no container is named '"
                  + reference
                  + "' or has an id that begins so; see reg ps -a");
    }
    Container own = addOf(4244, "abc2", "db");
    assertThat(containers.find("abc", of(4244))).isSameAs(own);
    assertRefused(ErrorKind.INVALID, "several containers", () -> containers.find("abc", ROOT));
  }

  @Test
  void noUsersNameHidesWhatRootMeans() throws Exception {
    Container roots = addOf(0, "abc1", "web");
    addOf(4242, "def1", "abc1");
    assertThat(containers.find("abc1", ROOT)).isSameAs(roots);
  }

  private Container addOf(int uid, String beginning, String name) throws RegException {
    String id = Samples.id(beginning);
    containers.claimName(uid, name, id);
    Container container =
        Samples.container(
            Samples.ownedBy(Samples.spec(id, name, false), uid), Status.initial(State.GENERATED));
    containers.add(container);
    return container;
  }

  @Test
  void aUserHasNoMoreThanTheirBound() throws Exception {
    Container first = addOf(4242, "1", "a");
    addOf(4242, "2", "b");
    assertRefused(ErrorKind.EXHAUSTED, "you have 2 containers", () -> addOf(4242, "3", "c"));
    addOf(4244, "4", "a");
    for (String name : List.of("5", "6", "7")) {
      addOf(0, name, name);
    }
    containers.remove(first);
    containers.remove(first);
    addOf(4242, "8", "d");
    assertRefused(ErrorKind.EXHAUSTED, "one user gets", () -> addOf(4242, "9", "e"));
  }

  @Test
  void whatAnEarlierEngineMadeCountsButStays() throws Exception {
    for (String id : List.of("1", "2", "3")) {
      containers.restore(
          Samples.container(
              Samples.ownedBy(Samples.spec(Samples.id(id), id, false), 4242),
              Status.initial(State.GENERATED)));
    }
    assertThat(containers.list(of(4242))).hasSize(3);
    assertRefused(ErrorKind.EXHAUSTED, "you have 3", () -> addOf(4242, "4", "d"));
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
                          () ->
                              containers.claimName(0, null, Samples.id(String.format("%08x", i)))))
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
        spec.stopSignal(),
        spec.limits(),
        "");
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
