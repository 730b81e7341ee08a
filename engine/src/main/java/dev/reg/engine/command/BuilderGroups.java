package dev.reg.engine.command;

import dev.reg.engine.building.BuilderMemory;
import dev.reg.engine.limit.ControlGroups;
import dev.reg.engine.limit.Group;
import dev.reg.engine.limit.Limits;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Each builder in a control group of its own, where the machine has them. */
final class BuilderGroups implements BuilderMemory {
  private static final Logger LOG = System.getLogger(BuilderGroups.class.getName());

  /**
   * Mebibytes. A builder's Java takes up to 700, programs that take archives apart 100 each; what
   * it has written and read counts, too, and is given back.
   */
  private static final int MEBIBYTES = 2048;

  private static final Limits LIMITS =
      new Limits((long) MEBIBYTES << 20, Limits.UNLIMITED, 0, null, 0, List.of());

  private final ControlGroups groups;
  private final AtomicBoolean warned = new AtomicBoolean();

  BuilderGroups(ControlGroups groups) {
    this.groups = groups;
  }

  @Override
  public Hold hold() throws RegException {
    return canHold() ? new InGroup(groups.hold(LIMITS)) : BuilderMemory.NOTHING;
  }

  /** False where the machine never can: what fails this once fails the build. */
  private boolean canHold() throws RegException {
    try {
      groups.check(LIMITS);
      return true;
    } catch (RegException e) {
      if (e.kind() != ErrorKind.FAILED_PRECONDITION) {
        throw e;
      }
      if (!warned.getAndSet(true)) {
        LOG.log(Logger.Level.WARNING, "builders' memory is bounded a process alone: " + e.line());
      }
      return false;
    }
  }

  private final class InGroup implements Hold {
    private final Group group;

    InGroup(Group group) {
      this.group = group;
    }

    @Override
    public List<Path> joining() {
      return group.joining();
    }

    @Override
    public long kills() {
      try {
        return group.oomKills();
      } catch (IOException e) {
        LOG.log(Logger.Level.WARNING, "the builder's control group cannot be read", e);
        return 0;
      }
    }

    @Override
    public long bytes() {
      return LIMITS.memory();
    }

    @Override
    public void close() {
      groups.remove(group);
    }
  }
}
