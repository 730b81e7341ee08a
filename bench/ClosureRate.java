import dev.reg.engine.building.Completeness;
import dev.reg.engine.building.LoaderListing;
import dev.reg.engine.building.TracedRuns;
import dev.reg.store.Layout;
import dev.reg.store.ObjectStore;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.Level;
import dev.reg.template.Resolver;
import dev.reg.template.Template;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import dev.reg.template.complete.StaticCheck;
import dev.reg.template.complete.StoredTree;
import dev.reg.template.complete.Verdict;
import dev.reg.template.elf.ElfFiles;
import dev.reg.template.elf.LoaderClosure;
import dev.reg.template.elf.SysRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * How fast the closure of the ELF files of all templates of a root is found, by the engine's own code and as its verdict of
 * completeness has it: every dynamic ELF file of a template is a root, in the tree of what the template requires. Beside it
 * the whole static verdict, which looks at all other files, links and data profiles, too. Nothing is kept from one template, or
 * round, to the next. Arguments: the root of an engine that is stopped, rounds, a file for JSON.
 */
final class ClosureRate {
  /** ELF files a second. */
  private static final double GOAL = 2_000;

  /** A template with the paths of its dynamic ELF files. */
  private record Subject(Head head, Closure closure, Template template, List<String> elf) {}

  /** What one template took, in seconds. */
  private record Taken(double closure, double verdict) {}

  private final ObjectStore objects;
  private final Completeness completeness;
  private final List<Subject> subjects = new ArrayList<>();
  private final List<List<Taken>> rounds = new ArrayList<>();

  private ClosureRate(Layout layout) throws Exception {
    objects = ObjectStore.open(layout);
    completeness = new Completeness(objects, LoaderListing.none(), TracedRuns.none());
    TemplateRepository repository = TemplateRepository.open(layout, objects);
    if (!repository.problems().isEmpty() || repository.list().isEmpty()) {
      throw new IllegalStateException("no sound templates in " + layout.root() + ": " + repository.problems());
    }
    for (Head head : repository.list()) {
      Closure closure = new Resolver(repository).resolve(List.of(TemplateRef.parse(head.id())));
      Template template = repository.load(head);
      StaticCheck check =
          new StaticCheck(closure.tree(), StaticCheck.Own.of(template), objects::path, new ElfFiles(), LoaderClosure.PATH);
      subjects.add(new Subject(head, closure, template, List.copyOf(check.dynamic().keySet())));
    }
  }

  public static void main(String[] arguments) throws Exception {
    ClosureRate rate = new ClosureRate(Layout.at(Path.of(arguments[0])));
    for (int i = Integer.parseInt(arguments[1]); i > 0; i--) {
      rate.round();
    }
    rate.report(Path.of(arguments[2]));
  }

  private void round() throws Exception {
    List<Taken> taken = new ArrayList<>();
    for (Subject each : subjects) {
      long start = System.nanoTime();
      SysRoot root = new SysRoot(new StoredTree(each.closure.tree(), objects::path));
      List<String> problems = new LoaderClosure(root, new ElfFiles(), LoaderClosure.PATH).resolve(each.elf).problems();
      long middle = System.nanoTime();
      Verdict verdict = completeness.verdict(each.head, each.closure, each.template, Level.STATIC);
      taken.add(new Taken((middle - start) / 1e9, (System.nanoTime() - middle) / 1e9));
      if (!problems.isEmpty() || !verdict.isComplete() || verdict.elf() != each.elf.size()) {
        throw new IllegalStateException(each.head.id() + " is not complete: " + problems + verdict.problems());
      }
    }
    rounds.add(taken);
  }

  private void report(Path json) throws Exception {
    System.out.printf("%nclosure: of the ELF files of %d templates, in memory%n", subjects.size());
    System.out.printf("  rounds %d; milliseconds, medians; the verdict is the closure and all else of the static level%n", rounds.size());
    System.out.printf("  %-28s %9s %9s %9s %9s %9s%n", "", "ELF", "closure", "files/s", "verdict", "files/s");
    int files = 0;
    for (int i = 0; i < subjects.size(); i++) {
      int at = i;
      Subject subject = subjects.get(i);
      line(subject.head.id(), subject.elf.size(), median(of(at, Taken::closure)), median(of(at, Taken::verdict)));
      files += subject.elf.size();
    }
    double[] closure = sums(Taken::closure);
    double[] verdict = sums(Taken::verdict);
    line("all, first round", files, closure[0], verdict[0]);
    line("all", files, median(closure), median(verdict));
    double rate = files / median(closure);
    System.out.printf("  goal: all = %.0f files/s, at least %.0f: %s%n", rate, GOAL, rate >= GOAL ? "met" : "missed");
    Files.writeString(
        json,
        "{\"name\":\"closure\",\"templates\":%d,\"elf\":%d,\"goal\":%.0f,\"closureSeconds\":%s,\"verdictSeconds\":%s}%n"
            .formatted(subjects.size(), files, GOAL, Arrays.toString(closure), Arrays.toString(verdict)));
  }

  private static void line(String name, int elf, double closure, double verdict) {
    System.out.printf(
        "  %-28s %9d %9.1f %9.0f %9.1f %9.0f%n", name, elf, closure * 1e3, elf / closure, verdict * 1e3, elf / verdict);
  }

  private double[] of(int subject, ToDoubleFunction<Taken> part) {
    return rounds.stream().mapToDouble(round -> part.applyAsDouble(round.get(subject))).toArray();
  }

  private double[] sums(ToDoubleFunction<Taken> part) {
    return rounds.stream().mapToDouble(round -> round.stream().mapToDouble(part).sum()).toArray();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
