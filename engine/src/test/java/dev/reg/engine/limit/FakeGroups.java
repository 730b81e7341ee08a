package dev.reg.engine.limit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Control groups of a machine that is not this one, for tests of other packages. */
public final class FakeGroups {
  private FakeGroups() {}

  /**
   * Version 1's, with a place that is ready for groups with limits on memory and processes.
   *
   * @param top an empty directory
   * @param errno in which making another group ends; 0 for none
   */
  public static ControlGroups first(Path top, int errno) throws Exception {
    FakeKernel kernel = new FakeKernel(top);
    ControlGroups groups = make(kernel, kernel.firstVersion());
    groups.check(new Limits(1 << 20, Limits.UNLIMITED, 0, null, 1, List.of()));
    kernel.failing = errno;
    return groups;
  }

  /** As above, but nothing is ready. */
  public static ControlGroups bare(Path top, int errno) throws IOException {
    FakeKernel kernel = new FakeKernel(top);
    kernel.failing = errno;
    return make(kernel, kernel.firstVersion());
  }

  /** Version 2's without this controller among others. */
  public static ControlGroups secondWithout(Path top, String controller) throws IOException {
    FakeKernel kernel = new FakeKernel(top);
    ControlGroups groups =
        new ControlGroups(
            Hierarchies.of(kernel.secondVersion("cpu memory pids".replace(controller, "io"))),
            kernel,
            top.resolve("swaps"),
            0);
    groups.locate(List.of("0::/reg.service/reg-1/launcher"));
    return groups;
  }

  private static ControlGroups make(FakeKernel kernel, List<String> mounts) {
    ControlGroups groups =
        new ControlGroups(Hierarchies.of(mounts), kernel, kernel.top.resolve("swaps"), 0);
    groups.locate(List.of("4:memory:/reg-1/launcher", "8:pids:/reg-1/launcher", "0::/"));
    return groups;
  }
}
