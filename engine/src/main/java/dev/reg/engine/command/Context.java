package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.building.Pull;
import dev.reg.engine.building.Templates;
import dev.reg.engine.container.Container;
import dev.reg.engine.container.ContainerService;
import dev.reg.engine.daemon.EngineControl;
import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.project.ProjectFiles;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.store.EnvironmentStore;
import dev.reg.store.Layout;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import dev.reg.template.Accounts;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What commands work with. */
record Context(
    Layout layout,
    ObjectStore objects,
    EnvironmentStore environments,
    Templates templates,
    ProjectFiles projectFiles,
    ContainerService containers,
    Launcher launcher,
    EngineControl control) {
  /**
   * The one container of this name, id or beginning of an id that the caller may know of.
   *
   * @throws RegException NOT_FOUND, also for another user's
   */
  Container container(Caller caller, String name) throws RegException {
    return containers.containers().find(name, Access.of(caller.peer()));
  }

  /** The templates that the operands name; all that are stored without one. */
  List<Head> heads(Arguments arguments) throws RegException, IOException {
    List<Head> heads = new ArrayList<>();
    for (String name : arguments.operands()) {
      heads.add(templates.find(TemplateRef.parse(name)));
    }
    return arguments.operands().isEmpty() ? templates.list() : heads;
  }

  /** A template and everything it requires, each after those it requires; builds nothing. */
  List<Head> closure(Caller caller, Head head) throws RegException, IOException {
    return templates
        .resolve(List.of(head.id()), Pull.NEVER, null, new CallerWatcher(caller))
        .closure()
        .templates();
  }

  /** The bytes of a stored object. */
  long size(ObjectId object) throws IOException {
    try {
      return objects.size(object);
    } catch (RegException e) {
      throw new IOException(e.line(), e);
    }
  }

  /** The users and groups that a container's templates gave it. */
  Accounts accounts(Container container) throws RegException {
    List<String> ids = container.spec().resolved();
    return Accounts.of(templates.list().stream().filter(head -> ids.contains(head.id())).toList());
  }
}
