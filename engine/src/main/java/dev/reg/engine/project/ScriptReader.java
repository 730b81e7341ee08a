package dev.reg.engine.project;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Reads the TOML of a script's block; what is not for us in it, other tools read. */
final class ScriptReader {
  private final ScriptBlock block;
  private final Mistakes.Collector mistakes = new Mistakes.Collector();

  private ScriptReader(ScriptBlock block) {
    this.block = block;
  }

  /**
   * Reads it.
   *
   * @param origin how messages name the script
   */
  static Script read(String origin, ScriptBlock block) throws Mistakes {
    ScriptReader reader = new ScriptReader(block);
    TomlTable root = Toml.parse(block.text(), block.line(), reader.mistakes);
    Script script = root == null ? null : reader.script(root);
    reader.mistakes.throwIfAny(origin);
    if (script == null) {
      throw new AssertionError("a block without a mistake and without a value");
    }
    return script;
  }

  private Script script(TomlTable root) {
    ProjectFile file = ProjectFile.NONE;
    TomlTable tool = root.get(List.of("tool")) instanceof TomlTable table ? table : null;
    Object reg = tool == null ? null : tool.get(List.of("reg"));
    if (tool != null && reg instanceof TomlTable table) {
      int at = line(tool, "reg");
      file = ProjectReader.read(Toml.mapping(table, block.line(), at), mistakes);
    } else if (tool != null && reg != null) {
      mistakes.add(line(tool, "reg"), "tool.reg wants a table");
    }
    PythonVersions python = file.runtime().isEmpty() ? python(root) : null;
    Object dependencies = root.get(List.of("dependencies"));
    boolean any = dependencies instanceof TomlArray array && !array.isEmpty();
    return new Script(
        file, python, line(root, "requires-python"), any ? line(root, "dependencies") : 0);
  }

  private int line(TomlTable table, String key) {
    TomlPosition position = table.inputPositionOf(List.of(key));
    return position == null ? 0 : block.line() + position.line();
  }

  private @Nullable PythonVersions python(TomlTable root) {
    Object value = root.get(List.of("requires-python"));
    try {
      return value == null ? null : PythonVersions.parse(String.valueOf(value));
    } catch (Refused e) {
      mistakes.add(line(root, "requires-python"), "requires-python " + e.reason());
      return null;
    }
  }
}
