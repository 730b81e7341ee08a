package dev.reg.template.elf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The first line of a script: what the kernel (fs/binfmt_script.c) and env(1) make of it. */
final class Shebang {
  /** BINPRM_BUF_SIZE of linux/binfmts.h. */
  static final int MAX_LINE = 256;

  private static final List<String> PATH =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

  private Shebang() {}

  static boolean is(byte[] head) {
    return head.length > 2 && head[0] == '#' && head[1] == '!';
  }

  /** The programs that run a script: its interpreter, and what env is asked to run. */
  static List<LoaderClosure.Work> programs(
      LoaderClosure.Context context, String script, byte[] head) throws IOException {
    String text = new String(head, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\n');
    String line = (end < 0 ? text : text.substring(0, end)).substring(2).strip();
    if (line.isEmpty()) {
      return List.of();
    }
    int space = 0;
    while (space < line.length() && line.charAt(space) != ' ' && line.charAt(space) != '\t') {
      space++;
    }
    String interpreter = line.substring(0, space);
    List<LoaderClosure.Work> programs = new ArrayList<>();
    if (!interpreter.startsWith("/") || context.root().file(interpreter) == null) {
      context.problem(script + " needs the interpreter " + interpreter + ", which is missing");
    } else {
      programs.add(work(script, interpreter, interpreter));
    }
    if (interpreter.endsWith("/env")) {
      String program = named(line.substring(space).strip());
      if (program != null) {
        String path = search(context, program);
        if (path == null) {
          context.problem(script + " needs the program " + program + ", which is missing");
        } else {
          programs.add(work(script, path, program));
        }
      }
    }
    return programs;
  }

  private static LoaderClosure.Work work(String script, String path, String name) {
    return new LoaderClosure.Work(
        path, new LoaderClosure.Because(script, LoaderClosure.How.SHEBANG, name));
  }

  /** The program in env's one argument; with -S that is split into words. */
  private static @Nullable String named(String argument) {
    String words = argument;
    if (words.startsWith("-S")) {
      words = words.substring(2);
    } else if (words.startsWith("--split-string")) {
      words = words.substring("--split-string".length()).replaceFirst("^=", "");
    } else {
      return words.isEmpty() || words.startsWith("-") ? null : words;
    }
    for (String word : words.strip().split("\\s+", -1)) {
      if (!word.startsWith("-") && word.indexOf('=') < 0 && !word.isEmpty()) {
        return word;
      }
    }
    return null;
  }

  private static @Nullable String search(LoaderClosure.Context context, String program)
      throws IOException {
    if (program.startsWith("/")) {
      return context.root().file(program) == null ? null : program;
    }
    for (String directory : PATH) {
      String path = directory + "/" + program;
      if (context.root().file(path) != null) {
        return path;
      }
    }
    return null;
  }
}
