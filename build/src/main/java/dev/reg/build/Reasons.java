package dev.reg.build;

import dev.reg.template.elf.LoaderClosure;
import dev.reg.template.provenance.Why;
import java.util.Map;
import java.util.Optional;

/** What the loader's walk says of why files are there, in the words of a provenance. */
final class Reasons {
  private Reasons() {}

  /** Why the closure has a file. */
  static Why of(LoaderClosure.Found found) {
    LoaderClosure.Because because = found.because();
    return new Why.Needed(
        Paths.merged(because.by()), Why.How.valueOf(because.how().name()), because.name());
  }

  /** That of what a link leads to; empty when nobody needs that by name. */
  static Optional<Why> ofLink(String link, LoaderClosure.Result result, PackageTree tree) {
    String end = tree.resolve(link).map(PackageTree.Resolved::path).orElse("");
    return result.libs().stream()
        .filter(found -> isWithin(Paths.merged(found.path()), end))
        .findFirst()
        .map(Reasons::of);
  }

  /** Whether it is the path itself, or in that directory. */
  private static boolean isWithin(String path, String of) {
    return path.equals(of) || path.startsWith(of + "/");
  }

  /** The reason without what strangers called something in a way that nobody could read. */
  static Why plain(Why why) {
    return switch (why) {
      case Why.Needed(String by, Why.How how, String name) when !isLine(name) ->
          new Why.Needed(by, how, "?");
      case Why.Whole whole
          when whole.by() != null
              && !whole.by().startsWith("/")
              && !PackageControl.NAME.matcher(whole.by()).matches() ->
          new Why.Whole(null);
      default -> why;
    };
  }

  private static boolean isLine(String text) {
    return !text.isEmpty() && text.length() < Paths.LONGEST && !Text.hasControl(text);
  }

  /** The reason when some files are at other paths. */
  static Why moved(Why why, Map<String, String> moved) {
    return switch (why) {
      case Why.Needed(String by, Why.How how, String name) when moved.containsKey(by) ->
          new Why.Needed(moved.get(by), how, name);
      case Why.Whole whole when whole.by() != null && moved.containsKey(whole.by()) ->
          new Why.Whole(moved.get(whole.by()));
      case Why.Profile(String name, String by) when moved.containsKey(by) ->
          new Why.Profile(name, moved.get(by));
      default -> why;
    };
  }
}
