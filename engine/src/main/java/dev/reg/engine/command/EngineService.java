package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.access.Admission;
import dev.reg.engine.access.HostAccounts;
import dev.reg.engine.building.Builders;
import dev.reg.engine.building.Builds;
import dev.reg.engine.building.Completeness;
import dev.reg.engine.building.Templates;
import dev.reg.engine.building.Underlays;
import dev.reg.engine.building.Unifier;
import dev.reg.engine.building.Updates;
import dev.reg.engine.configuration.Configuration;
import dev.reg.engine.container.ContainerService;
import dev.reg.engine.daemon.EngineControl;
import dev.reg.engine.daemon.Service;
import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.project.ProjectFiles;
import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.EnvironmentStore;
import dev.reg.store.Layout;
import dev.reg.store.ObjectStore;
import dev.reg.template.ReplacedBuilds;
import dev.reg.template.TemplateRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** All commands over one root: what the daemon serves. */
public final class EngineService implements Service {
  private final ContainerService containers;
  private final Builds builds;
  private final Templates templates;
  private final BuildContainers building;
  private final Launcher.Listener events;
  private final Admission admission;
  private final Parser parser = new Parser();
  private final Map<String, Command> commands;

  private EngineService(
      Context context,
      Builds builds,
      Updates updates,
      Underlays underlays,
      BuildContainers building,
      Admission admission) {
    this.containers = context.containers();
    this.events = containers.listener();
    this.builds = builds;
    this.templates = context.templates();
    this.building = building;
    this.admission = admission;
    this.commands =
        Map.ofEntries(
            Map.entry("run", new RunCommand(context)),
            Map.entry("generate", new GenerateCommand(context)),
            Map.entry("start", new StartCommand(context)),
            Map.entry("stop", new StopCommand(context)),
            Map.entry("restart", new RestartCommand(context)),
            Map.entry("kill", new KillCommand(context)),
            Map.entry("remove", new RemoveCommand(context)),
            Map.entry("exec", new ExecCommand(context)),
            Map.entry("cp", new CopyCommand(context)),
            Map.entry("rename", new RenameCommand(context)),
            Map.entry("top", new TopCommand(context)),
            Map.entry("diff", new DiffCommand(context)),
            Map.entry("ps", new PsCommand(context)),
            Map.entry("inspect", new InspectCommand(context)),
            Map.entry("logs", new LogsCommand(context)),
            Map.entry("wait", new WaitCommand(context)),
            Map.entry("template ls", new TemplateLsCommand(context)),
            Map.entry("template show", new TemplateShowCommand(context)),
            Map.entry("template build", new TemplateBuildCommand(context, updates)),
            Map.entry("template import", new TemplateImportCommand(context, updates)),
            Map.entry("template update", new TemplateUpdateCommand(context, updates)),
            Map.entry("template verify", new TemplateVerifyCommand(context)),
            Map.entry("template sharing", new TemplateSharingCommand(context)),
            Map.entry("template why", new TemplateWhyCommand(context)),
            Map.entry("template tree", new TemplateTreeCommand(context)),
            Map.entry("template diff", new TemplateDiffCommand(context)),
            Map.entry("template size", new TemplateSizeCommand(context)),
            Map.entry("template sbom", new TemplateSbomCommand(context)),
            Map.entry("template remove", new TemplateRemoveCommand(context)),
            Map.entry("trace", new TraceCommand(context, underlays)),
            Map.entry("outdated", new OutdatedCommand(context, updates)),
            Map.entry("init", new InitCommand(context)),
            Map.entry("info", new InfoCommand(context)),
            Map.entry("prune", new PruneCommand(context)),
            Map.entry("completion", new CompletionCommand()),
            Map.entry(NamesCommand.NAME, new NamesCommand(context)),
            Map.entry("doctor", new DoctorCommand(context)),
            Map.entry("version", new VersionCommand(context)),
            Map.entry("engine run", new EngineCommand(context)),
            Map.entry("engine start", new EngineCommand(context)),
            Map.entry("engine stop", new EngineCommand(context)),
            Map.entry("engine status", new EngineCommand(context)));
  }

  /**
   * Opens everything below the root, whose lock the caller holds. The launcher is first asked in
   * {@link #recover}.
   */
  public static EngineService open(Layout layout, Launcher launcher, EngineControl control)
      throws RegException, IOException {
    layout.create();
    Configuration configuration = Configuration.read(layout.configuration());
    ObjectStore objects = ObjectStore.open(layout);
    TemplateRepository repository = TemplateRepository.open(layout, objects);
    EnvironmentStore environments = EnvironmentStore.open(layout, objects);
    ContainerService containers =
        ContainerService.create(
            layout,
            control.installation(),
            launcher,
            environments,
            configuration.containersPerUser());
    BuildLimits limits = new BuildLimits(layout.buildings(), layout.containers());
    BuildContainers building = new BuildContainers(layout, containers, environments, limits);
    Path catalog = control.installation().resolve("catalog");
    Builders builders =
        new Builders(
            layout.aptCache(),
            configuration,
            new BuilderGroups(containers.repository().groups(), limits));
    Underlays underlays = new Underlays(layout, repository, builders, catalog);
    Completeness completeness =
        new Completeness(
            objects,
            new ContainerListing(building, control.installation().resolve("libexec/reg-lister")),
            new ContainerTraces(
                building,
                underlays,
                environments,
                Duration.ofSeconds(configuration.traceSeconds())));
    Unifier unifier = new Unifier(repository, objects, completeness);
    Builds builds =
        new Builds(
            layout,
            repository,
            objects,
            catalog,
            builders,
            new ContainerPostStep(building),
            completeness,
            unifier,
            containers::usersOfTemplate);
    Templates templates = new Templates(repository, catalog, builds);
    Unheld unheld = new Unheld(containers, environments);
    Updates updates =
        new Updates(
            repository,
            catalog,
            builds,
            templates,
            unifier,
            unheld::isMaking,
            objects,
            new ReplacedBuilds(layout),
            unheld::drop);
    Context context =
        new Context(
            layout,
            objects,
            environments,
            templates,
            new ProjectFiles(),
            containers,
            launcher,
            control);
    return new EngineService(
        context,
        builds,
        updates,
        underlays,
        building,
        new HostAccounts().admission(configuration.group()));
  }

  @Override
  public int run(Caller caller) throws RegException, IOException {
    Arguments arguments = parser.parse(caller.arguments());
    String help = arguments.help();
    if (help != null) {
      caller.out(help);
      return 0;
    }
    Command command = commands.get(arguments.command());
    if (command == null) {
      throw new RegException(ErrorKind.INVALID, "unknown command " + arguments.command());
    }
    Access.of(caller.peer()).check(arguments.command());
    return command.run(caller, arguments);
  }

  @Override
  public Admission admission() {
    return admission;
  }

  @Override
  public int resume(String containerId, String token, Caller caller)
      throws RegException, IOException {
    return containers.resume(containerId, token, caller);
  }

  @Override
  public void recover() throws RegException, IOException {
    containers.recover();
    List<Digest> abandoned = builds.places().abandoned();
    building.clear(abandoned);
    if (!abandoned.isEmpty()) {
      // Their trees kept the objects.
      templates.deleteUnusedObjects();
    }
    builds.places().clear();
  }

  @Override
  public boolean hasRunning() {
    return containers.hasRunning();
  }

  @Override
  public void close() {
    containers.close();
  }

  @Override
  public void started(int slot, int pid) {
    events.started(slot, pid);
  }

  @Override
  public void failed(int slot, int operation, int errno) {
    events.failed(slot, operation, errno);
  }

  @Override
  public void exited(int slot, int code) {
    events.exited(slot, code);
  }

  @Override
  public void gone(int slot, OptionalInt code) {
    events.gone(slot, code);
  }

  @Override
  public void lost() {
    events.lost();
  }

  @Override
  public void restored() {
    events.restored();
  }
}
