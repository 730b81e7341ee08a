package dev.reg.engine.command;

import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import dev.reg.store.Layout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is mounted in a container that was made before: its paths again, with the rights of whoever
 * wants it now.
 */
final class StartMounts implements AutoCloseable {
  private final List<Fd> volumes = new ArrayList<>();
  private @Nullable Fd project;
  private final @Nullable List<Integer> groups;

  private StartMounts(@Nullable List<Integer> groups) {
    this.groups = groups;
  }

  /**
   * Has the client open them.
   *
   * @param tried what cannot be done to the container when they cannot be had
   * @param verb the command that its owner can give instead
   */
  static StartMounts open(Caller caller, Layout layout, Spec spec, String tried, String verb)
      throws RegException, IOException {
    check(caller, spec, tried, verb);
    // Of a group that the owner has left by now, the program is no member any more either.
    StartMounts mounts =
        new StartMounts(isOwn(caller, spec) && spec.isConfined() ? caller.peer().groups() : null);
    try {
      Mountable mountable = new Mountable(caller, layout);
      Spec.Project project = spec.project();
      if (project != null && isShared(project)) {
        mounts.project = mountable.directory(project.path());
      }
      for (Spec.Volume volume : spec.volumes()) {
        mounts.volumes.add(mountable.volume(volume.source()));
      }
      return mounts;
    } catch (RegException | IOException | RuntimeException e) {
      mounts.close();
      throw e;
    }
  }

  private static boolean isOwn(Caller caller, Spec spec) {
    return caller.peer().uid() == spec.owner().uid();
  }

  private static boolean isShared(Spec.Project project) {
    return project.mode() != Spec.ProjectMode.COPY;
  }

  /** Refuses what {@link #open} would refuse whatever there is to be opened; as there. */
  static void check(Caller caller, Spec spec, String tried, String verb) throws RegException {
    Spec.Project project = spec.project();
    boolean any = (project != null && isShared(project)) || !spec.volumes().isEmpty();
    if (!isOwn(caller, spec) && spec.isConfined() && any) {
      // Another user's paths lead where that user wants, and root's client would open them with
      // root's rights.
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          tried
              + " container "
              + spec.name()
              + " of uid "
              + Integer.toUnsignedString(spec.owner().uid())
              + ": its mounts are to be opened with that user's rights; run reg "
              + verb
              + " as that user");
    }
  }

  /** Valid until {@link #close}; {@code streams}: null for none. */
  StartInput input(StartInput.@Nullable Streams streams) {
    return new StartInput(streams, project, volumes, groups);
  }

  @Override
  public void close() {
    Fd.closeAll(volumes);
    if (project != null) {
      project.close();
    }
  }
}
