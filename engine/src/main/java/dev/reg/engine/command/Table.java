package dev.reg.engine.command;

import java.util.ArrayList;
import java.util.List;

/** Columns, left-aligned, two spaces apart; control characters in cells are made visible. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... titles) {
    rows.add(List.of(titles));
  }

  void row(String... cells) {
    List<String> clean = new ArrayList<>();
    for (String cell : cells) {
      clean.add(cell.replaceAll("\\p{Cc}", "?"));
    }
    rows.add(clean);
  }

  @Override
  public String toString() {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      for (int i = 0; i < columns - 1; i++) {
        text.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
      }
      text.append(row.getLast()).append('\n');
    }
    return text.toString();
  }
}
