package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Runs last: after every other test, stopping the shared engine leaves no trace of any engine of
 * this run.
 */
@Order(Integer.MAX_VALUE)
class SharedEngineEndsCleanTest {
  @Test
  void nothingOfTheWholeRunIsLeft() throws IOException {
    Reg reg = Fixture.shared();
    assertThat(reg.run("ps", "-a", "-q").out()).isEmpty();
    reg.close();
    Await.until(() -> leftovers().isEmpty(), () -> leftovers().toString());
  }

  private static List<String> leftovers() {
    try {
      return Host.leftovers(Fixture.area());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
