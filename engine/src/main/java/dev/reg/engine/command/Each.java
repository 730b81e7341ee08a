package dev.reg.engine.command;

import dev.reg.engine.access.Access;
import dev.reg.engine.container.Container;
import dev.reg.engine.protocol.Caller;
import dev.reg.engine.protocol.CallerGone;
import dev.reg.engine.protocol.ExitCodes;
import dev.reg.engine.protocol.NativeLine;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Commands that take several containers: each is dealt with whatever becomes of the others, each
 * mistake is one line, and the exit code tells whether there was one.
 */
final class Each {
  private final Context context;
  private final Caller caller;
  private int code;

  Each(Context context, Caller caller) {
    this.context = context;
    this.caller = caller;
  }

  /** What is done to one. */
  interface Action {
    void to(Container container) throws RegException, IOException;
  }

  /** What is done to all at once. */
  interface Together {
    void to(List<Container> containers) throws RegException, IOException;
  }

  /** Does it to each, and prints the names of those it was done to. */
  int change(List<String> names, Action action) throws IOException {
    for (Map.Entry<String, Container> found : find(names).entrySet()) {
      attempt(
          () -> {
            action.to(found.getValue());
            caller.out(found.getKey() + "\n");
          });
    }
    return code;
  }

  /** Does it to all that {@code check} lets pass, and prints their names. */
  int changeTogether(List<String> names, Action check, Together action) throws IOException {
    Map<String, Container> found = find(names);
    List<String> passed = new ArrayList<>();
    List<Container> containers = new ArrayList<>();
    for (Map.Entry<String, Container> entry : found.entrySet()) {
      attempt(
          () -> {
            check.to(entry.getValue());
            passed.add(entry.getKey());
            containers.add(entry.getValue());
          });
    }
    attempt(
        () -> {
          action.to(containers);
          caller.out(String.join("\n", passed) + (passed.isEmpty() ? "" : "\n"));
        });
    return code;
  }

  /** Looks at each. */
  int look(List<String> names, Action action) throws IOException {
    for (Container container : find(names).values()) {
      attempt(() -> action.to(container));
    }
    return code;
  }

  /** As they were named, each container once; those that do not exist for the caller are said. */
  Map<String, Container> find(List<String> names) throws IOException {
    Map<String, Container> found = new LinkedHashMap<>();
    var containers = context.containers().containers();
    Access access = Access.of(caller.peer());
    for (String name : names) {
      attempt(
          () -> {
            Container container = containers.find(name, access);
            if (!found.containsValue(container)) {
              found.put(name, container);
            }
          });
    }
    return found;
  }

  int code() {
    return code;
  }

  /** Something that may fail without keeping the rest from being done. */
  interface Attempt {
    void run() throws RegException, IOException;
  }

  /** A failure is one line for the caller, and the first one's exit code is kept. */
  void attempt(Attempt attempt) throws IOException {
    try {
      attempt.run();
    } catch (RegException e) {
      caller.err(NativeLine.of("reg: " + e.line()));
      code = code == 0 ? ExitCodes.of(e.kind()) : code;
    } catch (CallerGone e) {
      throw e;
    } catch (IOException e) {
      RegException shown =
          new RegException(ErrorKind.UNAVAILABLE, String.valueOf(e.getMessage()), e);
      caller.err(NativeLine.of("reg: " + shown.line()));
      code = code == 0 ? ExitCodes.FAILED : code;
    }
  }
}
