package dev.reg.template.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code ld.so --list} prints for a file: glibc's elf/rtld.c (rtld_main, tracing) and
 * elf/dl-error-skeleton.c. Lines that it does not print are taken for complaints: nothing is passed
 * over in silence.
 *
 * @param status the loader's exit status; 128 and the signal when one ended it
 * @param found the place of every object by the name it was asked for by; the loader itself, which
 *     is printed without a name, by its own path
 * @param missing names that it did not find
 * @param complaints whatever else it said, symbol versions among them
 */
public record LoaderOutput(
    int status, SortedMap<String, String> found, List<String> missing, List<String> complaints) {
  private static final Pattern FOUND =
      Pattern.compile("\\t(\\S.*?) => (/.*) \\(0x[0-9a-f]+\\)", Pattern.DOTALL);
  private static final Pattern OWN_PATH = Pattern.compile("\\t(/.*) \\(0x[0-9a-f]+\\)");
  private static final Pattern MISSING = Pattern.compile("\\t(\\S.*?) => not found");

  /** The kernel's own object has no file: linux-vdso.so.1, linux-gate.so.1. */
  private static final Pattern KERNEL =
      Pattern.compile("\\tlinux-\\S+ (=> )?\\s*\\(0x[0-9a-f]+\\)");

  private static final String STATIC = "\tstatically linked";
  private static final int MOST_COMPLAINTS = 20;

  public LoaderOutput {
    missing = List.copyOf(missing);
    complaints = List.copyOf(complaints);
  }

  /**
   * Reads one file's lines.
   *
   * @param status the loader's exit status
   */
  public static LoaderOutput parse(int status, List<String> lines) {
    TreeMap<String, String> found = new TreeMap<>();
    List<String> missing = new ArrayList<>();
    List<String> complaints = new ArrayList<>();
    for (String line : lines) {
      Matcher named = FOUND.matcher(line);
      Matcher own = OWN_PATH.matcher(line);
      Matcher lost = MISSING.matcher(line);
      if (KERNEL.matcher(line).matches() || line.equals(STATIC)) {
        continue;
      }
      if (named.matches()) {
        found.put(named.group(1), named.group(2));
      } else if (own.matches()) {
        found.put(own.group(1), own.group(1));
      } else if (lost.matches()) {
        missing.add(lost.group(1));
      } else if (complaints.size() < MOST_COMPLAINTS) {
        complaints.add(line.strip());
      }
    }
    return new LoaderOutput(status, found, missing, complaints);
  }
}
