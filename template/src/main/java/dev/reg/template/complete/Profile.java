package dev.reg.template.complete;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a library or program opens by a name that it makes up itself, so that no table of an ELF
 * file says so.
 *
 * @param name by which a template waives it
 */
record Profile(String name, List<Rule> rules) {

  /**
   * @param when what of a template has it apply
   * @param needs what has to be there then, each of them
   */
  record Rule(When when, List<Need> needs) {}

  /**
   * Something that is opened, at the first of these places that has it.
   *
   * @param places absolute paths; {@code *} stands for any characters of one name, a word in braces
   *     for what {@link Places} knows. One whose word nobody knows does not count
   */
  record Need(List<String> places) {
    static Need of(String... places) {
      return new Need(List.of(places));
    }
  }

  /** What of a template has a rule apply. */
  sealed interface When {}

  /**
   * A library of the template.
   *
   * @param name what its SONAME matches
   * @param lacking a symbol version that it does not define; empty for whatever it defines
   */
  record Soname(Pattern name, String lacking) implements When {
    static Soname of(String name) {
      return new Soname(Pattern.compile(name), "");
    }
  }

  /**
   * A program or library of the template that takes one of these functions from glibc.
   *
   * @param except SONAMEs of those that only hand it on to others
   */
  record Imports(Set<String> functions, Set<String> except) implements When {}

  /** A file of the template at such a path; {@code *} as in {@link Need}. */
  record File(String path) implements When {}

  /** A variable of the template that names a locale (locale(7)), where glibc is. */
  record Locale() implements When {}
}
