package dev.reg.engine.command;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --format} asks for: nothing, {@code json}, a template, or {@code table} and a
 * template whose columns are separated by tabs.
 */
final class Format {
  private static final String TABLE = "table";

  private final boolean json;
  private final @Nullable FormatTemplate template;
  private final List<FormatTemplate> columns;

  private Format(boolean json, @Nullable FormatTemplate template, List<FormatTemplate> columns) {
    this.json = json;
    this.template = template;
    this.columns = columns;
  }

  /** INVALID for what is none of these. */
  static Format of(Arguments arguments) throws RegException {
    String text = arguments.one(Grammar.FORMAT);
    if (text == null || text.equals(TABLE)) {
      return new Format(false, null, List.of());
    }
    if (text.startsWith(TABLE + " ") || text.startsWith(TABLE + "\t")) {
      List<FormatTemplate> columns = new ArrayList<>();
      String rest = text.substring(TABLE.length() + 1).replace("\\t", "\t");
      for (String column : rest.split("\t", -1)) {
        columns.add(FormatTemplate.parse(column));
      }
      return new Format(false, null, columns);
    }
    if (text.contains("{{")) {
      return new Format(false, FormatTemplate.parse(text), List.of());
    }
    if (!text.equals("json")) {
      throw new RegException(
          ErrorKind.INVALID,
          arguments.command()
              + ": --format wants json or a template such as '{{.Name}}', not '"
              + text
              + "'");
    }
    return new Format(true, null, List.of());
  }

  boolean isJson() {
    return json;
  }

  /** Whether what is printed is all the caller's own. */
  boolean isTemplate() {
    return template != null || !columns.isEmpty();
  }

  /** One line for each; only when {@link #isTemplate}. */
  String render(List<Fields> rows) throws RegException {
    FormatTemplate line = template;
    if (line != null) {
      StringBuilder text = new StringBuilder();
      for (Fields row : rows) {
        text.append(line.render(row)).append('\n');
      }
      return text.toString();
    }
    Table table = new Table(columns.stream().map(FormatTemplate::headings).toArray(String[]::new));
    for (Fields row : rows) {
      List<String> cells = new ArrayList<>();
      for (FormatTemplate column : columns) {
        cells.add(column.render(row));
      }
      table.row(cells.toArray(String[]::new));
    }
    return table.toString();
  }

  String render(Fields one) throws RegException {
    return render(List.of(one));
  }
}
