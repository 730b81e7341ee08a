package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.building.BuildSource;
import dev.reg.engine.building.OwnRecipe;
import dev.reg.engine.building.Updates;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.template.Head;
import dev.reg.template.Template;
import dev.reg.template.TemplateReader;
import dev.reg.template.TemplateRef;
import dev.reg.template.Version;
import dev.reg.template.Yaml;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code template build}: from the catalog, from a file of the caller's, from packages nobody wrote
 * a recipe for, or from a program of the host. Prints what it made.
 */
final class TemplateBuildCommand implements Command {
  private static final String FROM_DEB = "--from-deb";
  private static final String FROM_HOST = "--from-host";
  private static final String VERSION = TemplateImportCommand.VERSION;
  private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]{1,127}");
  private static final int LARGEST = 16 << 20;

  private final Context context;
  private final Updates updates;

  TemplateBuildCommand(Context context, Updates updates) {
    this.context = context;
    this.updates = updates;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        Specs.command(
            "build",
            "Builds a template from a recipe, a file and what is beside it, or packages.",
            Specs.flag("All programs of these Debian packages, with what they need.", FROM_DEB),
            Specs.flag("A program that is on this machine, with what it loads.", FROM_HOST),
            Specs.value(
                "NAME",
                "Of the template, instead of the first package's or the program's.",
                Grammar.NAME),
            Specs.value(
                "VERSION", "With --from-host; without, the program's content decides.", VERSION));
    spec.addPositional(
        Specs.operands(
            "RECIPE|FILE|PACKAGE",
            "1..*",
            "A name in the catalog; a path, of a recipe or a template, begins with . or /; with"
                + " --from-deb packages."));
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    Head head = build(caller, arguments);
    AfterBuild.unify(updates::unify, caller);
    caller.out(head.id() + "\n");
    return 0;
  }

  private Head build(Caller caller, Arguments arguments) throws RegException, IOException {
    List<String> operands = arguments.operands();
    CallerWatcher watcher = new CallerWatcher(caller);
    if (arguments.has(FROM_DEB) && arguments.has(FROM_HOST)) {
      throw invalid("--from-deb and --from-host exclude each other");
    }
    if (arguments.has(VERSION) && !arguments.has(FROM_HOST)) {
      throw invalid("--version is for --from-host: others have theirs");
    }
    if (arguments.has(FROM_DEB)) {
      checkMayAdd(caller);
      return context
          .templates()
          .build(new BuildSource.Packages(packages(operands), name(arguments)), watcher);
    }
    if (operands.size() > 1) {
      throw invalid("one word too many: '" + operands.get(1) + "'");
    }
    String what = operands.getFirst();
    if (arguments.has(FROM_HOST)) {
      checkMayAdd(caller);
      if (!what.startsWith("/")) {
        throw invalid("'" + what + "' must be the absolute path of a program");
      }
      return context
          .templates()
          .build(new BuildSource.Program(what, name(arguments), version(arguments)), watcher);
    }
    if (arguments.has(Grammar.NAME)) {
      throw invalid("--name is for --from-deb and --from-host: others have theirs in them");
    }
    if (!what.startsWith("/") && !what.startsWith(".")) {
      return context.templates().build(what, watcher);
    }
    checkMayAdd(caller);
    return fromFile(caller, what);
  }

  private static void checkMayAdd(Caller caller) throws RegException {
    Access.of(caller.peer())
        .checkWhole("add templates of their own: everybody uses them; build one of the catalog's");
  }

  private static List<String> packages(List<String> operands) throws RegException {
    for (String each : operands) {
      if (!PACKAGE.matcher(each).matches()) {
        throw invalid("'" + each + "' is no name of a Debian package");
      }
    }
    return operands;
  }

  /** What the template is to be called; null when the caller leaves that open. */
  private static @Nullable String name(Arguments arguments) throws RegException {
    String name = arguments.one(Grammar.NAME);
    if (name != null && !TemplateRef.parse(name).prefix().isEmpty()) {
      throw invalid("--name '" + name + "' has a version in it");
    }
    return name;
  }

  private static @Nullable String version(Arguments arguments) throws RegException {
    String version = arguments.one(VERSION);
    if (version != null) {
      Version.parse(version);
    }
    return version;
  }

  private static RegException invalid(String why) {
    return new RegException(
        ErrorKind.INVALID, "template build: " + why + "; see reg template build --help");
  }

  private Head fromFile(Caller caller, String path) throws RegException, IOException {
    byte[] document;
    String place;
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
      place = Descriptors.path(fd);
    }
    Yaml.Node root = TemplateReader.parse(path, document);
    Optional<OwnRecipe> recipe = OwnRecipe.of(path, document, root);
    if (recipe.isPresent()) {
      return context.templates().buildOwn(recipe.get(), new CallerWatcher(caller));
    }
    Template template = TemplateReader.read(path, root);
    String directory = path.substring(0, path.lastIndexOf('/') + 1);
    return context
        .templates()
        .add(
            template,
            place,
            new ClientSources(caller, directory),
            new CallerWatcher(caller),
            id -> context.containers().containers().usersOfTemplate(id));
  }
}
