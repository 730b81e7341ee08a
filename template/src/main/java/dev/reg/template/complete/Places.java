package dev.reg.template.complete;

import dev.reg.template.elf.SysRoot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What words in braces stand for in the places of a {@link Profile.Need}. */
final class Places {
  /** Bytes of a library that are searched. */
  private static final int MAX_LIBRARY = 64 << 20;

  private static final int LONGEST = 1_000;

  private final SysRoot root;

  Places(SysRoot root) {
    this.root = root;
  }

  /**
   * The places with their words replaced; those whose word stands for nothing are left out.
   *
   * @param by path, or value of the variable, that has the need
   */
  List<String> of(Profile.Need need, String by) throws IOException {
    List<String> places = new ArrayList<>();
    for (String place : need.places()) {
      int end = place.indexOf('}');
      if (end < 0) {
        places.add(place);
        continue;
      }
      int start = place.indexOf('{');
      String word = place.substring(start + 1, end);
      for (String meaning : word.equals("LOCALE") ? locale(by) : compiledIn(word, by)) {
        places.add(place.substring(0, start) + meaning + place.substring(end + 1));
      }
    }
    return places;
  }

  /**
   * The directories that glibc looks for: the name as it is, and with its character set normalised
   * (_nl_normalize_codeset of its intl/l10nflist.c).
   */
  private static List<String> locale(String name) {
    int dot = name.indexOf('.');
    if (dot < 0) {
      return List.of(name);
    }
    int at = name.indexOf('@', dot);
    String modifier = at < 0 ? "" : name.substring(at);
    String set = name.substring(dot + 1, at < 0 ? name.length() : at);
    String plain = set.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    String normalised = plain.matches("[0-9]+") ? "iso" + plain : plain;
    return List.of(name.substring(0, dot) + "." + normalised + modifier, name);
  }

  /** What libcrypto says of itself (crypto/info.c): {@code OPENSSLDIR: "/usr/lib/ssl"}. */
  private List<String> compiledIn(String word, String by) throws IOException {
    int slash = by.lastIndexOf('/');
    String crypto = by.substring(slash + 1).replaceFirst("^libssl", "libcrypto");
    SysRoot.Place place = root.file(by.substring(0, slash + 1) + crypto);
    String found = place == null ? null : said(word, root.content(place.path()));
    return found == null ? List.of() : List.of(found);
  }

  private static @Nullable String said(String word, Path library) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(library, LinkOption.NOFOLLOW_LINKS)) {
      bytes = in.readNBytes(MAX_LIBRARY);
    }
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String begin = word + ": \"";
    int start = text.indexOf(begin);
    int end = start < 0 ? -1 : text.indexOf('"', start + begin.length());
    if (end < 0 || end - start > LONGEST) {
      return null;
    }
    String path = text.substring(start + begin.length(), end);
    return path.startsWith("/") && path.chars().noneMatch(c -> c == '*' || c < ' ') ? path : null;
  }
}
