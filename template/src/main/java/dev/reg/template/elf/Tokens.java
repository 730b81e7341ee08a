package dev.reg.template.elf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Dynamic string tokens, ld.so(8). */
final class Tokens {
  private static final Pattern TOKEN =
      Pattern.compile("\\$(?:\\{(ORIGIN|LIB|PLATFORM)\\}|(ORIGIN|LIB|PLATFORM))");

  private Tokens() {}

  /** What a text can mean: one for each platform that $PLATFORM may be; none when it is unknown. */
  static List<String> expand(
      String text, Loading.Loaded owner, SearchPath search, @Nullable String loader)
      throws IOException {
    if (text.indexOf('$') < 0) {
      return List.of(text);
    }
    if (!text.contains("PLATFORM")) {
      return List.of(expand(text, owner.origin(), search.lib(owner.elf(), loader), ""));
    }
    List<String> all = new ArrayList<>();
    for (String platform : SearchPath.platforms(owner.elf())) {
      all.add(expand(text, owner.origin(), search.lib(owner.elf(), loader), platform));
    }
    return all;
  }

  private static String expand(String text, String origin, String lib, String platform) {
    return TOKEN
        .matcher(text)
        .replaceAll(
            match -> {
              String token = match.group(1) != null ? match.group(1) : match.group(2);
              return Matcher.quoteReplacement(
                  switch (token) {
                    case "ORIGIN" -> origin;
                    case "LIB" -> lib;
                    default -> platform;
                  });
            });
  }
}
