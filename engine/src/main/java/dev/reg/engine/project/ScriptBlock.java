package dev.reg.engine.project;

import java.nio.charset.StandardCharsets;

/**
 * The block that a script carries in its comments (packaging.python.org, "Inline script metadata";
 * once PEP 723): from a line {@code # /// script} to the last line {@code # ///} of the comment. In
 * languages whose comments begin so, {@code //} stands for {@code #}.
 *
 * @param text its lines without the comments' marks
 * @param line how many lines of the script are before them
 */
record ScriptBlock(String text, int line) {
  /**
   * Finds the only one.
   *
   * @param origin how messages name the script
   */
  static ScriptBlock find(String origin, byte[] beginning) throws Mistakes {
    String[] lines = new String(beginning, StandardCharsets.UTF_8).split("\r?\n", -1);
    ScriptBlock found = null;
    for (int i = 0; i < lines.length; i++) {
      String mark = mark(lines[i]);
      if (mark.isEmpty()) {
        continue;
      }
      if (found != null) {
        throw Mistakes.one(origin, i + 1, "a second block begins; there can be only one");
      }
      int end = end(lines, i + 1, mark);
      if (end < 0) {
        throw Mistakes.one(
            origin, i + 1, "the block has no end: a line '" + mark + " ///' in the same comment");
      }
      found = block(lines, i + 1, end, mark);
      i = end;
    }
    if (found == null) {
      throw Mistakes.one(
          origin, 0, "it has no block '# /// script' that names its runtime in [tool.reg]");
    }
    if (found.text.indexOf('\uFFFD') >= 0) {
      throw Mistakes.one(origin, found.line, "the block is not UTF-8");
    }
    return found;
  }

  private static String mark(String line) {
    return switch (line) {
      case "# /// script" -> "#";
      case "// /// script" -> "//";
      default -> "";
    };
  }

  /** The last of the comment's lines that ends a block; -1 when none does. */
  private static int end(String[] lines, int from, String mark) {
    int end = -1;
    for (int i = from; i < lines.length; i++) {
      if (!lines[i].equals(mark) && !lines[i].startsWith(mark + " ")) {
        break;
      }
      if (lines[i].equals(mark + " ///")) {
        end = i;
      }
    }
    return end;
  }

  private static ScriptBlock block(String[] lines, int from, int end, String mark) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < end; i++) {
      String line = lines[i];
      text.append(line, Math.min(line.length(), mark.length() + 1), line.length()).append('\n');
    }
    return new ScriptBlock(text.toString(), from);
  }
}
