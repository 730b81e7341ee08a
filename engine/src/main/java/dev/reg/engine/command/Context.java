package dev.reg.engine.command;

import dev.reg.engine.building.Templates;
import dev.reg.engine.container.ContainerService;
import dev.reg.engine.daemon.EngineControl;
import dev.reg.engine.launcher.Launcher;
import dev.reg.engine.project.ProjectFiles;
import dev.reg.store.EnvironmentStore;
import dev.reg.store.Layout;
import dev.reg.store.ObjectStore;

/** What commands work with. */
record Context(
    Layout layout,
    ObjectStore objects,
    EnvironmentStore environments,
    Templates templates,
    ProjectFiles projectFiles,
    ContainerService containers,
    Launcher launcher,
    EngineControl control) {}
