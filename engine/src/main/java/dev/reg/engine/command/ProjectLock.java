package dev.reg.engine.command;

import dev.reg.engine.building.Pinned;
import dev.reg.engine.building.Pull;
import dev.reg.engine.building.Templates;
import dev.reg.engine.project.Lock;
import dev.reg.engine.project.Mistakes;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.NativeLine;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.store.Digest;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The reg.lock beside a project's reg.yaml, or a script's own: read and written by the client. A
 * project gets one by its first run, a script only when it is asked for.
 */
final class ProjectLock {
  private static final String RENEWAL = "reg generate --update";
  private static final String OF_SCRIPT = RENEWAL + " " + Grammar.SCRIPT + " ";

  private final Context context;
  private final Caller caller;
  private final @Nullable Fd project;
  private final String path;
  private final String renewal;
  private boolean looked;
  private @Nullable Lock found;

  private ProjectLock(
      Context context, Caller caller, @Nullable Fd project, String path, String renewal) {
    this.context = context;
    this.caller = caller;
    this.project = project;
    this.path = path;
    this.renewal = renewal;
  }

  /**
   * A project's; looks at nothing yet.
   *
   * @param directory the project's, as the caller named it; empty for the current
   */
  static ProjectLock of(Context context, Caller caller, Fd project, String directory) {
    return new ProjectLock(context, caller, project, Wanted.below(directory, Lock.NAME), RENEWAL);
  }

  /** The one beside a script; looks at nothing yet. */
  static ProjectLock ofScript(Context context, Caller caller, String script) {
    return new ProjectLock(context, caller, null, script + Lock.SUFFIX, OF_SCRIPT + script);
  }

  /** What renews the lock with this path. */
  static String renewal(String path) {
    return path.endsWith("/" + Lock.NAME)
        ? RENEWAL
        : OF_SCRIPT + path.substring(0, path.length() - Lock.SUFFIX.length());
  }

  /** Where it is, or would be: absolute, for whoever starts the container from elsewhere. */
  String place() throws IOException {
    return project == null
        ? Wanted.below(path.startsWith("/") ? "" : Descriptors.path(caller.cwd()), path)
        : Wanted.below(Descriptors.path(project), Lock.NAME);
  }

  /**
   * What was resolved before; null without a lock.
   *
   * @throws RegException INVALID for one that was cut short or changed
   */
  @Nullable Lock known() throws RegException, IOException {
    try {
      return read();
    } catch (Mistakes e) {
      throw new RegException(ErrorKind.INVALID, e.lines().getFirst() + wayOut(), e);
    }
  }

  private String wayOut() {
    return "; '" + renewal + "' writes it anew";
  }

  /** FAILED_PRECONDITION: the wishes are others by now. */
  RegException outdated(Lock lock, String now) {
    return new RegException(
        ErrorKind.FAILED_PRECONDITION,
        path
            + " was written for "
            + String.join(", ", lock.runtime().keySet())
            + ", and "
            + now
            + wayOut());
  }

  /**
   * What the wishes were resolved to before; without a lock, what they resolve to now, of which a
   * project's lock is left.
   *
   * @param place where the wishes are, to begin a message about them with
   */
  Templates.Resolved resolve(List<String> wishes, String place, Pull pull)
      throws RegException, IOException {
    Templates templates = context.templates();
    CallerWatcher watcher = new CallerWatcher(caller);
    Lock lock = known();
    if (lock == null) {
      Templates.Resolved resolved = resolve(templates, wishes, place, pull, watcher);
      if (project == null) {
        return resolved;
      }
      try {
        write(of(resolved));
      } catch (RegException e) {
        caller.err(NativeLine.of("reg: no " + Lock.NAME + " was written: " + e.line()));
      }
      return resolved;
    }
    if (!lock.isFor(wishes)) {
      throw outdated(lock, "the runtime is now " + String.join(", ", wishes));
    }
    Pinned pinned = new Pinned(path, renewal, lock.templates(), lock.environment());
    return templates.resolve(wishes, pull, pinned, watcher);
  }

  /** Without a lock. */
  static Templates.Resolved resolve(
      Templates templates, List<String> wishes, String place, Pull pull, CallerWatcher watcher)
      throws RegException, IOException {
    try {
      return templates.resolve(wishes, pull, null, watcher);
    } catch (RegException e) {
      throw place.isEmpty() ? e : new RegException(e.kind(), place + e.line(), e);
    }
  }

  /** Resolves the wishes anew and writes that down; what has changed, a line each. */
  List<String> update(List<String> wishes, String place, Pull pull)
      throws RegException, IOException {
    Lock before = null;
    try {
      before = read();
    } catch (Mistakes e) {
      caller.err(NativeLine.of("reg: " + e.lines().getFirst() + "; it is written anew"));
    }
    CallerWatcher watcher = new CallerWatcher(caller);
    Lock after = of(resolve(context.templates(), wishes, place, pull, watcher));
    if (before == null) {
      write(after);
      return after.templates().keySet().stream().map(id -> "added " + id).toList();
    }
    List<String> changes = before.changesTo(after);
    if (!changes.isEmpty()) {
      write(after);
    }
    return changes;
  }

  private @Nullable Lock read() throws Mistakes, RegException, IOException {
    if (!looked) {
      byte[] text = content();
      found = text == null ? null : context.projectFiles().lock(path, text);
      looked = true;
    }
    return found;
  }

  private byte @Nullable [] content() throws RegException, IOException {
    Fd place = project;
    if (place != null && !CallerFiles.mayExist(place, Lock.NAME)) {
      return null;
    }
    try {
      return CallerFiles.read(caller, path, Lock.LARGEST);
    } catch (RegException e) {
      if (place == null && e.kind() == ErrorKind.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  private void write(Lock lock) throws RegException, IOException {
    String text = project == null ? lock.scriptText() : lock.text();
    CallerFiles.replace(caller, path, text.getBytes(StandardCharsets.UTF_8));
  }

  private static Lock of(Templates.Resolved resolved) throws RegException {
    TreeMap<String, Digest> templates = new TreeMap<>();
    Map<String, String> runtime = new LinkedHashMap<>();
    List<Head> heads = resolved.closure().templates();
    for (Head head : heads) {
      templates.put(head.id(), head.digest());
    }
    for (String wish : resolved.wanted()) {
      TemplateRef ref = TemplateRef.parse(wish);
      heads.stream()
          .filter(head -> head.name().equals(ref.name()))
          .findFirst()
          .ifPresent(head -> runtime.put(wish, head.id()));
    }
    return new Lock(runtime, templates, resolved.closure().id());
  }
}
