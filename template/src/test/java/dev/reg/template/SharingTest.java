package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import dev.reg.template.Sharing.Pair;
import dev.reg.template.Sharing.Part;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharingTest {
  /** A template of files whose contents are the words; a word's length is its size. */
  private static Template template(String name, String... words) throws Exception {
    StringBuilder text = new StringBuilder("name: " + name + "\nversion: 1\nfiles:\n");
    int number = 0;
    for (String word : words) {
      text.append("  f").append(number).append(": {path: /usr/share/").append(name);
      text.append(number++).append(", mode: '0644', digest: '").append(digest(word));
      text.append("'}\n");
    }
    return TemplateReader.read(name, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static Digest digest(String word) {
    return Digest.of(word.getBytes(StandardCharsets.UTF_8));
  }

  private static Sharing sharing(List<String> words, Template... templates) throws Exception {
    return Sharing.of(
        List.of(templates),
        object -> {
          List<String> known = new ArrayList<>(words);
          known.removeIf(word -> !new ObjectId(digest(word), 0644).equals(object));
          return known.getFirst().length();
        });
  }

  @Test
  void eachObjectCountsOnceAndOnlyWhatNobodyElseHasIsUnique() throws Exception {
    List<String> words = List.of("0123456789", "abcde", "xyz", "q");
    Sharing sharing =
        sharing(
            words,
            template("a", "0123456789", "abcde", "abcde"),
            template("b", "0123456789", "xyz"),
            template("c", "q"));
    assertThat(sharing.templates())
        .containsExactly(new Part("a@1", 15, 5), new Part("b@1", 13, 3), new Part("c@1", 1, 1));
    assertThat(sharing.bytes()).isEqualTo(19);
    assertThat(sharing.pairs()).hasSize(1);
    Pair pair = sharing.pairs().getFirst();
    assertThat(pair.first() + " " + pair.second()).isEqualTo("a@1 b@1");
    assertThat(pair.shared()).isEqualTo(10);
    assertThat(pair.ofFirst()).isCloseTo(10 / 15.0, within(1e-9));
    assertThat(pair.ofSecond()).isCloseTo(10 / 13.0, within(1e-9));
  }

  @Test
  void nothingInCommonIsNoPair() throws Exception {
    Sharing sharing = sharing(List.of("aa", "bb"), template("a", "aa"), template("b", "bb"));
    assertThat(sharing.pairs()).isEmpty();
    assertThat(sharing.bytes()).isEqualTo(4);
  }
}
