package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.template.Head;
import dev.reg.template.Template;
import dev.reg.template.TemplateReader;
import java.io.IOException;

/**
 * {@code template build}: from the catalog, or from a file of the caller's. Prints what it made.
 */
final class TemplateBuildCommand implements Command {
  private static final int LARGEST = 16 << 20;

  private final Context context;

  TemplateBuildCommand(Context context) {
    this.context = context;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    String what = arguments.operands().getFirst();
    boolean file = what.startsWith("/") || what.startsWith(".");
    if (file) {
      Access.of(caller.peer())
          .checkWhole(
              "add templates of their own: everybody uses them; build one of the catalog's");
    }
    Head head =
        file ? fromFile(caller, what) : context.templates().build(what, new CallerWatcher(caller));
    caller.out(head.id() + "\n");
    return 0;
  }

  private Head fromFile(Caller caller, String path) throws RegException, IOException {
    byte[] document;
    try (Fd fd = caller.open(path, Open.O_RDONLY | Open.O_NONBLOCK, 0)) {
      var status = Descriptors.status(fd);
      if (!status.isRegular() || status.size() > LARGEST) {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot read the template "
                + path
                + ": "
                + (status.isRegular() ? "it is larger than 16 MiB" : "it is no file"));
      }
      document = Descriptors.readAll(fd, LARGEST);
    }
    Template template = TemplateReader.read(path, document);
    String directory = path.substring(0, path.lastIndexOf('/') + 1);
    return context
        .templates()
        .add(
            template,
            new ClientSources(caller, directory),
            new CallerWatcher(caller),
            id -> context.containers().containers().usersOfTemplate(id));
  }
}
