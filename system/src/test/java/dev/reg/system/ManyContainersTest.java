package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A crowd comes and goes, and the host is as it was. */
class ManyContainersTest {
  private static final int CROWD = 300;

  @Test
  void aCrowdLeavesNothingBehind() throws IOException {
    Reg reg = Fixture.own();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      ids.add(reg.run("run", "-d", "-tbusybox", "--", "sleep", "3600").succeeded().out().strip());
    }
    assertThat(reg.run("ps", "-q").lines()).hasSize(CROWD);
    List<String> command = new ArrayList<>(List.of("remove", "-f"));
    command.addAll(ids);
    reg.run(command.toArray(String[]::new)).succeeded();
    assertThat(reg.run("ps", "-a", "-q").out()).isEmpty();
    int engine = reg.enginePid();
    int launcher = reg.launcherPid();
    int descriptors = descriptors(engine) + descriptors(launcher);
    assertThat(descriptors).isLessThan(CROWD);
    reg.end();
    Await.until(() -> left(reg).isEmpty(), () -> left(reg).toString());
    String[] containers = reg.root.resolve("containers").toFile().list();
    assertThat(containers).isEmpty();
    reg.close();
  }

  private static int descriptors(int pid) {
    String[] open = new java.io.File("/proc/" + pid + "/fd").list();
    return open == null ? 0 : open.length;
  }

  private static List<String> left(Reg reg) {
    try {
      return Host.leftovers(reg.root).stream().filter(l -> !l.startsWith("cgroup")).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
