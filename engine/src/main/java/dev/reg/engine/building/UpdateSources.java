package dev.reg.engine.building;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.Resolver;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What stored templates can be made of again. */
final class UpdateSources {
  private final TemplateRepository repository;
  private final Path catalog;
  private final Templates templates;

  UpdateSources(TemplateRepository repository, Path catalog, Templates templates) {
    this.repository = repository;
    this.catalog = catalog;
    this.templates = templates;
  }

  /**
   * What the templates of these names are made of, one source once, that of what others require
   * first; without a name, of all that were made of recipes or packages.
   *
   * @param notes takes a sentence for each that may be of a recipe and of which nobody knows, or
   *     whose recipe may be taken for another
   * @throws RegException FAILED_PRECONDITION for a name of what only its author can make again
   */
  List<BuildSource> of(List<String> names, Consumer<String> notes)
      throws RegException, IOException {
    // By all that a source says: of the same packages there may be templates of two names.
    Set<BuildSource> sources = new LinkedHashSet<>();
    if (names.isEmpty()) {
      for (Head head : inOrder(repository.list())) {
        source(head, notes).ifPresent(sources::add);
      }
      return List.copyOf(sources);
    }
    List<Head> wanted = new ArrayList<>();
    for (String name : names) {
      wanted.add(templates.find(TemplateRef.parse(name)));
    }
    for (Head head : inOrder(wanted)) {
      sources.add(named(head).orElseThrow(() -> onlyByItsAuthor(head)));
    }
    return List.copyOf(sources);
  }

  /** Each after those of them that it requires. */
  private Set<Head> inOrder(List<Head> heads) {
    Set<Head> ordered = new LinkedHashSet<>();
    for (Head head : heads) {
      try {
        TemplateRef ref = new TemplateRef(head.name(), head.version().text());
        ordered.addAll(new Resolver(repository).resolve(List.of(ref)).templates());
      } catch (RegException e) {
        ordered.add(head); // What it requires is gone: its build tells, or has it made.
      }
    }
    ordered.retainAll(heads);
    return ordered;
  }

  private static RegException onlyByItsAuthor(Head head) {
    return new RegException(
        ErrorKind.FAILED_PRECONDITION,
        "cannot update "
            + head.id()
            + ": it was made of neither packages nor a recipe of the catalog; make it again as it was made before,"
            + " and the others take what it brings");
  }

  /** Of one that nobody named: only what is known. */
  private Optional<BuildSource> source(Head head, Consumer<String> notes)
      throws RegException, IOException {
    BuiltFrom from = from(head);
    if (from == null && recipe(head.name()).isPresent()) {
      notes.accept(
          head.id()
              + ": stays, nobody recorded what it was made of; 'reg template update "
              + head.name()
              + "' builds it by the recipe of its name");
    }
    if (from instanceof BuiltFrom.Recipe(String name) && recipe(name).isEmpty()) {
      notes.accept(head.id() + ": stays, the catalog has no recipe " + name + " any more");
    }
    if (from instanceof BuiltFrom.OwnRecipe(String name, String document)
        && recipe(name).isPresent()) {
      notes.accept(
          head.id()
              + ": is what a recipe of its own makes; the catalog's of this name is another:"
              + " 'reg template build "
              + name
              + "' has that");
    }
    return from == null ? Optional.empty() : source(from);
  }

  /** Of one that somebody named: when nobody knows, the recipe of its name. */
  private Optional<BuildSource> named(Head head) throws RegException, IOException {
    BuiltFrom from = from(head);
    return from == null ? recipe(head.name()) : source(from);
  }

  private @Nullable BuiltFrom from(Head head) throws RegException, IOException {
    return repository.provenance(head).map(Provenance::source).orElse(null);
  }

  private Optional<BuildSource> source(BuiltFrom from) throws RegException {
    return MadeAgain.source(from, catalog);
  }

  private Optional<BuildSource> recipe(String name) throws RegException {
    return MadeAgain.recipe(name, catalog);
  }
}
