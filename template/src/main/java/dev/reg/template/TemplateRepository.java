package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Failures;
import dev.reg.store.Ingest;
import dev.reg.store.Layout;
import dev.reg.store.ObjectId;
import dev.reg.store.ObjectStore;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.ProvenanceWriter;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The templates of a host. Safe for use by several threads; lookups never wait. */
public final class TemplateRepository implements Shelf {
  private final TemplateFiles files;
  private final Provenances provenances;
  private final ParsedTemplates parsed = new ParsedTemplates();
  private final ObjectStore objects;
  private final List<String> problems;

  /** Held while templates or objects come or go; never while sources are read. */
  private final ReentrantLock changing = new ReentrantLock();

  /** Under the lock. */
  private final UnusedObjects unused;

  private final RecordedTraces traces;

  /**
   * What a disk error kept from being in its place, though it is stored already; under the lock.
   * Until it is, no template changes and no object goes: the old and the new ones need theirs.
   */
  private @Nullable Proposal begun;

  /** Replaced as a whole with every change. */
  private volatile HeadIndex heads;

  /** Made when first needed; null after every change. */
  private @Nullable LibraryIndex libraries;

  private TemplateRepository(
      TemplateFiles files, ObjectStore objects, List<Head> found, List<String> problems) {
    this.files = files;
    this.provenances = new Provenances(files);
    this.objects = objects;
    this.unused = new UnusedObjects(this, objects);
    this.traces = new RecordedTraces(this, files);
    this.problems = List.copyOf(problems);
    this.heads = HeadIndex.of(found);
  }

  /**
   * Reads the heads of all templates and clears away what a crash left half done; the caller has
   * the root to itself.
   */
  public static TemplateRepository open(Layout layout, ObjectStore objects) throws IOException {
    return open(layout, objects, path -> {});
  }

  static TemplateRepository open(Layout layout, ObjectStore objects, TemplateGroup.Step step)
      throws IOException {
    TemplateFiles files = new TemplateFiles(layout, step);
    List<String> problems = new ArrayList<>();
    List<Head> found = files.scan(template -> References.bytes(objects, template), problems);
    TemplateRepository repository = new TemplateRepository(files, objects, found, problems);
    // A damaged template may need any object.
    if (problems.isEmpty() && (objects.isUnsettled() || files.wasCutShort())) {
      repository.deleteUnused();
      objects.settled();
      files.settled();
    }
    return repository;
  }

  /** One sentence for each template that could not be read when the repository was opened. */
  public List<String> problems() {
    return problems;
  }

  /** By name, the highest version first. */
  public List<Head> list() {
    return heads.list();
  }

  /** The highest version that matches. */
  @Override
  public Optional<Head> find(TemplateRef wanted) {
    return heads.find(wanted);
  }

  /** All versions of a name, the highest first; empty when there is none. */
  @Override
  public List<Head> versions(String name) {
    return heads.versions(name);
  }

  /** Up to five known names that look like {@code name}, the nearest first. */
  @Override
  public List<String> nearMisses(String name, Collection<String> otherKnownNames) {
    return NearMisses.of(
        name, Stream.concat(heads.names().stream(), otherKnownNames.stream()).toList());
  }

  /** The whole template; CORRUPTED when it is not what was stored. */
  @Override
  public Template load(Head head) throws IOException, RegException {
    byte[] document = files.read(head);
    Digest digest = Digest.of(document);
    if (!digest.equals(head.digest())) {
      throw new RegException(
          ErrorKind.CORRUPTED,
          "the stored template "
              + head.id()
              + " is not what was stored (digest "
              + digest
              + ", not "
              + head.digest()
              + "): remove it and build or add it again");
    }
    Template known = parsed.get(digest);
    if (known == null) {
      known = TemplateReader.read(head.id(), document);
      parsed.put(digest, known);
    }
    return known;
  }

  /**
   * Where the files of a template come from; empty when nobody knows, as of what was written by
   * hand.
   *
   * @throws RegException CORRUPTED when it is not what was stored
   */
  public Optional<Provenance> provenance(Head head) throws IOException, RegException {
    return provenances.read(head);
  }

  /**
   * The commands whose traced runs opened nothing outside a template and what it requires; of the
   * very content that both have now, the latest last.
   */
  public List<List<String>> traces(Head head) throws IOException {
    return traces.of(head);
  }

  /**
   * Remembers such a run, of the last hundred; durable when it returns.
   *
   * @param ran what it was a run of: the template with all it requires
   * @throws RegException NOT_FOUND when these are not stored any more as they were
   */
  public void addTrace(Head head, Closure ran, List<String> command)
      throws IOException, RegException {
    changing.lock();
    try {
      traces.add(head, ran, command);
    } finally {
      changing.unlock();
    }
  }

  /** As {@link #add(Template, Sources, boolean, Consumer)} for who is not curious. */
  public Head add(Template template, Sources sources, boolean replace)
      throws IOException, RegException {
    return add(template, sources, replace, note -> {});
  }

  /**
   * As {@link #add(Template, Provenance, Sources, boolean, Consumer)} of what nobody knows where it
   * comes from.
   */
  public Head add(Template template, Sources sources, boolean replace, Consumer<String> notes)
      throws IOException, RegException {
    return add(template, null, sources, replace, notes);
  }

  /**
   * Resolves a template and stores it with all its objects; nothing is left on failure. The same
   * template again is success; its provenance is then the new one.
   *
   * @param provenance of its files; null when nobody knows. Without, or with that of what was
   *     written by hand, what was known of the same template stays
   * @param replace whether another content of the same name and version takes its place; the caller
   *     knows that nobody uses it. Otherwise ALREADY_EXISTS
   * @param notes takes a sentence for each library of which stored templates have different files
   */
  public Head add(
      Template template,
      @Nullable Provenance provenance,
      Sources sources,
      boolean replace,
      Consumer<String> notes)
      throws IOException, RegException {
    try (Ingest ingest = objects.begin()) {
      Template resolved = resolved(template, sources, ingest, notes);
      byte[] document = document(resolved);
      if (provenance != null) {
        provenances.check(resolved, provenance);
      }
      new Resolver(this).checkCombines(head(resolved, Digest.of(document), 0), resolved);
      changing.lock();
      try {
        finishBegun();
        return store(resolved, document, provenance, ingest, replace);
      } finally {
        changing.unlock();
      }
    }
  }

  /**
   * Stores the objects of a template, but not the template: it can be run before it is complete and
   * added. Nobody else sees it, and a crash leaves nothing of it.
   *
   * @param notes as for {@link #add(Template, Sources, boolean, Consumer)}
   */
  public UnfinishedTemplate begin(Template template, Sources sources, Consumer<String> notes)
      throws IOException, RegException {
    return begin(template, null, sources, notes);
  }

  /**
   * As above, on top of a closure whose templates need not be stored.
   *
   * @param below takes the place of what the template requires; null for just that
   */
  public UnfinishedTemplate begin(
      Template template, @Nullable Closure below, Sources sources, Consumer<String> notes)
      throws IOException, RegException {
    Ingest ingest = objects.begin();
    Template begun = null;
    boolean done = false;
    try {
      Template resolved = resolved(template, sources, ingest, notes);
      Digest digest = Digest.of(document(resolved));
      changing.lock();
      try {
        begun = resolved;
        unused.begin(resolved);
        ingest.commit();
      } finally {
        changing.unlock();
      }
      Head head = head(resolved, digest, References.bytes(objects, resolved));
      Closure required = below == null ? new Resolver(this).required(template) : below;
      Closure closure = required.with(head, resolved);
      done = true;
      return new UnfinishedTemplate(this, resolved, closure, head, ingest);
    } finally {
      if (!done) {
        end(begun, ingest);
      }
    }
  }

  /** Deletes those of its objects that no template refers to, and ends the batch. */
  void end(@Nullable Template begun, Ingest ingest) throws IOException {
    try (ingest) {
      if (begun != null) {
        changing.lock();
        try {
          unused.end(begun);
        } finally {
          changing.unlock();
        }
      }
    }
  }

  private Template resolved(
      Template template, Sources sources, Ingest ingest, Consumer<String> notes)
      throws IOException, RegException {
    LibraryIndex index = template.libs().isEmpty() ? new LibraryIndex() : libraries();
    return new Addition(template, sources, objects, ingest, index, required(template), notes)
        .resolve();
  }

  /** What was put together in memory has to be as sound as what came from a file. */
  private byte[] document(Template resolved) throws RegException {
    byte[] document = TemplateWriter.write(resolved);
    Digest digest = Digest.of(document);
    if (resolved.equals(parsed.get(digest))) {
      return document;
    }
    if (!TemplateReader.read(resolved.id(), document).equals(resolved)) {
      throw new RegException(
          ErrorKind.INVALID,
          "cannot add template " + resolved.id() + ": it reads back as another; report this");
    }
    parsed.put(digest, resolved);
    return document;
  }

  private Set<String> required(Template template) {
    if (template.libs().isEmpty() || template.requires().isEmpty()) {
      return Set.of();
    }
    try {
      return new Resolver(this)
          .resolve(template.requires()).templates().stream()
              .map(Head::id)
              .collect(Collectors.toSet());
    } catch (RegException e) {
      // What it requires may come later; then no template's libraries are preferred.
      return Set.of();
    }
  }

  private Head store(
      Template template,
      byte[] document,
      @Nullable Provenance provenance,
      Ingest ingest,
      boolean replace)
      throws IOException, RegException {
    Digest digest = Digest.of(document);
    Head before = find(template.name(), template.version());
    if (before != null && before.digest().equals(digest) && isWhole(template)) {
      if (provenance != null && !(provenance.source() instanceof BuiltFrom.File)) {
        provenances.write(before, provenance);
      }
      return before;
    }
    if (before != null && !before.digest().equals(digest) && !replace) {
      throw new RegException(
          ErrorKind.ALREADY_EXISTS,
          "cannot add template "
              + template.id()
              + ": another one with this name and version is stored (digest "
              + before.digest()
              + ", not "
              + digest
              + "); remove that first or give this another version");
    }
    Set<ObjectId> fresh = new HashSet<>(References.of(template));
    fresh.removeIf(objects::contains);
    boolean stored = false;
    try {
      ingest.commit();
      for (ObjectId object : References.of(template)) {
        if (!objects.contains(object)) {
          throw new RegException(
              ErrorKind.FAILED_PRECONDITION,
              "cannot add template "
                  + template.id()
                  + ": object "
                  + object
                  + " was removed with another template meanwhile; try again");
        }
      }
      Set<ObjectId> stale = before == null ? Set.of() : unused.ofIfReadable(before);
      Head head = head(template, digest, References.bytes(objects, template));
      write(head, document, provenance);
      stored = true;
      publish(heads.with(List.of(head)));
      unused.delete(stale);
      return head;
    } finally {
      if (!stored) {
        unused.delete(fresh);
      }
    }
  }

  /**
   * What the templates would be with these among them, whose objects are all stored. Those that are
   * as they are stored already are left out.
   *
   * @param templates resolved ones, with where their files come from, as far as that is known
   */
  public Proposal propose(Map<Template, Optional<Provenance>> templates)
      throws IOException, RegException {
    return propose(heads, templates);
  }

  /** As {@link #propose(Map)}, with other templates than the present ones stored. */
  Proposal propose(HeadIndex base, Map<Template, Optional<Provenance>> templates)
      throws IOException, RegException {
    List<TemplateGroup.Part> parts = new ArrayList<>();
    for (Map.Entry<Template, Optional<Provenance>> each : templates.entrySet()) {
      Template template = each.getKey();
      Provenance provenance = each.getValue().orElse(null);
      byte[] document = document(template);
      Digest digest = Digest.of(document);
      Head before = base.find(template.name(), template.version());
      boolean isStored = before != null && before.digest().equals(digest);
      if (!isStored) {
        if (provenance != null) {
          provenances.check(template, provenance);
        }
        Head head = head(template, digest, References.bytes(objects, template));
        parts.add(new TemplateGroup.Part(head, template, provenance));
      }
    }
    return new Proposal(this, base, parts);
  }

  /**
   * Makes a proposal true: all its templates are stored, or none is, also across a crash. Templates
   * that containers use may be among them: what a container holds is its environment, whose objects
   * stay until its tree is gone.
   *
   * @throws RegException UNAVAILABLE when templates have come or gone since it was made, or objects
   */
  public void carryOut(Proposal proposal) throws IOException, RegException {
    changing.lock();
    try {
      finishBegun();
      if (!isCurrent(proposal)) {
        throw new RegException(
            ErrorKind.UNAVAILABLE,
            "cannot replace templates: others were stored or removed meanwhile; try again");
      }
      Set<ObjectId> stale = new HashSet<>();
      for (Head head : proposal.changed()) {
        Head before = find(head.name(), head.version());
        stale.addAll(before == null ? Set.of() : unused.ofIfReadable(before));
      }
      write(proposal);
      publish(heads.with(proposal.changed()));
      unused.delete(stale);
      files.settled();
    } finally {
      changing.unlock();
    }
  }

  private void write(Proposal proposal) throws IOException, RegException {
    boolean forgotten = false;
    try {
      files.forget();
      forgotten = true;
      files.write(proposal.parts());
    } catch (IOException e) {
      if (forgotten && files.isBegun()) {
        begun = proposal;
      }
      throw Failures.orExhausted(e, "cannot replace templates");
    }
  }

  /** Before any template changes: what a disk error has left undone. */
  private void finishBegun() throws IOException, RegException {
    Proposal proposal = begun;
    if (proposal != null) {
      try {
        files.finish();
      } catch (IOException e) {
        throw Failures.orExhausted(e, "cannot end the last replacement of templates");
      }
      publish(heads.with(proposal.changed()));
      begun = null;
      deleteUnused();
      files.settled();
    }
  }

  // The index is replaced as a whole with every change.
  @SuppressWarnings("ReferenceEquality")
  private boolean isCurrent(Proposal proposal) {
    return proposal.base() == heads
        && proposal.parts().stream().allMatch(part -> isWhole(part.template()));
  }

  private void write(Head head, byte[] document, @Nullable Provenance provenance)
      throws IOException, RegException {
    try {
      files.write(head, document, provenance == null ? null : ProvenanceWriter.write(provenance));
    } catch (IOException e) {
      throw Failures.orExhausted(e, "cannot store template " + head.id());
    }
  }

  private @Nullable Head find(String name, Version version) {
    return heads.find(name, version);
  }

  boolean isWhole(Template template) {
    return References.of(template).stream().allMatch(objects::contains);
  }

  private void publish(HeadIndex changed) {
    heads = changed;
    libraries = null;
  }

  /**
   * Removes a template and the objects that no remaining template refers to. Whether containers or
   * environments use it is the caller's business.
   *
   * @return the bytes freed
   */
  public long remove(Head head) throws IOException, RegException {
    changing.lock();
    try {
      finishBegun();
      Head stored = find(head.name(), head.version());
      if (stored == null) {
        throw new RegException(ErrorKind.NOT_FOUND, "there is no template " + head.id());
      }
      Set<ObjectId> stale = unused.ofIfReadable(stored);
      files.retire(stored);
      publish(heads.without(stored));
      long freed = unused.delete(stale);
      files.delete(stored);
      return freed;
    } finally {
      changing.unlock();
    }
  }

  /**
   * Deletes every object that no template refers to and no environment has, such as those of an
   * interrupted addition.
   *
   * @return the bytes freed
   */
  public long deleteUnused() throws IOException {
    changing.lock();
    try {
      return unused.deleteAll();
    } finally {
      changing.unlock();
    }
  }

  /**
   * Every object that no template but {@code without} refers to; none while a template cannot be
   * read, which may need any.
   */
  public Set<ObjectId> unused(Set<Head> without) throws IOException {
    changing.lock();
    try {
      return unused.without(without);
    } finally {
      changing.unlock();
    }
  }

  /** Whether old and new templates need their objects both; under the lock. */
  boolean isReplacing() {
    return begun != null;
  }

  private LibraryIndex libraries() throws IOException {
    changing.lock();
    try {
      LibraryIndex index = libraries;
      if (index == null) {
        index = new LibraryIndex();
        for (Head head : list()) {
          try {
            index.add(head, load(head));
          } catch (RegException e) {
            // A damaged template offers nothing; whoever uses it is told.
          }
        }
        libraries = index;
      }
      return index;
    } finally {
      changing.unlock();
    }
  }

  private static Head head(Template template, Digest digest, long bytes) {
    return head(template, digest, bytes, Instant.now().truncatedTo(ChronoUnit.MILLIS));
  }

  static Head head(Template template, Digest digest, long bytes, Instant created) {
    return new Head(
        template.name(),
        template.version(),
        digest,
        template.requires(),
        template.libs().stream().map(TemplateLib::name).distinct().toList(),
        template.level(),
        template.execution(),
        template.files().size() + template.libs().size(),
        bytes,
        created);
  }
}
