package dev.reg.engine.building;

import dev.reg.engine.building.LoaderListing.Question;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.ObjectStore;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.Level;
import dev.reg.template.Proposal;
import dev.reg.template.Sources;
import dev.reg.template.Template;
import dev.reg.template.TemplateRepository;
import dev.reg.template.UnfinishedTemplate;
import dev.reg.template.complete.StaticCheck;
import dev.reg.template.complete.Verdict;
import dev.reg.template.elf.ElfFile;
import dev.reg.template.elf.ElfFiles;
import dev.reg.template.elf.LoaderClosure;
import dev.reg.template.elf.LoaderOutput;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Shows to what level templates are complete: by our own closure, their loaders, traced runs. */
public final class Completeness {
  private static final int MOST_PROBLEMS = 8;

  /** glibc's loader of a machine, where the ABI has it: what libraries are asked about. */
  private static final Map<Integer, String> LOADERS =
      Map.of(62, "/lib64/ld-linux-x86-64.so.2", 183, "/lib/ld-linux-aarch64.so.1");

  private final ObjectStore objects;
  private final LoaderListing listing;
  private final TracedRuns runs;

  public Completeness(ObjectStore objects, LoaderListing listing, TracedRuns runs) {
    this.objects = objects;
    this.listing = listing;
    this.runs = runs;
  }

  /**
   * Stores a template, see {@link TemplateRepository#add}, when it is as complete as it declares,
   * and those are that would require it; before that nobody finds it.
   *
   * @param unlooked why data may be missing, for a template whose level nobody declared: it then
   *     waives what it lacks of what its libraries open by name. Null for one that somebody wrote
   */
  Head add(
      TemplateRepository repository,
      Template template,
      @Nullable Provenance provenance,
      Sources sources,
      @Nullable String unlooked,
      boolean replace,
      BuildWatcher watcher)
      throws RegException, IOException {
    Consumer<String> notes = watcher::progress;
    if (template.level() == Level.NONE && !isRequired(repository, template)) {
      return repository.add(template, provenance, sources, replace, notes);
    }
    try (UnfinishedTemplate unfinished = repository.begin(template, sources, notes)) {
      Template whole = waived(unfinished, unlooked, notes);
      if (whole.level() != Level.NONE) {
        Head made = unfinished.head();
        Origins origins =
            each ->
                each.equals(made) ? Optional.ofNullable(provenance) : repository.provenance(each);
        Verdict verdict = require(made, unfinished.closure(), whole, origins, watcher);
        notes.accept(
            template.name()
                + ": complete ("
                + verdict.level()
                + "), "
                + verdict.elf()
                + " dynamic ELF files");
      }
      requireOthers(repository.propose(Map.of(whole, Optional.ofNullable(provenance))), watcher);
      return repository.add(whole, provenance, sources, replace, notes);
    }
  }

  private static boolean isRequired(TemplateRepository repository, Template template) {
    return repository.list().stream()
        .flatMap(head -> head.requires().stream())
        .anyMatch(required -> required.name().equals(template.name()));
  }

  /**
   * A template is shown to be complete with what it requires: FAILED_PRECONDITION, naming it, when
   * one would not be with what it would get.
   */
  private void requireOthers(Proposal after, BuildWatcher watcher)
      throws RegException, IOException {
    for (Head head : after.affected()) {
      if (after.changed().contains(head)) {
        continue;
      }
      try {
        requireIn(after, head, watcher);
      } catch (RegException e) {
        List<String> fresh = after.changed().stream().map(Head::id).toList();
        throw new RegException(
            ErrorKind.FAILED_PRECONDITION,
            "cannot store "
                + String.join(", ", fresh)
                + ", which "
                + head.id()
                + " would then require: "
                + e.line()
                + "; 'reg template update "
                + head.name()
                + "' makes both anew",
            e);
      }
    }
  }

  /** As {@link #require} of a template of a proposal; one without a level has just to combine. */
  void requireIn(Proposal proposal, Head head, BuildWatcher watcher)
      throws RegException, IOException {
    Closure closure = proposal.closure(head);
    if (head.level() == Level.NONE) {
      closure.tree();
    } else {
      watcher.progress(head.name() + ": verifying");
      require(head, closure, proposal.load(head), proposal::provenance, watcher);
    }
  }

  /**
   * The template, which waives what it lacks of what its libraries open by name for the reason
   * given; as it is without one.
   */
  Template waived(UnfinishedTemplate unfinished, @Nullable String unlooked, Consumer<String> notes)
      throws RegException, IOException {
    Template template = unfinished.template();
    if (unlooked == null) {
      return template;
    }
    Map<String, String> waive = new TreeMap<>();
    check(unfinished.closure(), template)
        .gaps()
        .forEach(
            (profile, sentences) -> {
              waive.put(profile, unlooked);
              notes.accept(template.name() + ": without " + profile + ": " + sentences.getFirst());
            });
    return template.waiving(waive);
  }

  /**
   * INVALID, with the files and what they lack, for one that is less complete than it declares; see
   * {@link TracedRuns#check}, too.
   *
   * @param origins of all templates of the closure
   */
  Verdict require(
      Head head, Closure closure, Template template, Origins origins, BuildWatcher watcher)
      throws RegException, IOException {
    Level declared = template.level();
    Verdict verdict = verdict(head, closure, template, declared);
    List<String> problems = verdict.problems();
    if (problems.isEmpty() && declared == Level.TRACE) {
      runs.check(head, closure, origins, template.trace(), watcher);
      return verdict.shown(Level.TRACE);
    }
    if (problems.isEmpty()) {
      return verdict;
    }
    int more = problems.size() - MOST_PROBLEMS;
    throw new RegException(
        ErrorKind.INVALID,
        "cannot store "
            + template.id()
            + ": it declares the level "
            + declared
            + " and is not complete: "
            + String.join("; ", problems.subList(0, Math.min(problems.size(), MOST_PROBLEMS)))
            + (more > 0 ? "; and " + more + " more" : ""));
  }

  /**
   * Finds out how complete a template is.
   *
   * @param wanted STATIC, or higher to ask its own loader, too; nothing is run
   */
  public Verdict verdict(Head head, Closure closure, Template template, Level wanted)
      throws RegException, IOException {
    return verdict(check(closure, template), template.waive(), head, closure, wanted);
  }

  private StaticCheck check(Closure closure, Template template) throws RegException, IOException {
    return new StaticCheck(
        closure.tree(), StaticCheck.Own.of(template), objects::path, new ElfFiles(), path(closure));
  }

  private Verdict verdict(
      StaticCheck check, Map<String, String> waive, Head head, Closure closure, Level wanted)
      throws RegException, IOException {
    Verdict found = check.verdict(waive);
    if (wanted == Level.STATIC || !found.isComplete()) {
      return found;
    }
    return new Verdict(
        Level.LOADER,
        found.files(),
        found.elf(),
        found.scripts(),
        found.assumptions(),
        disagreements(head, closure, check));
  }

  /** Where the closure's programs look for others: a relative directory may be anywhere. */
  private static List<String> path(Closure closure) {
    String said = closure.environment().get("PATH");
    return said == null
        ? LoaderClosure.PATH
        : Stream.of(said.split(":", -1)).filter(each -> each.startsWith("/")).toList();
  }

  private List<String> disagreements(Head head, Closure closure, StaticCheck check)
      throws RegException, IOException {
    List<Question> questions = new ArrayList<>();
    for (Map.Entry<String, ElfFile> file : check.dynamic().entrySet()) {
      String loader = loader(file.getValue());
      if (loader != null) {
        questions.add(new Question(loader, file.getKey()));
      }
    }
    List<String> problems = new ArrayList<>();
    for (Map.Entry<String, LoaderOutput> answer :
        listing.ask(head, closure, questions).entrySet()) {
      compare(check, answer.getKey(), answer.getValue(), problems);
    }
    return problems;
  }

  /** Null for what glibc does not load. */
  private static @Nullable String loader(ElfFile elf) {
    String own = elf.interpreter();
    if (own != null) {
      return own.substring(own.lastIndexOf('/') + 1).startsWith("ld-linux") ? own : null;
    }
    return elf.needed().contains("libc.so.6") ? LOADERS.get(elf.machine()) : null;
  }

  private static void compare(
      StaticCheck check, String file, LoaderOutput theirs, List<String> problems)
      throws IOException {
    LoaderClosure.Listing ours = check.listing(file);
    TreeSet<String> found = new TreeSet<>();
    for (String path : theirs.found().values()) {
      found.add(plain(check.place(path)));
    }
    TreeSet<String> expected = new TreeSet<>(ours.places().values());
    // It lists itself, asked for or not.
    for (String loader : LOADERS.values()) {
      found.remove(check.place(loader));
      expected.remove(check.place(loader));
    }
    if (!found.equals(expected)) {
      problems.add(
          file
              + ": its loader takes "
              + without(found, expected)
              + ", and not "
              + without(expected, found));
    }
    if (!Set.copyOf(theirs.missing()).equals(Set.copyOf(ours.missing()))) {
      problems.add(
          file + ": its loader misses " + theirs.missing() + ", our closure " + ours.missing());
    }
    for (String complaint : theirs.complaints()) {
      problems.add(file + ": its loader says: " + complaint);
    }
    if (theirs.status() != 0 && theirs.complaints().isEmpty() && theirs.missing().isEmpty()) {
      problems.add(file + ": its loader ends with status " + theirs.status());
    }
  }

  /** Which build for which processor is taken is the machine's business. */
  private static String plain(String path) {
    return path.replaceFirst("/glibc-hwcaps/[^/]+/", "/");
  }

  private static Set<String> without(Set<String> all, Set<String> others) {
    TreeSet<String> left = new TreeSet<>(all);
    left.removeAll(others);
    return left;
  }
}
