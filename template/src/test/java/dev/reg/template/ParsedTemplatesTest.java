package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.store.Digest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ParsedTemplatesTest {
  private final ParsedTemplates parsed = new ParsedTemplates();

  private static byte[] document(int number) {
    return ("name: a\nversion: '" + number + "'\n").getBytes(StandardCharsets.UTF_8);
  }

  private static Template template(int number) throws Exception {
    return TemplateReader.read("a.yaml", document(number));
  }

  @Test
  void eachIsKnownByItsDocument() throws Exception {
    Template one = template(1);
    parsed.put(Digest.of(document(1)), one);
    parsed.put(Digest.of(document(2)), template(2));
    assertThat(parsed.get(Digest.of(document(1)))).isSameAs(one);
    assertThat(parsed.get(Digest.of(document(3)))).isNull();
  }

  @Test
  void theOneThatWasLongestUnwantedIsForgotten() throws Exception {
    for (int i = 0; i <= 64; i++) {
      parsed.put(Digest.of(document(i)), template(i));
      assertThat(parsed.get(Digest.of(document(0)))).isNotNull();
    }
    assertThat(parsed.get(Digest.of(document(1)))).isNull();
    assertThat(parsed.get(Digest.of(document(2)))).isNotNull();
  }
}
