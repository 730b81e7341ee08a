package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every target of {@link FuzzTargets}: with each input that is kept, and with what Jazzer makes of
 * them in a few seconds ({@code -Dreg.fuzz.seconds=600} for a search). A finding is printed with
 * the file it was saved in: it belongs into {@code src/test/resources/fuzz/TARGET}.
 */
class FuzzTest {
  private static final int SECONDS = Integer.getInteger("reg.fuzz.seconds", 4);

  /** The same search each time; 0, another each time, for a long one. */
  private static final int SEED = Integer.getInteger("reg.fuzz.seconds") == null ? 1 : 0;

  private static final Path KEPT = Path.of("src/test/resources/fuzz");

  /** A recipe's version may be a regular expression, and its paths go where the caller says. */
  private static final String NOT_OURS =
      "com.code_intelligence.jazzer.sanitizers.RegexInjection"
          + ":com.code_intelligence.jazzer.sanitizers.FilePathTraversal";

  @TempDir Path temp;

  static List<Class<?>> targets() {
    return FuzzTargets.all();
  }

  private static Path kept(Class<?> target) {
    return KEPT.resolve(target.getSimpleName().toLowerCase(Locale.ROOT));
  }

  private static List<Path> inputs(Class<?> target) throws IOException {
    try (Stream<Path> all = Files.list(kept(target))) {
      return all.sorted().toList();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyKeptInputIsReadOrRefused() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    for (Class<?> target : targets()) {
      List<Path> inputs = inputs(target);
      assertThat(inputs).as("inputs of " + target).isNotEmpty();
      Method method = target.getMethod("fuzzerTestOneInput", byte[].class);
      method.setAccessible(true);
      for (Path input : inputs) {
        tests.add(dynamicTest(KEPT.relativize(input).toString(), () -> call(method, input)));
      }
    }
    return tests.stream();
  }

  private static void call(Method method, Path input) throws Throwable {
    try {
      method.invoke(null, (Object) Files.readAllBytes(input));
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Two at a time: most of a search this short is Jazzer's own start. */
  @ParameterizedTest
  @MethodSource("targets")
  @Execution(ExecutionMode.CONCURRENT)
  void noneIsFoundThatBreaksIt(Class<?> target) throws Exception {
    Path corpus = Files.createDirectory(temp.resolve("corpus"));
    Path findings = Files.createDirectories(Path.of("target", "fuzz").toAbsolutePath());
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + target.getName(),
            "--instrumentation_includes=dev.reg.**:org.snakeyaml.**:org.apache.commons.compress.**",
            "--disabled_hooks=" + NOT_OURS,
            "--reproducer_path=" + findings,
            "-artifact_prefix=" + findings + "/" + target.getSimpleName() + "-",
            "-max_total_time=" + SECONDS,
            "-timeout=20",
            "-seed=" + SEED,
            corpus.toString(),
            kept(target).toAbsolutePath().toString());
    Path said = temp.resolve("said");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .directory(temp.toFile())
            .start();
    try {
      assertThat(process.waitFor(SECONDS + 240L, TimeUnit.SECONDS)).as("it ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    String text = Files.readString(said);
    assertThat(process.exitValue()).as(text).isZero();
    assertThat(text).as("it ran").contains("Done ");
  }
}
