package dev.reg.engine.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The few shapes that commands and options are made of. */
final class Specs {
  private Specs() {}

  static CommandSpec names(String name, String description, OptionSpec... options) {
    CommandSpec spec = command(name, description, options);
    spec.addPositional(operands("CONTAINER", "1..*", "Names, ids or beginnings of ids."));
    return spec;
  }

  static CommandSpec command(String name, String description, OptionSpec... options) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage().description(description).sortOptions(false).abbreviateSynopsis(true);
    for (OptionSpec option : options) {
      spec.addOption(option);
    }
    spec.addOption(
        OptionSpec.builder("-h", Grammar.HELP)
            .type(boolean.class)
            .usageHelp(true)
            .description("Show this.")
            .build());
    return spec;
  }

  static OptionSpec format() {
    return value("FORMAT", "json: one object a line.", Grammar.FORMAT);
  }

  /** For commands whose output a template can be made of, too. */
  static OptionSpec template(String... shorter) {
    List<String> names = new ArrayList<>(List.of(shorter));
    names.add(Grammar.FORMAT);
    return value(
        "FORMAT",
        "json: one object a line; or a template such as '{{.Name}}'.",
        names.toArray(String[]::new));
  }

  static OptionSpec flag(String description, String... names) {
    return OptionSpec.builder(names)
        .type(boolean.class)
        .arity("0")
        .description(description)
        .build();
  }

  /** The last one counts. */
  static OptionSpec value(String label, String description, String... names) {
    return OptionSpec.builder(names)
        .type(String.class)
        .arity("1")
        .paramLabel(label)
        .description(description)
        .build();
  }

  /** May be repeated. */
  static OptionSpec repeated(String label, String description, String... names) {
    return OptionSpec.builder(names)
        .type(List.class)
        .auxiliaryTypes(String.class)
        .arity("1")
        .paramLabel(label)
        .description(description)
        .build();
  }

  /** The one container that a command is about. */
  static PositionalParamSpec container() {
    return operands("CONTAINER", "1", "Name, id or beginning of an id.");
  }

  static PositionalParamSpec operands(String label, String arity, String description) {
    return PositionalParamSpec.builder()
        .index(arity.equals("1") ? "0" : "0..*")
        .arity(arity)
        .required(!arity.startsWith("0"))
        .type(List.class)
        .auxiliaryTypes(String.class)
        .paramLabel(label)
        .description(description)
        .build();
  }
}
