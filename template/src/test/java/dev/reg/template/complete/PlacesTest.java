package dev.reg.template.complete;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PlacesTest {
  /** Few letters: what is looked for begins often before it is there, and lies at both ends. */
  @Test
  void findsTheFirstPlaceWhereStringsFindIt() {
    Random random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      String all = text(random, random.nextInt(40));
      String wanted = text(random, 1 + random.nextInt(5));
      assertThat(Places.find(bytes(all), bytes(wanted)))
          .as(wanted + " in " + all)
          .isEqualTo(all.indexOf(wanted));
    }
  }

  private static String text(Random random, int length) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < length; i++) {
      out.append("ab\u00ff".charAt(random.nextInt(3)));
    }
    return out.toString();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
