package dev.reg.template;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds what wished-for templates require, recursively: of every name one version, the highest that
 * all who require it accept.
 */
public final class Resolver {
  /** More templates than this in one closure is a mistake or an attack. */
  private static final int MAX_TEMPLATES = 10_000;

  private final Shelf repository;

  public Resolver(TemplateRepository repository) {
    this((Shelf) repository);
  }

  Resolver(Shelf shelf) {
    this.repository = shelf;
  }

  /**
   * The closure of these templates; its cost does not depend on their files.
   *
   * @throws RegException NOT_FOUND naming who requires what is missing; FAILED_PRECONDITION for a
   *     cycle or for versions that exclude each other
   */
  public Closure resolve(List<TemplateRef> wanted) throws RegException {
    Map<String, Head> pins = new HashMap<>();
    while (true) {
      Walk walk = new Walk(pins, false);
      walk.run(wanted);
      Conflict conflict = walk.conflict();
      if (conflict == null) {
        return walk.closure(wanted);
      }
      // A choice made early can be too high for somebody found later: pin what all accept, and walk
      // again. A pin only ever goes down, so this ends.
      Head agreed = agreed(conflict.name, walk.wishes(conflict.name), pins.get(conflict.name));
      if (agreed == null) {
        throw conflict.exception(walk.wishes(conflict.name));
      }
      pins.put(conflict.name, agreed);
    }
  }

  /**
   * The closure of these templates out of none but the given ones.
   *
   * @param given of every name one version
   * @throws RegException as above; NOT_FOUND for what is required and not given
   */
  public Closure resolve(List<TemplateRef> wanted, Collection<Head> given) throws RegException {
    Map<String, Head> pins = new HashMap<>();
    given.forEach(head -> pins.put(head.name(), head));
    Walk walk = new Walk(pins, true);
    walk.run(wanted);
    Conflict conflict = walk.conflict();
    if (conflict != null) {
      throw conflict.exception(walk.wishes(conflict.name));
    }
    return walk.closure(wanted);
  }

  /**
   * What a template requires that is not stored, or not yet as it is to be.
   *
   * @throws RegException as {@link #resolve(List)}; FAILED_PRECONDITION, too, when that requires
   *     the template in turn
   */
  Closure required(Template template) throws RegException {
    Closure required = resolve(template.requires());
    checkNoCycle(template, required);
    return required;
  }

  private static void checkNoCycle(Template template, Closure required) throws RegException {
    for (Head head : required.templates()) {
      if (head.name().equals(template.name())) {
        throw new RegException(
            ErrorKind.FAILED_PRECONDITION,
            "cannot store "
                + template.id()
                + ": it requires "
                + String.join(", ", template.requires().stream().map(TemplateRef::name).toList())
                + ", and so itself: that requires "
                + head.id());
      }
    }
  }

  /**
   * Whether a template that is not stored could be in one container with what it requires, as far
   * as that is stored: it may come later.
   *
   * @throws RegException FAILED_PRECONDITION when they disagree about a path or an account, or when
   *     what it requires requires it
   */
  void checkCombines(Head head, Template template) throws IOException, RegException {
    Closure required;
    try {
      required = resolve(template.requires());
    } catch (RegException e) {
      // Told when the template is wanted: what is stored by then decides.
      return;
    }
    if (!template.requires().isEmpty()) {
      checkNoCycle(template, required);
      required.with(head, template).tree();
    }
  }

  private @Nullable Head agreed(String name, List<Wish> wishes, @Nullable Head below) {
    for (Head head : repository.versions(name)) {
      if ((below == null || head.version().compareTo(below.version()) < 0)
          && wishes.stream().allMatch(wish -> wish.ref.matches(head.version()))) {
        return head;
      }
    }
    return null;
  }

  /**
   * One requirement.
   *
   * @param by who has it: a template's id, or null for the caller
   */
  private record Wish(TemplateRef ref, @Nullable String by) {
    String who() {
      return by == null ? "the caller" : by;
    }
  }

  private record Conflict(String name, Head chosen) {
    RegException exception(List<Wish> wishes) {
      Wish first = wishes.getFirst();
      Wish other =
          wishes.stream()
              .filter(wish -> !wish.ref.prefix().equals(first.ref.prefix()))
              .filter(wish -> !compatible(wish.ref, first.ref))
              .findFirst()
              .orElse(wishes.getLast());
      return new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot combine templates: "
              + first.who()
              + " requires "
              + first.ref
              + " but "
              + other.who()
              + " requires "
              + other.ref
              + ", and no stored version of "
              + name
              + " is both; one environment has one version of a template");
    }

    private static boolean compatible(TemplateRef a, TemplateRef b) {
      return a.prefix().isEmpty()
          || b.prefix().isEmpty()
          || new Version(a.prefix()).matches(b.prefix())
          || new Version(b.prefix()).matches(a.prefix());
    }
  }

  /** A depth-first walk over the requirements, with its own stack. */
  private final class Walk {
    private final Map<String, Head> pins;
    private final boolean pinned;
    private final Map<String, List<Wish>> wishes = new LinkedHashMap<>();

    /** What has been chosen, in the order of ends: a template after all it requires. */
    private final Map<String, Head> done = new LinkedHashMap<>();

    private final Map<String, Head> open = new LinkedHashMap<>();
    private final Deque<Step> stack = new ArrayDeque<>();

    Walk(Map<String, Head> pins, boolean pinned) {
      this.pins = pins;
      this.pinned = pinned;
    }

    private static final class Step {
      final Head head;
      int next;

      Step(Head head) {
        this.head = head;
      }
    }

    void run(List<TemplateRef> wanted) throws RegException {
      for (TemplateRef ref : wanted) {
        visit(new Wish(ref, null));
        while (!stack.isEmpty()) {
          Step step = stack.element();
          if (step.next < step.head.requires().size()) {
            visit(new Wish(step.head.requires().get(step.next++), step.head.id()));
          } else {
            stack.pop();
            open.remove(step.head.name());
            done.put(step.head.name(), step.head);
          }
        }
      }
    }

    private void visit(Wish wish) throws RegException {
      String name = wish.ref.name();
      wishes.computeIfAbsent(name, key -> new ArrayList<>()).add(wish);
      if (open.containsKey(name)) {
        throw cycle(name);
      }
      if (done.containsKey(name)) {
        return;
      }
      Head head = pins.get(name);
      if (head == null && !pinned) {
        head = repository.find(wish.ref).orElse(null);
      }
      if (head == null) {
        throw missing(wish);
      }
      if (open.size() + done.size() >= MAX_TEMPLATES) {
        throw new RegException(
            ErrorKind.INVALID,
            "cannot resolve " + wish.ref + ": more than " + MAX_TEMPLATES + " templates");
      }
      open.put(name, head);
      stack.push(new Step(head));
    }

    private RegException cycle(String name) {
      List<String> names = new ArrayList<>();
      for (String each : open.keySet()) {
        if (!names.isEmpty() || each.equals(name)) {
          names.add(each);
        }
      }
      names.add(name);
      return new RegException(
          ErrorKind.FAILED_PRECONDITION,
          "cannot resolve "
              + name
              + ": templates require each other: "
              + String.join(" → ", names));
    }

    private RegException missing(Wish wish) {
      StringBuilder message =
          new StringBuilder("there is no template ")
              .append(wish.ref)
              .append(" in the local repository");
      if (wish.by != null) {
        message.append(", which ").append(wish.by).append(" requires");
      }
      List<Head> versions = repository.versions(wish.ref.name());
      if (!versions.isEmpty()) {
        message
            .append("; there is ")
            .append(
                String.join(
                    ", ", versions.stream().limit(5).map(head -> head.version().text()).toList()));
      } else {
        List<String> near = repository.nearMisses(wish.ref.name(), List.of());
        if (!near.isEmpty()) {
          message.append("; did you mean ").append(String.join(" or ", near)).append('?');
        }
      }
      return new RegException(ErrorKind.NOT_FOUND, message.toString());
    }

    List<Wish> wishes(String name) {
      return wishes.getOrDefault(name, List.of());
    }

    @Nullable Conflict conflict() {
      for (Head head : done.values()) {
        for (Wish wish : wishes(head.name())) {
          if (!wish.ref.matches(head.version())) {
            return new Conflict(head.name(), head);
          }
        }
      }
      return null;
    }

    Closure closure(List<TemplateRef> wanted) {
      List<Head> roots = new ArrayList<>();
      for (TemplateRef ref : wanted) {
        Head head = done.get(ref.name());
        if (head != null && !roots.contains(head)) {
          roots.add(head);
        }
      }
      return new Closure(repository::load, roots, List.copyOf(done.values()));
    }
  }
}
