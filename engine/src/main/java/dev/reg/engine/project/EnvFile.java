package dev.reg.engine.project;

import dev.reg.engine.project.ProjectFile.Variable;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of variables as Docker reads it (docker/cli, opts/file.go): a line is NAME=VALUE, or NAME
 * for the caller's own; white space before it and lines that begin with # do not count; the value
 * is the rest of the line as it is, quotes and all.
 */
public final class EnvFile {
  /** Bytes that it may have. */
  public static final int LARGEST = 1024 * 1024;

  private EnvFile() {}

  /**
   * Reads all of it.
   *
   * @param origin how messages name it
   */
  public static List<Variable> read(String origin, byte[] document) throws Mistakes {
    String text = decode(origin, document);
    Mistakes.Collector mistakes = new Mistakes.Collector();
    List<Variable> variables = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\r?\n", -1)) {
      number++;
      String from = line.stripLeading();
      if (!from.isEmpty() && from.charAt(0) != '#') {
        variable(from, number, variables, mistakes);
      }
    }
    mistakes.throwIfAny(origin);
    return variables;
  }

  private static void variable(
      String line, int number, List<Variable> variables, Mistakes.Collector mistakes) {
    int equals = line.indexOf('=');
    String name = equals < 0 ? line.stripTrailing() : line.substring(0, equals);
    if (name.isEmpty()) {
      mistakes.add(number, "no name before '='");
    } else if (name.chars().anyMatch(Character::isWhitespace)) {
      mistakes.add(number, "white space in the name before '='");
    } else if (line.indexOf('\0') >= 0) {
      mistakes.add(number, "a NUL character");
    } else {
      variables.add(new Variable(name, equals < 0 ? null : line.substring(equals + 1)));
    }
  }

  private static String decode(String origin, byte[] document) throws Mistakes {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(document)).toString();
    } catch (CharacterCodingException e) {
      throw Mistakes.one(origin, 0, "it is not UTF-8");
    }
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }
}
