package dev.reg.template.elf;

import dev.reg.template.elf.LoaderClosure.Because;
import dev.reg.template.elf.LoaderClosure.How;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The first line of a script: what the kernel (fs/binfmt_script.c) and env(1) make of it. */
final class Shebang {
  /** BINPRM_BUF_SIZE of linux/binfmts.h. */
  static final int MAX_LINE = 256;

  /** How many scripts the kernel lets interpret one another (fs/exec.c, exec_binprm). */
  private static final int MAX_CHAIN = 5;

  private Shebang() {}

  static boolean is(byte[] head) {
    return head.length > 2 && head[0] == '#' && head[1] == '!';
  }

  /**
   * What a script is run by.
   *
   * @param interpreter empty when the line names none, so that the kernel takes it for no script
   * @param argument all that follows; empty when nothing does
   */
  private record Line(String interpreter, String argument) {
    static Line of(byte[] head) {
      String text = new String(head, StandardCharsets.ISO_8859_1);
      int end = text.indexOf('\n');
      String line = (end < 0 ? text : text.substring(0, end)).substring(2).strip();
      int space = 0;
      while (space < line.length() && line.charAt(space) != ' ' && line.charAt(space) != '\t') {
        space++;
      }
      return new Line(line.substring(0, space), line.substring(space).strip());
    }
  }

  /** The programs that run a script: its interpreter, and what env is asked to run. */
  static List<String> programs(ClosureContext context, String script, byte[] head)
      throws IOException {
    Line line = Line.of(head);
    if (line.interpreter.isEmpty()) {
      return List.of();
    }
    List<String> programs = new ArrayList<>();
    if (isRunnable(context, script, "interpreter", line.interpreter, line.interpreter)) {
      programs.add(line.interpreter);
      checkChain(context, script, line.interpreter);
    }
    if (line.interpreter.endsWith("/env")) {
      EnvArguments arguments = EnvArguments.of(line.argument);
      String program = arguments.program();
      if (program != null) {
        String path = search(context, program, arguments.path());
        if (path == null) {
          context.problem(script + " needs the program " + program + ", which is missing");
        } else if (isRunnable(context, script, "program", program, path)) {
          programs.add(path);
        }
      }
    }
    return programs;
  }

  private static boolean isRunnable(
      ClosureContext context, String script, String what, String name, String path)
      throws IOException {
    SysRoot.Place place = path.startsWith("/") ? context.root().file(path) : null;
    String fault;
    if (place == null) {
      fault = "missing";
    } else if (!context.root().isExecutable(place.path())) {
      fault = "not executable";
    } else {
      byte[] head = context.root().head(place.path(), 4);
      fault = ElfFiles.isElf(head) || is(head) ? "" : "no program";
      context.reason(place.path(), new Because(script, How.SHEBANG, name));
    }
    if (!fault.isEmpty()) {
      context.problem(script + " needs the " + what + " " + path + ", which is " + fault);
    }
    return fault.isEmpty();
  }

  /** ELOOP: a script may be run by a script, but not for ever. */
  private static void checkChain(ClosureContext context, String script, String interpreter)
      throws IOException {
    String next = interpreter;
    for (int depth = 0; depth <= MAX_CHAIN; depth++) {
      SysRoot.Place place = next.startsWith("/") ? context.root().file(next) : null;
      byte[] head = place == null ? new byte[0] : context.root().head(place.path(), MAX_LINE);
      if (!is(head)) {
        return;
      }
      next = Line.of(head).interpreter;
    }
    context.problem(
        script
            + " has an interpreter that needs one, and so on, more than "
            + MAX_CHAIN
            + " times");
  }

  private static @Nullable String search(
      ClosureContext context, String program, @Nullable String path) throws IOException {
    if (program.indexOf('/') >= 0) {
      return program;
    }
    List<String> directories = path == null ? context.path() : List.of(path.split(":", -1));
    for (String directory : directories) {
      String candidate = directory + "/" + program;
      SysRoot.Place place = directory.startsWith("/") ? context.root().file(candidate) : null;
      if (place != null && context.root().isExecutable(place.path())) {
        return candidate;
      }
    }
    return null;
  }
}
