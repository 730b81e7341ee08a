package dev.reg.engine.command;

import dev.reg.engine.container.Spec;
import dev.reg.engine.project.Places;
import dev.reg.engine.project.ProjectFile;
import dev.reg.engine.project.Refused;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What is mounted besides the project: by reg.yaml, {@code -v} and {@code --tmpfs}. */
final class Mounts implements AutoCloseable {
  private final Arguments arguments;
  private final Mountable mountable;
  private final List<Fd> opened = new ArrayList<>();
  private final List<Spec.Volume> volumes = new ArrayList<>();
  private final List<String> tmpfs = new ArrayList<>();

  private record Named(String source, String target, boolean readOnly) {}

  Mounts(Arguments arguments, Mountable mountable) {
    this.arguments = arguments;
    this.mountable = mountable;
  }

  /**
   * Reads all of it, and has the client open what is to be mounted.
   *
   * @param project whether the project is mounted, too
   */
  void read(Wanted wanted, boolean project) throws RegException, IOException {
    List<Named> named = named();
    for (String path : arguments.all(Grammar.TMPFS)) {
      if (path.indexOf(':') >= 0) {
        throw invalid("--tmpfs takes a directory without options, not '" + path + "'");
      }
      tmpfs.add(place("--tmpfs", path));
    }
    Set<String> over = new HashSet<>(tmpfs);
    named.forEach(mount -> over.add(mount.target));
    for (ProjectFile.Mount mount : wanted.mounts()) {
      if (!over.contains(mount.target())) {
        try {
          add(wanted.source(mount), mount.target(), mount.readOnly());
        } catch (RegException e) {
          throw new RegException(e.kind(), wanted.place(mount.line()) + e.line(), e);
        }
      }
    }
    for (Named mount : named) {
      add(mount.source, mount.target, mount.readOnly);
    }
    checkDistinct(project);
  }

  private List<Named> named() throws RegException {
    List<Named> named = new ArrayList<>();
    for (String text : arguments.all(Grammar.VOLUME)) {
      boolean readOnly = text.endsWith(":ro");
      String rest = readOnly || text.endsWith(":rw") ? text.substring(0, text.length() - 3) : text;
      int colon = rest.lastIndexOf(':');
      if (colon <= 0 || colon == rest.length() - 1) {
        throw invalid("-v wants SRC:DST[:ro], not '" + text + "'");
      }
      String source = rest.substring(0, colon);
      if (!source.startsWith("/") && !source.startsWith(".")) {
        throw invalid("-v wants a path that begins with / or . before the colon: '" + text + "'");
      }
      named.add(new Named(source, place("-v", rest.substring(colon + 1)), readOnly));
    }
    return named;
  }

  private void add(String source, String target, boolean readOnly)
      throws RegException, IOException {
    Fd fd = mountable.volume(source);
    opened.add(fd);
    volumes.add(
        new Spec.Volume(source.startsWith("/") ? source : Descriptors.path(fd), target, readOnly));
  }

  private String place(String option, String path) throws RegException {
    try {
      return Places.mountPoint(path);
    } catch (Refused e) {
      throw invalid(option + " " + e.reason());
    }
  }

  /** Of two mounts at one place the later would hide the other, which nobody can have meant. */
  private void checkDistinct(boolean project) throws RegException {
    Set<String> places = new HashSet<>();
    if (project) {
      places.add(Spec.Project.PLACE);
    }
    for (String target :
        Stream.concat(volumes.stream().map(Spec.Volume::target), tmpfs.stream()).toList()) {
      if (!places.add(target)) {
        throw invalid(
            project && target.equals(Spec.Project.PLACE)
                ? "the project is mounted at /app already; use --no-project, or another place"
                : "two mounts at " + target + " of the container; choose another place for one");
      }
    }
  }

  /** In the order of {@link #opened}. */
  List<Spec.Volume> volumes() {
    return volumes;
  }

  /** What the client opened, in the order of {@link #volumes}. */
  List<Fd> opened() {
    return opened;
  }

  /** Places of fresh, empty filesystems. */
  List<String> tmpfs() {
    return tmpfs;
  }

  private RegException invalid(String why) {
    return new RegException(ErrorKind.INVALID, arguments.command() + ": " + why);
  }

  @Override
  public void close() {
    Fd.closeAll(opened);
  }
}
