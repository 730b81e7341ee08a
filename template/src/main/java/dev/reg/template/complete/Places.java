package dev.reg.template.complete;

import dev.reg.template.elf.SysRoot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What words in braces stand for in the places of a {@link Profile.Need}. */
final class Places {
  /** Bytes of a library that are searched. */
  private static final int MAX_LIBRARY = 64 << 20;

  private static final int LONGEST = 1_000;

  private final SysRoot root;

  /** By library and word; null for nothing. */
  private final Map<Said, @Nullable String> said = new HashMap<>();

  private record Said(Path library, String word) {}

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
    if (place == null) {
      return List.of();
    }
    Said key = new Said(root.content(place.path()), word);
    if (!said.containsKey(key)) {
      said.put(key, said(key));
    }
    String found = said.get(key);
    return found == null ? List.of() : List.of(found);
  }

  private static @Nullable String said(Said of) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(of.library, LinkOption.NOFOLLOW_LINKS)) {
      bytes = in.readNBytes(MAX_LIBRARY);
    }
    byte[] begin = (of.word + ": \"").getBytes(StandardCharsets.ISO_8859_1);
    int start = find(bytes, begin) + begin.length;
    if (start < begin.length) {
      return null;
    }
    int end = start;
    while (end < bytes.length && bytes[end] != '"') {
      if (++end - start > LONGEST) {
        return null;
      }
    }
    if (end == bytes.length) {
      return null;
    }
    String path = new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    return path.startsWith("/") && path.chars().noneMatch(c -> c == '*' || c < ' ') ? path : null;
  }

  /**
   * Where some bytes are in many; -1 when nowhere. By Horspool's way, which looks at few of them:
   * nothing else does in code of the first compiler.
   */
  static int find(byte[] all, byte[] wanted) {
    int last = wanted.length - 1;
    int[] skip = new int[256];
    Arrays.fill(skip, wanted.length);
    for (int i = 0; i < last; i++) {
      skip[wanted[i] & 0xff] = last - i;
    }
    for (int at = 0; at + last < all.length; at += skip[all[at + last] & 0xff]) {
      if (all[at + last] == wanted[last] && Arrays.equals(all, at, at + last, wanted, 0, last)) {
        return at;
      }
    }
    return -1;
  }
}
