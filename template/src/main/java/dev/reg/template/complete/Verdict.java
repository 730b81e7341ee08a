package dev.reg.template.complete;

import dev.reg.template.Level;
import java.util.List;

/**
 * How complete a template was found to be.
 *
 * @param level what was tried: a template without problems has it
 * @param files regular files of the template itself, the required ones' left out
 * @param elf how many of them are dynamic ELF files
 * @param scripts how many are programs that an interpreter runs
 * @param assumptions one sentence for each library that is taken to be loaded by its path before
 *     another needs it
 * @param problems one sentence for each thing that is missing or contradicts itself, with the file
 *     that needs it
 */
public record Verdict(
    Level level, int files, int elf, int scripts, List<String> assumptions, List<String> problems) {
  public Verdict {
    assumptions = List.copyOf(assumptions);
    problems = List.copyOf(problems);
  }

  /** The same of a higher level, which something else has shown. */
  public Verdict shown(Level higher) {
    return new Verdict(higher, files, elf, scripts, assumptions, problems);
  }

  public boolean isComplete() {
    return problems.isEmpty();
  }
}
