package dev.reg.engine.building;

import dev.reg.build.Recipes;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Head;
import dev.reg.template.TemplateRef;
import dev.reg.template.TemplateRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Says of what nobody has what there is instead. */
record Unknown(TemplateRepository repository, Path catalog) {
  /** NOT_FOUND for a template that the repository has not, or not in this version. */
  RegException template(TemplateRef wanted) throws IOException {
    List<Head> versions = repository.versions(wanted.name());
    if (!versions.isEmpty()) {
      return new RegException(
          ErrorKind.NOT_FOUND,
          "no template matches "
              + wanted
              + ": the local repository has "
              + String.join(", ", versions.stream().map(Head::id).toList()));
    }
    return new RegException(
        ErrorKind.NOT_FOUND,
        "no template is named "
            + wanted.name()
            + hint(wanted.name(), "'reg template ls' lists them"));
  }

  /** NOT_FOUND for a recipe. */
  RegException recipe(String name) throws IOException {
    return new RegException(
        ErrorKind.NOT_FOUND,
        "the catalog has no recipe " + name + hint(name, "a file's name begins with ./ or /"));
  }

  private String hint(String name, String otherwise) throws IOException {
    List<String> near = repository.nearMisses(name, Recipes.names(catalog));
    return near.isEmpty() ? "; " + otherwise : "; did you mean " + String.join(" or ", near) + "?";
  }
}
