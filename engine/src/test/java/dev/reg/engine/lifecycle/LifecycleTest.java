package dev.reg.engine.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LifecycleTest {
  /** Rows are states, columns events; a dash is a transition that can not happen. */
  private static final String TABLE =
      """
      state      COMPLETED STARTED INSERTION_BEGAN INSERTION_ENDED GONE    REMOVED
      GENERATING GENERATED -       -               -               -       REMOVED
      GENERATED  -         RUNNING -               -               -       REMOVED
      RUNNING    -         -       INSERTING       -               STOPPED -
      INSERTING  -         -       -               RUNNING         STOPPED -
      STOPPED    -         RUNNING -               -               -       REMOVED
      REMOVED    -         -       -               -               -       -
      """;

  @Test
  void everyCellIsAsThePaperHasIt() {
    List<String> rows = TABLE.lines().toList();
    List<String> events = List.of(rows.getFirst().split(" +"));
    List<State> seen = new ArrayList<>();
    for (String row : rows.subList(1, rows.size())) {
      List<String> cells = List.of(row.split(" +"));
      State state = State.valueOf(cells.getFirst());
      seen.add(state);
      for (int i = 1; i < events.size(); i++) {
        Optional<State> expected =
            cells.get(i).equals("-") ? Optional.empty() : Optional.of(State.valueOf(cells.get(i)));
        assertThat(Lifecycle.next(state, Event.valueOf(events.get(i))))
            .as("%s × %s", state, events.get(i))
            .isEqualTo(expected);
      }
    }
    assertThat(seen).containsExactly(State.values());
    assertThat(events.subList(1, events.size()))
        .containsExactlyElementsOf(List.of(Event.values()).stream().map(Enum::name).toList());
  }

  @ParameterizedTest
  @EnumSource(State.class)
  void labelsReadBack(State state) {
    assertThat(State.of(state.label())).contains(state);
    assertThat(state).hasToString(state.label());
  }

  @ParameterizedTest
  @CsvSource({"running", "''", "Paused"})
  void otherWordsAreNoState(String label) {
    assertThat(State.of(label)).isEmpty();
  }

  @Test
  void onlyRunningAndInsertingHaveProcesses() {
    assertThat(State.values())
        .filteredOn(State::isLive)
        .containsExactly(State.RUNNING, State.INSERTING);
  }
}
