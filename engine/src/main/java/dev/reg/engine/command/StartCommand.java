package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code start}: one after the other; one that runs already is no mistake. */
final class StartCommand implements Command {
  private final Context context;

  StartCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    return new Each(context, caller)
        .change(arguments.operands(), container -> start(caller, container));
  }

  private void start(Caller caller, Container container) throws RegException, IOException {
    if (container.state().isLive()) {
      return;
    }
    Spec spec = container.spec();
    boolean own = caller.peer().uid() == spec.owner().uid();
    checkStarts(spec, own);
    Mountable mountable = new Mountable(caller, context.layout());
    List<Fd> opened = new ArrayList<>();
    try {
      // The paths again, with the rights of whoever starts it now.
      Spec.Project project = spec.project();
      Fd directory = null;
      if (project != null && project.mode() != Spec.ProjectMode.COPY) {
        directory = mountable.directory(project.path());
        opened.add(directory);
      }
      List<Fd> volumes = new ArrayList<>();
      for (Spec.Volume volume : spec.volumes()) {
        Fd fd = mountable.volume(volume.source());
        opened.add(fd);
        volumes.add(fd);
      }
      // Of a group that the owner has left by now, the program is no member any more either.
      List<Integer> groups = own && spec.isConfined() ? caller.peer().groups() : null;
      context.containers().start(container, new StartInput(null, directory, volumes, groups));
    } finally {
      Fd.closeAll(opened);
    }
  }

  /**
   * Another user's paths lead where that user wants, and root's client would open them with root's
   * rights.
   */
  private static void checkStarts(Spec spec, boolean own) throws RegException {
    Spec.Project project = spec.project();
    boolean mounts =
        !spec.volumes().isEmpty() || (project != null && project.mode() != Spec.ProjectMode.COPY);
    if (!own && spec.isConfined() && mounts) {
      String uid = Integer.toUnsignedString(spec.owner().uid());
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot start container "
              + spec.name()
              + " of uid "
              + uid
              + ": its mounts are to be opened with that user's rights; run reg start as that user");
    }
  }
}
