package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConveyorTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 40_000_000})
  void givesWhatItTakes(int size) throws Exception {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    Conveyor conveyor = new Conveyor();
    CompletableFuture<Void> filled =
        CompletableFuture.runAsync(
            () -> {
              try {
                conveyor.fill(new ByteArrayInputStream(content));
                conveyor.end();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });

    assertThat(conveyor.readAllBytes()).isEqualTo(content);
    assertThat(conveyor.read()).isEqualTo(-1);
    filled.get();
  }

  @Test
  void letsGoOfWhoFillsItWhenInterrupted() throws Exception {
    Conveyor conveyor = new Conveyor();
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    Thread filler =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    conveyor.fill(new ByteArrayInputStream(new byte[9 << 20]));
                    failure.complete(null);
                  } catch (IOException e) {
                    failure.complete(e);
                  }
                });

    filler.interrupt();
    filler.join();

    assertThat(failure.get()).isInstanceOf(InterruptedIOException.class);
  }

  @Test
  void letsGoOfWhoReadsItWhenInterrupted() {
    Conveyor conveyor = new Conveyor();
    Thread.currentThread().interrupt();

    assertThatThrownBy(conveyor::read).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
