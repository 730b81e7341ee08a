package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Samples;
import dev.reg.engine.container.Status;
import dev.reg.engine.lifecycle.State;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainerFilterTest {
  private static final Instant AT = Instant.parse("2026-11-23T08:00:01Z");

  /** Busybox all of them; the second has python, too, which its closure has but not its wish. */
  private static final List<Container> CONTAINERS =
      List.of(
          Samples.container(Samples.id("a1"), "web"),
          Samples.container(
              Samples.fullSpec(Samples.id("a2"), "web-2"),
              new Status(State.STOPPED, 137, true, AT, AT, "secret", null)),
          Samples.container(
              Samples.spec(Samples.id("b3"), "db", false),
              new Status(State.STOPPED, 0, false, AT, AT, "secret", null)),
          Samples.container(
              Samples.spec(Samples.id("b4"), "lost", false),
              new Status(State.STOPPED, null, false, AT, AT, "secret", null)),
          Samples.running(Samples.spec(Samples.id("c5"), "my.web", true), 4711));

  private static List<String> names(String filters) throws RegException {
    List<String> each = filters == null ? List.of() : Arrays.asList(filters.split(" ", -1));
    ContainerFilter filter = ContainerFilter.parse(each);
    return CONTAINERS.stream().filter(filter.matches()).map(Container::name).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "| web web-2 db lost my.web",
        "name=web | web web-2 my.web",
        "name=^web | web web-2",
        "name=web$ | web my.web",
        "name=^/web$ | web",
        "name=y.w | my.web",
        "name=ywe |",
        "id=a | web web-2",
        "id=A2 | web-2",
        "id=1 |",
        "status=created | web",
        "status=running | my.web",
        "status=exited | web-2 db lost",
        "status=paused |",
        "status=running status=created | web my.web",
        "exited=137 | web-2",
        "exited=0 | db",
        "exited=0 exited=137 | web-2 db",
        "template=python | web-2",
        "template=python@3 | web-2",
        "ancestor=python@3.13.5 | web-2",
        "ancestor=python@3.1 |",
        "template=busybox | web web-2 db lost my.web",
        "template=nodejs ancestor=python | web-2",
        "name=web status=exited | web-2",
        "name=web name=db status=exited exited=0 | db",
      })
  void oneKeyTakesAnyValueAndSeveralKeysAll(String filters, String expected) throws Exception {
    List<String> wanted = expected == null ? List.of() : Arrays.asList(expected.split(" ", -1));
    assertThat(names(filters)).containsExactlyElementsOf(wanted);
  }

  @Test
  void whatAsksForTheStoppedSeesThem() throws Exception {
    assertThat(ContainerFilter.parse(List.of("status=exited")).wantsAll()).isTrue();
    assertThat(ContainerFilter.parse(List.of("exited=1", "name=a")).wantsAll()).isTrue();
    assertThat(ContainerFilter.parse(List.of("name=a")).wantsAll()).isFalse();
    assertThat(ContainerFilter.parse(List.of()).wantsAll()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "web | ps: --filter wants KEY=VALUE, as in status=exited, not 'web'",
        "=web | ps: --filter wants KEY=VALUE, as in status=exited, not '=web'",
        "name= | ps: --filter wants KEY=VALUE, as in status=exited, not 'name='",
        "nmae=web | ps: --filter knows no key 'nmae'; did you mean name?",
        "label=x=y | ps: --filter knows no key 'label'; there are name, id, status, exited, template, ancestor",
        "status=exitd | ps: --filter knows no status 'exitd'; did you mean exited?",
        "status=Gone | ps: --filter knows no status 'Gone'; there are created, running, exited, removing, paused, restarting, dead",
        "exited=one | ps: --filter exited wants an exit code, not 'one'",
        "exited=-1 | ps: --filter exited wants an exit code, not '-1'",
        "id=xyz | ps: --filter id wants the beginning of an id, not 'xyz'",
        "name=(a+)+$ | ps: --filter name wants a part of a name, ^ and $ being its ends, not '(a+)+$'",
      })
  void whatIsNoFilterIsRefused(String filter, String why) {
    RegException refused =
        catchThrowableOfType(RegException.class, () -> ContainerFilter.parse(List.of(filter)));
    assertThat(refused.kind()).isEqualTo(ErrorKind.INVALID);
    assertThat(refused.line()).isEqualTo(why);
  }

  @Test
  void templatesAreNamedAsEverywhere() {
    RegException refused =
        catchThrowableOfType(
            RegException.class, () -> ContainerFilter.parse(List.of("template=Python")));
    assertThat(refused.line()).startsWith("ps: --filter template='Python' names no template");
  }
}
