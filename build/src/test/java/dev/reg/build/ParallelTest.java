package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ParallelTest {
  private static final List<Integer> NUMBERS = IntStream.range(0, 100).boxed().toList();

  @Test
  void resultsAreInTheOrderOfTheThings() throws Exception {
    CountDownLatch last = new CountDownLatch(NUMBERS.size() - 1);

    List<Integer> squares =
        Parallel.map(
            NUMBERS,
            n -> {
              // Where there are two threads, the first one's result is the last.
              if (n == 0 && Parallel.THREADS > 1) {
                awaited(last);
              }
              last.countDown();
              return n * n;
            });

    assertThat(squares).isEqualTo(NUMBERS.stream().map(n -> n * n).toList());
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void throwsWhatTheFirstThatFailedThrew() {
    assertThatThrownBy(
            () ->
                Parallel.map(
                    NUMBERS,
                    n -> {
                      if (n == 7) {
                        throw new RegException(ErrorKind.INVALID, "seven");
                      }
                      if (n > 7) {
                        throw new IOException("another");
                      }
                      return n;
                    }))
        .isInstanceOf(RegException.class)
        .hasMessage("seven");
  }

  @Test
  void anErrorStaysWhatItIs() {
    assertThatThrownBy(
            () ->
                Parallel.map(
                    NUMBERS,
                    n -> {
                      throw new IllegalStateException("a defect");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a defect");
  }
}
