package dev.reg.template.unify;

import dev.reg.store.ObjectId;
import dev.reg.template.Template;
import dev.reg.template.TemplateLib;
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
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What goes with a library that gives way to a newer build: the other files of its package, such as
 * the modules and the data that it opens by name, as the newer package has them. Other libraries of
 * the package are left to {@link Unification}, which may have reasons to leave them.
 *
 * <p>What tells scanners of the package goes last, and only when no file of the older one is left:
 * an older version that is named in vain is seen, a fix that is named in vain is not.
 */
public final class Companions {
  private final Template template;
  private final Provenance provenance;
  private final Map<String, ObjectId> files;
  private final Set<String> moved = new HashSet<>();
  private final List<Move> moves;

  private Companions(Template template, Provenance provenance, List<Move> moves) {
    this.template = template;
    this.provenance = provenance;
    this.files = Holding.files(template);
    this.moves = new ArrayList<>(moves);
    moves.forEach(move -> moved.add(move.path()));
  }

  /**
   * The moves of one template, and those of what goes with them; one of equal files says only that
   * the file is of the newer package, too.
   *
   * @param origins the templates by {@code name@version}
   * @param provenances what is known of them; without it nothing goes with anything
   */
  public static List<Move> with(
      Template template,
      List<Move> moves,
      Map<String, Template> origins,
      Function<String, Optional<Provenance>> provenances) {
    Optional<Provenance> own = provenances.apply(template.id());
    if (own.isEmpty()) {
      return moves;
    }
    Companions companions = new Companions(template, own.get(), moves);
    Map<Integer, Move> leads = new TreeMap<>();
    for (Move move : moves) {
      Origin origin = own.get().files().get(move.path());
      if (origin != null && origin.index() != null) {
        leads.putIfAbsent(origin.index(), move);
      }
    }
    leads.forEach(
        (index, lead) -> {
          Template from = origins.get(lead.origin());
          Optional<Provenance> theirs = provenances.apply(lead.origin());
          if (from != null && theirs.isPresent()) {
            companions.follow(index, lead, from, theirs.get());
          }
        });
    return List.copyOf(companions.moves);
  }

  private void follow(int index, Move lead, Template from, Provenance theirs) {
    DistributionPackage older = provenance.packages().get(index);
    Optional<DistributionPackage> newer = theirs.packageOf(lead.originPath());
    if (newer.isEmpty() || !isOtherBuild(older, newer.get())) {
      return;
    }
    Map<String, ObjectId> counterparts = Holding.files(from);
    Set<String> libs = new HashSet<>();
    template.libs().forEach((TemplateLib lib) -> libs.add(Holding.path(lib)));
    Map<String, ObjectId> status = new TreeMap<>();
    boolean whole = true;
    for (Map.Entry<String, ObjectId> each : files.entrySet()) {
      String path = each.getKey();
      Origin origin = provenance.files().get(path);
      if (origin == null
          || !Integer.valueOf(index).equals(origin.index())
          || moved.contains(path)) {
        continue;
      }
      boolean theirOwn = theirs.packageOf(path).filter(newer.get()::equals).isPresent();
      ObjectId to = theirOwn ? counterparts.get(path) : null;
      if (origin.why() instanceof Why.Status) {
        status.put(path, each.getValue());
      } else if (to != null && (to.equals(each.getValue()) || !libs.contains(path))) {
        move(path, lead, each.getValue(), to);
      } else {
        whole = false;
      }
    }
    for (Map.Entry<String, ObjectId> each : status.entrySet()) {
      ObjectId to = counterparts.get(each.getKey());
      if (whole && to != null) {
        move(each.getKey(), lead, each.getValue(), to);
      }
    }
  }

  private void move(String path, Move lead, ObjectId before, ObjectId to) {
    moved.add(path);
    moves.add(new Move(template.id(), lead.library(), path, before, path, to, lead.origin(), path));
  }

  private static boolean isOtherBuild(DistributionPackage older, DistributionPackage newer) {
    return older.kind() == newer.kind()
        && older.name().equals(newer.name())
        && older.architecture().equals(newer.architecture())
        && !older.version().equals(newer.version());
  }
}
