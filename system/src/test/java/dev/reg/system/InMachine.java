package dev.reg.system;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes in the virtual machine, and tells of each test in a line {@code vm test
 * NAME=ok}, and how many milliseconds it took in {@code vm took NAME=…}.
 */
final class InMachine implements TestExecutionListener {
  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private final Map<String, Long> started = new HashMap<>();

  private InMachine() {}

  /**
   * Ends when all have.
   *
   * @param classes names in this package
   */
  public static void main(String[] classes) {
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(
                Arrays.stream(classes)
                    .map(name -> selectClass(InMachine.class.getPackageName() + "." + name))
                    .toList())
            .build();
    LauncherFactory.create().execute(request, new InMachine());
    System.exit(0); // after the hooks that clean up
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    tell(test, "skipped: " + reason);
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    started.put(test.getUniqueId(), System.nanoTime());
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean ok = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    if (test.isTest() || !ok) {
      tell(test, ok ? "ok" : result.getThrowable().map(Throwable::toString).orElse("no reason"));
    }
    Long since = started.remove(test.getUniqueId());
    if (since != null) {
      out.println("vm took " + name(test) + "=" + (System.nanoTime() - since) / 1_000_000);
    }
  }

  private static String name(TestIdentifier test) {
    return test.getUniqueId().replaceAll(".*class:dev\\.reg\\.system\\.|[\\[\\]()=]", "");
  }

  private void tell(TestIdentifier test, String how) {
    out.println("vm test " + name(test) + "=" + how.replaceAll("\\s+", " "));
  }
}
