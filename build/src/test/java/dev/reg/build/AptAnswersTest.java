package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AptAnswersTest {
  private static final List<String> QUESTION = List.of("python3", "", "bash");
  private static final List<DebianPackage> ANSWER =
      List.of(
          new DebianPackage("a", "1:2+b~3", "amd64", "a_1%3a2+b~3_amd64.deb", 7, "0a".repeat(32)),
          new DebianPackage("b", "1", "all", "b_1_all.deb", 8, "0b".repeat(32)));

  @TempDir private Path temp;
  private Path configuration;
  private Path lists;
  private AptAnswers answers;

  @BeforeEach
  void prepare() throws IOException {
    configuration = Files.writeString(temp.resolve("apt.conf"), "one");
    lists = Files.createDirectory(temp.resolve("lists"));
    Files.writeString(lists.resolve("Packages"), "list");
    answers = new AptAnswers(temp.resolve("answers"), List.of(configuration), lists);
  }

  @Test
  void knowsOnlyWhatWasAnswered() throws IOException {
    assertThat(answers.find(QUESTION)).isEmpty();

    answers.add(QUESTION, ANSWER);

    assertThat(answers.find(QUESTION)).contains(ANSWER);
    assertThat(answers.find(List.of("python3", "bash", ""))).isEmpty();
  }

  @Test
  void forgetsWhenTheListsChange() throws IOException {
    answers.add(QUESTION, ANSWER);

    Files.setLastModifiedTime(lists.resolve("Packages"), FileTime.from(Instant.EPOCH));
    assertThat(answers.find(QUESTION)).isEmpty();

    answers.add(QUESTION, ANSWER);
    Files.writeString(lists.resolve("InRelease"), "");
    assertThat(answers.find(QUESTION)).isEmpty();
  }

  @Test
  void forgetsWhenTheConfigurationChanges() throws IOException {
    answers.add(QUESTION, ANSWER);

    Files.writeString(configuration, "two");

    assertThat(answers.find(QUESTION)).isEmpty();
  }

  @Test
  void takesNoAnswerThatIsNotWhole() throws IOException {
    answers.add(QUESTION, ANSWER);
    Path file;
    try (var files = Files.list(temp.resolve("answers"))) {
      file = files.toList().getFirst();
    }
    byte[] whole = Files.readAllBytes(file);

    for (int length = whole.length - 2; length >= 0; length--) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(answers.find(QUESTION)).as("the first %s bytes", length).isEmpty();
    }
    Files.write(file, new byte[] {(byte) 0xff, 0, '\n'});
    assertThat(answers.find(QUESTION)).isEmpty();
  }

  @Test
  void clears() throws IOException {
    answers.clear();
    answers.add(QUESTION, ANSWER);

    answers.clear();

    assertThat(answers.find(QUESTION)).isEmpty();
    assertThat(temp.resolve("answers")).doesNotExist();
  }
}
