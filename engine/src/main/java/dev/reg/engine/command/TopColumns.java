package dev.reg.engine.command;

import dev.reg.engine.access.HostAccounts;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.ProcessStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What {@code top} says of each process: of ps(1) the columns of -f, or those that -o names. */
final class TopColumns {
  private static final DateTimeFormatter TODAY = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);
  private static final DateTimeFormatter EARLIER =
      DateTimeFormatter.ofPattern("MMMdd", Locale.ROOT);

  /** Of a second: USER_HZ, which is the same on every machine. */
  private static final int TICKS = 100;

  /** Major numbers of pseudo-terminals: the kernel's admin-guide/devices.txt. */
  private static final int FIRST_PTS = 136;

  private static final int LAST_PTS = 143;

  /** Options of ps(1) that choose processes, of which all are shown, or the usual columns. */
  private static final Set<String> USUAL = Set.of("-e", "-f", "-ef", "-A");

  /**
   * What all processes are seen with.
   *
   * @param up the machine's time since it was booted
   */
  record Sight(Duration up, Instant boot, HostAccounts accounts) {
    private Duration after(long ticks) {
      return Duration.ofMillis(ticks * (1000 / TICKS));
    }
  }

  private interface Value {
    String of(ProcessStatus process, Sight sight) throws IOException;
  }

  private record Column(String title, Value value) {}

  private static final Value COMMAND = (process, sight) -> process.command();
  private static final Value NAME = (process, sight) -> process.name();
  private static final Value USER =
      (process, sight) ->
          sight.accounts().userName(process.uid()).orElse(Integer.toUnsignedString(process.uid()));
  private static final Value TERMINAL = (process, sight) -> terminal(process.terminal());

  private static final Column PID = new Column("PID", (p, sight) -> Integer.toString(p.pid()));
  private static final Column PARENT =
      new Column("PPID", (p, sight) -> Integer.toString(p.parent()));
  private static final Column USE =
      new Column(
          "C",
          (p, sight) -> {
            long age = sight.up().minus(sight.after(p.startTicks())).toSeconds();
            return Long.toString(p.ticks() * 100 / TICKS / Math.max(1, age));
          });
  private static final Column START =
      new Column("STIME", (p, sight) -> started(sight.boot().plus(sight.after(p.startTicks()))));
  private static final Column TTY = new Column("TTY", TERMINAL);
  private static final Column TIME = new Column("TIME", (p, sight) -> used(p.ticks() / TICKS));
  private static final Column CMD = new Column("CMD", COMMAND);

  /** By the names of ps(1), with its titles. */
  private static final Map<String, Column> NAMED = new LinkedHashMap<>();

  static {
    NAMED.put("user", new Column("USER", USER));
    NAMED.put("uid", new Column("UID", (p, sight) -> Integer.toUnsignedString(p.uid())));
    NAMED.put("pid", PID);
    NAMED.put("ppid", PARENT);
    NAMED.put("c", USE);
    NAMED.put("stime", START);
    NAMED.put("tty", new Column("TT", TERMINAL));
    NAMED.put("tname", TTY);
    NAMED.put("time", TIME);
    NAMED.put("comm", new Column("COMMAND", NAME));
    NAMED.put("args", new Column("COMMAND", COMMAND));
    NAMED.put("cmd", CMD);
  }

  private final List<Column> columns;

  private TopColumns(List<Column> columns) {
    this.columns = List.copyOf(columns);
  }

  /**
   * Reads what would be ps's options.
   *
   * @throws RegException INVALID for others than -ef and -o
   */
  static TopColumns parse(List<String> words) throws RegException {
    List<Column> named = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      boolean apart = word.equals("-o") && i + 1 < words.size();
      if (apart || (word.startsWith("-o") && word.length() > 2)) {
        String list = apart ? words.get(++i) : word.substring(2);
        for (String name : list.split("[, ]+", -1)) {
          named.add(column(name));
        }
      } else if (!USUAL.contains(word)) {
        throw invalid("ps's option '" + word + "'");
      }
    }
    return new TopColumns(
        named.isEmpty()
            ? List.of(new Column("UID", USER), PID, PARENT, USE, START, TTY, TIME, CMD)
            : named);
  }

  private static Column column(String name) throws RegException {
    Column column = NAMED.get(name);
    if (column == null) {
      throw invalid("a column '" + name + "'");
    }
    return column;
  }

  private static RegException invalid(String what) {
    return new RegException(
        ErrorKind.INVALID,
        "top: there is not " + what + ", only -ef and -o with " + String.join(",", NAMED.keySet()));
  }

  Table table() {
    return new Table(columns.stream().map(Column::title).toArray(String[]::new));
  }

  void add(Table table, ProcessStatus process, Sight sight) throws IOException {
    List<String> row = new ArrayList<>();
    for (Column column : columns) {
      row.add(column.value().of(process, sight));
    }
    table.row(row.toArray(String[]::new));
  }

  private static String started(Instant at) {
    ZonedDateTime local = at.atZone(ZoneId.systemDefault());
    return local.format(
        local.toLocalDate().equals(LocalDate.now(local.getZone())) ? TODAY : EARLIER);
  }

  /** {@code tty_nr} has the minor number in bits 31 to 20 and 7 to 0, the major in 15 to 8. */
  private static String terminal(int number) {
    int major = number >> 8 & 0xfff;
    int minor = (number & 0xff) | (number >> 12 & 0xfff00);
    if (number == 0) {
      return "?";
    }
    return major >= FIRST_PTS && major <= LAST_PTS
        ? "pts/" + ((major - FIRST_PTS) * 256 + minor)
        : major + ":" + minor;
  }

  /** {@code HH:MM:SS}. */
  private static String used(long seconds) {
    return String.format(
        Locale.ROOT, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
