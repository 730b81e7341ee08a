package dev.reg.engine.command;

import dev.reg.engine.container.Container;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
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
    List<Fd> opened = new ArrayList<>();
    try {
      // The paths again, with the rights of whoever starts it now.
      Spec spec = container.spec();
      Spec.Project project = spec.project();
      Fd directory = null;
      if (project != null && project.mode() != Spec.ProjectMode.COPY) {
        directory = caller.open(project.path(), Open.O_PATH | Open.O_DIRECTORY, 0);
        opened.add(directory);
      }
      List<Fd> volumes = new ArrayList<>();
      for (Spec.Volume volume : spec.volumes()) {
        Fd fd = caller.open(volume.source(), Open.O_PATH, 0);
        opened.add(fd);
        volumes.add(fd);
      }
      context.containers().start(container, new StartInput(null, directory, volumes));
    } finally {
      Fd.closeAll(opened);
    }
  }
}
