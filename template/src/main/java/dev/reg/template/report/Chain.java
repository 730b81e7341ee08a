package dev.reg.template.report;

import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Origin;
import dev.reg.template.provenance.Why;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What brought a file into a template: from what was asked for, step by step, to the file. */
public final class Chain {
  private Chain() {}

  /**
   * One link of the chain.
   *
   * @param subject a path; or the name of a package all of which was taken
   * @param why the subject is in the template
   * @param from the package it was in; null when it was in none
   */
  public record Step(String subject, Why why, @Nullable DistributionPackage from) {}

  /** The last one is the path itself; empty when nobody knows why it is there. */
  public static List<Step> of(Provenance provenance, String path) {
    List<Step> steps = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    String next = path;
    while (next != null && seen.add(next)) {
      Optional<Step> step = step(provenance, next);
      step.ifPresent(steps::addFirst);
      next = step.map(each -> by(each.why())).orElse(null);
    }
    return List.copyOf(steps);
  }

  private static Optional<Step> step(Provenance provenance, String subject) {
    if (subject.startsWith("/")) {
      return Optional.ofNullable(provenance.files().get(subject))
          .map(
              origin ->
                  new Step(subject, origin.why(), provenance.packageOf(subject).orElse(null)));
    }
    for (Map.Entry<String, Origin> file : provenance.files().entrySet()) {
      DistributionPackage from = provenance.packageOf(file.getKey()).orElse(null);
      if (from != null
          && from.name().equals(subject)
          && file.getValue().why() instanceof Why.Whole whole) {
        return Optional.of(new Step(subject, whole, from));
      }
    }
    return Optional.empty();
  }

  private static @Nullable String by(Why why) {
    return switch (why) {
      case Why.Needed needed -> needed.by();
      case Why.Profile profile -> profile.by();
      case Why.Whole whole -> whole.by();
      case Why.Pattern pattern -> null;
      case Why.Text text -> null;
      case Why.Concat concat -> null;
      case Why.Post post -> null;
      case Why.Link link -> null;
      case Why.Asked asked -> null;
      case Why.Status status -> null;
    };
  }

  /** The reason as words that follow the subject. */
  public static String words(Why why) {
    return switch (why) {
      case Why.Pattern(String slice, String pattern) ->
          "matches " + pattern + " of the recipe's " + slice;
      case Why.Needed(String by, Why.How how, String name) -> needed(by, how, name);
      case Why.Text text -> "is a text of the recipe";
      case Why.Concat(String pattern) -> "is made of all " + pattern;
      case Why.Post post -> "was made by the recipe's post step";
      case Why.Link link -> "is a link of the recipe";
      case Why.Whole whole -> whole(whole.by());
      case Why.Asked asked -> "was asked for";
      case Why.Profile(String name, String by) -> "is data of the profile " + name + " for " + by;
      case Why.Status status -> "says to scanners that its package is there";
    };
  }

  private static String whole(@Nullable String by) {
    if (by == null) {
      return "comes with what was asked for";
    }
    return by.startsWith("/")
        ? "comes with the package of " + by
        : "comes with its package, on which " + by + " depends";
  }

  private static String needed(String by, Why.How how, String name) {
    return switch (how) {
      case INTERPRETER -> "is the program interpreter " + name + " of " + by;
      case NEEDED -> "is needed as " + name + " by " + by;
      case VARIANT -> "is a build for better processors of " + name + ", needed by " + by;
      case DLOPEN -> "is opened as " + name + " by " + by;
      case SHEBANG -> "runs the script " + by;
      case LINK -> "is what the link " + by + " leads to";
      case MENTION -> "is named as " + name + " in " + by;
      case MODULE -> "may be loaded by " + by;
    };
  }
}
