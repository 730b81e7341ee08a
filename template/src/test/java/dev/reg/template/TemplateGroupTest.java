package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.EnvironmentStore;
import dev.reg.store.ObjectId;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several templates change at once, or none does, whenever the engine dies. */
class TemplateGroupTest {
  private static final ObjectId OLD = RepositoryFixture.object("old", 0644);
  private static final ObjectId NEW = RepositoryFixture.object("new", 0644);

  @TempDir Path directory;
  private RepositoryFixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new RepositoryFixture(directory);
    fill();
  }

  /** Two templates with the old build of a library, and one with the new one. */
  private void fill() throws Exception {
    fixture.source("libz.so.1", "old");
    String libs = "libs: [{libz@1: {path: /usr/lib/libz.so.1}}]\n";
    fixture.add("name: a\nversion: 1\n" + libs);
    fixture.add("name: b\nversion: 1\nrequires: [base]\n" + libs);
    fixture.add("name: base\nversion: 1\nenvironment: {A: a}\n");
    fixture.source("libz.so.1", "new");
    fixture.add("name: c\nversion: 1\n" + libs);
  }

  private static Template with(Template template, ObjectId object) {
    TemplateLib lib = template.libs().getFirst();
    return template.with(
        template.files(),
        List.of(new TemplateLib(lib.name(), lib.path(), object.digest(), object.mode())),
        template.links(),
        template.directories());
  }

  private static Provenance provenance() {
    return new Provenance(new BuiltFrom.Recipe("a"), null, List.of(), new TreeMap<>());
  }

  private Proposal proposal() throws Exception {
    Map<Template, Optional<Provenance>> all = new HashMap<>();
    for (String name : List.of("a", "b")) {
      Template template = fixture.templates.load(fixture.find(name));
      all.put(with(template, NEW), name.equals("a") ? Optional.of(provenance()) : Optional.empty());
    }
    return fixture.templates.propose(all);
  }

  private List<ObjectId> libraries() throws Exception {
    List<ObjectId> all = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      all.add(fixture.templates.load(fixture.find(name)).libs().getFirst().object());
    }
    return all;
  }

  @Test
  void showsWhatWouldBeAndChangesNothing() throws Exception {
    fixture.add("name: d\nversion: 1\nrequires: [b]\n");
    Proposal proposal = proposal();
    assertThat(proposal.changed()).extracting(Head::id).containsExactlyInAnyOrder("a@1", "b@1");
    assertThat(proposal.affected()).extracting(Head::id).containsExactly("a@1", "b@1", "d@1");
    Head b = proposal.find(TemplateRef.parse("b")).orElseThrow();
    assertThat(proposal.closure(b).templates())
        .extracting(Head::id)
        .containsExactly("base@1", "b@1");
    assertThat(proposal.load(b).libs().getFirst().object()).isEqualTo(NEW);
    assertThat(libraries()).containsExactly(OLD, OLD, NEW);
  }

  @Test
  void replacesAllAndDeletesWhatNobodyNeeds() throws Exception {
    fixture.templates.carryOut(proposal());
    assertThat(libraries()).containsExactly(NEW, NEW, NEW);
    assertThat(fixture.stored()).containsExactly(NEW);
    assertThat(fixture.templates.provenance(fixture.find("a"))).contains(provenance());
    assertThat(fixture.files()).noneMatch(file -> file.contains("tmp"));
    List<Head> heads = fixture.templates.list();
    fixture.reopen();
    assertThat(fixture.templates.list()).isEqualTo(heads);
    assertThat(fixture.templates.problems()).isEmpty();
    assertThat(fixture.templates.propose(Map.of()).changed()).isEmpty();
  }

  @Test
  void keepsWhatAnEnvironmentHas() throws Exception {
    EnvironmentStore environments = EnvironmentStore.open(fixture.layout, fixture.objects);
    Closure closure = fixture.resolve("a");
    environments.make(closure.id(), closure::tree);
    fixture.templates.carryOut(proposal());
    assertThat(fixture.stored()).containsExactlyInAnyOrder(OLD, NEW);
    assertThat(environments.problems(closure.id())).isEmpty();
    assertThat(fixture.templates.deleteUnused()).isZero();
    fixture.reopen();
    assertThat(fixture.stored()).containsExactlyInAnyOrder(OLD, NEW);
    environments.remove(closure.id());
    fixture.templates.deleteUnused();
    assertThat(fixture.stored()).containsExactly(NEW);
  }

  @Test
  void isWorthNothingOnceSomethingChanged() throws Exception {
    Proposal proposal = proposal();
    fixture.add("name: d\nversion: 1\nenvironment: {D: d}\n");
    assertThatThrownBy(() -> fixture.templates.carryOut(proposal))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE));
    assertThat(libraries()).containsExactly(OLD, OLD, NEW);
  }

  private static final class Crash extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** From the given change on nothing works: as after a kill, nobody cleans up. */
  private static final class Mortal implements TemplateGroup.Step {
    private int left;

    Mortal(int changes) {
      this.left = changes;
    }

    @Override
    public void before(Path path) throws IOException {
      if (left == 0) {
        throw new Crash();
      }
      left--;
    }
  }

  @Test
  void isAllOrNoneWheneverTheEngineDies() throws Exception {
    int old = 0;
    int changed = 0;
    for (int changes = 0; ; changes++) {
      fixture = new RepositoryFixture(directory.resolve("at" + changes));
      fill();
      fixture.crash(new Mortal(changes));
      boolean died = false;
      try {
        fixture.templates.carryOut(proposal());
      } catch (Crash e) {
        died = true;
      }
      // The next engine may die while it ends what was begun; the one after it does not.
      for (int again = 0; again < 3; again++) {
        try {
          fixture.crash(new Mortal(again));
        } catch (Crash e) {
          // Once more.
        }
      }
      fixture.crash(path -> {});
      String when = "after " + changes + " changes";
      assertThat(fixture.templates.problems()).as(when).isEmpty();
      List<ObjectId> libraries = libraries();
      boolean isOld = libraries.equals(List.of(OLD, OLD, NEW));
      assertThat(isOld || libraries.equals(List.of(NEW, NEW, NEW))).as(when).isTrue();
      if (isOld) {
        old++;
        assertThat(fixture.stored()).as(when).containsExactlyInAnyOrder(OLD, NEW);
      } else {
        changed++;
        assertThat(fixture.stored()).as(when).containsExactly(NEW);
        assertThat(fixture.templates.provenance(fixture.find("a"))).contains(provenance());
      }
      assertThat(fixture.files()).as(when).noneMatch(file -> file.contains("tmp"));
      if (!died) {
        break;
      }
    }
    assertThat(old).isGreaterThan(3);
    assertThat(changed).isGreaterThan(8);
  }

  /** From the given change on the disk fails, until it is told not to. */
  private static final class Fails implements TemplateGroup.Step {
    private int left;

    Fails(int changes) {
      this.left = changes;
    }

    @Override
    public void before(Path path) throws IOException {
      if (left == 0) {
        throw new IOException("No space left on device");
      }
      left--;
    }
  }

  /** What is replaced has objects that no other template has, and so has what replaces it. */
  private Proposal alone() throws Exception {
    fixture.source("libz.so.1", "newest");
    fixture.add("name: c\nversion: 2\nlibs: [{libz@1: {path: /usr/lib/libz.so.1}}]\n");
    Template newest = fixture.templates.load(fixture.find("c"));
    Map<Template, Optional<Provenance>> all = new HashMap<>();
    for (String name : List.of("a", "b")) {
      Template template = fixture.templates.load(fixture.find(name));
      all.put(with(template, newest.libs().getFirst().object()), Optional.empty());
    }
    Template another =
        new Template(
            "z",
            Version.parse("1"),
            newest.requires(),
            newest.files(),
            newest.libs(),
            newest.links(),
            newest.directories(),
            newest.level(),
            newest.waive(),
            newest.trace(),
            newest.execution());
    all.put(another, Optional.empty());
    return fixture.templates.propose(all);
  }

  /** An engine that goes on after a disk error has all or none, and so has the next one. */
  @Test
  void aDiskThatFailsForAWhileCostsNothing() throws Exception {
    ObjectId newest = RepositoryFixture.object("newest", 0644);
    int waiting = 0;
    for (int changes = 0; ; changes++) {
      fixture = new RepositoryFixture(directory.resolve("fails" + changes));
      fill();
      Fails disk = new Fails(changes);
      fixture.crash(disk);
      Proposal proposal = alone();
      String when = "after " + changes + " changes";
      boolean failed = false;
      try {
        fixture.templates.carryOut(proposal);
      } catch (IOException | RegException e) {
        failed = true;
      }
      fixture.templates.deleteUnused();
      disk.left = Integer.MAX_VALUE;
      boolean begun = fixture.files().stream().anyMatch(file -> file.contains("tmp"));
      if (failed && begun) {
        waiting++;
        assertThat(fixture.stored()).as(when).contains(newest);
      }
      // Any change ends what was begun first.
      fixture.add("name: d\nversion: 1\nenvironment: {D: d}\n");
      List<ObjectId> now = libraries().subList(0, 2);
      assertThat(now).as(when).isIn(List.of(OLD, OLD), List.of(newest, newest));
      assertThat(fixture.stored()).as(when).containsAll(now);
      fixture.templates.carryOut(fixture.templates.propose(Map.of()));
      assertThat(fixture.files()).as(when).noneMatch(file -> file.contains("tmp"));
      List<Head> heads = fixture.templates.list();
      fixture.reopen();
      assertThat(fixture.templates.problems()).as(when).isEmpty();
      assertThat(fixture.templates.list()).as(when).isEqualTo(heads);
      assertThat(libraries().subList(0, 2)).as(when).isEqualTo(now);
      if (!failed) {
        break;
      }
    }
    assertThat(waiting).isGreaterThan(8);
  }

  @Test
  void whatALaterProposalReplacesIsWhatTheFirstOneSaw() throws Exception {
    Proposal before = fixture.templates.propose(Map.of());
    fixture.add("name: d\nversion: 1\nenvironment: {D: d}\n");
    Template a = fixture.templates.load(fixture.find("a"));
    Proposal after = before.instead(Map.of(with(a, NEW), Optional.empty()));
    assertThatThrownBy(() -> fixture.templates.carryOut(after))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE));
    assertThat(libraries()).containsExactly(OLD, OLD, NEW);
  }

  @Test
  void whatCannotBeResolvedIsNotAffected() throws Exception {
    fixture.add("name: lost\nversion: 1\nrequires: [base]\n");
    fixture.templates.remove(fixture.find("base"));
    Template a = fixture.templates.load(fixture.find("a"));
    Proposal proposal = fixture.templates.propose(Map.of(with(a, NEW), Optional.empty()));
    assertThat(proposal.affected()).extracting(Head::id).containsExactly("a@1");
  }
}
