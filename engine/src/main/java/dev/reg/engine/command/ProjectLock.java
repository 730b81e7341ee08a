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

/** The reg.lock beside a project's reg.yaml: read and written by the client. */
final class ProjectLock {
  private static final String WAY_OUT = "; 'reg generate --update' writes it anew";

  private final Context context;
  private final Caller caller;
  private final Fd project;
  private final String path;

  /**
   * Looks at nothing yet.
   *
   * @param directory the project's, as the caller named it; empty for the current
   */
  ProjectLock(Context context, Caller caller, Fd project, String directory) {
    this.context = context;
    this.caller = caller;
    this.project = project;
    this.path = Wanted.below(directory, Lock.NAME);
  }

  /**
   * What the wishes were resolved to before; without a lock, what they resolve to now, of which a
   * lock is left.
   *
   * @param place where the wishes are, to begin a message about them with
   */
  Templates.Resolved resolve(List<String> wishes, String place, Pull pull)
      throws RegException, IOException {
    Templates templates = context.templates();
    CallerWatcher watcher = new CallerWatcher(caller);
    Lock lock;
    try {
      lock = read();
    } catch (Mistakes e) {
      throw new RegException(ErrorKind.INVALID, e.lines().getFirst() + WAY_OUT, e);
    }
    if (lock == null) {
      Templates.Resolved resolved = resolve(templates, wishes, place, pull, watcher);
      try {
        write(of(resolved));
      } catch (RegException e) {
        caller.err(NativeLine.of("reg: no " + Lock.NAME + " was written: " + e.line()));
      }
      return resolved;
    }
    if (!lock.isFor(wishes)) {
      throw new RegException(
          ErrorKind.FAILED_PRECONDITION,
          path
              + " was written for "
              + String.join(", ", lock.runtime().keySet())
              + ", and the runtime is now "
              + String.join(", ", wishes)
              + WAY_OUT);
    }
    Pinned pinned = new Pinned(path, lock.templates(), lock.environment());
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
    if (!CallerFiles.mayExist(project, Lock.NAME)) {
      return null;
    }
    return context.projectFiles().lock(path, CallerFiles.read(caller, path, Lock.LARGEST));
  }

  private void write(Lock lock) throws RegException, IOException {
    byte[] text = lock.text().getBytes(StandardCharsets.UTF_8);
    CallerFiles.replace(caller, path, text);
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
