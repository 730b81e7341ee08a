package dev.reg.engine.command;

import dev.reg.engine.building.BuilderMemory;
import dev.reg.engine.limit.ControlGroups;
import dev.reg.engine.limit.Group;
import dev.reg.engine.limit.Limits;
import dev.reg.error.RegException;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.List;

/** Each builder in a control group of its own, where the machine has them. */
final class BuilderGroups implements BuilderMemory {
  private static final Logger LOG = System.getLogger(BuilderGroups.class.getName());

  private final ControlGroups groups;
  private final BuildLimits limits;

  BuilderGroups(ControlGroups groups, BuildLimits limits) {
    this.groups = groups;
    this.limits = limits;
  }

  @Override
  public Hold hold() throws RegException, IOException {
    Limits builder = limits.builder();
    return limits.canHold(builder, groups::check)
        ? new InGroup(groups.hold(builder), builder.memory())
        : BuilderMemory.NOTHING;
  }

  private final class InGroup implements Hold {
    private final Group group;
    private final long bytes;

    InGroup(Group group, long bytes) {
      this.group = group;
      this.bytes = bytes;
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
      return bytes;
    }

    @Override
    public void close() {
      groups.remove(group);
    }
  }
}
