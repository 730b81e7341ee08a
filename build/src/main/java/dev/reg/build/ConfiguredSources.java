package dev.reg.build;

import dev.reg.build.SourcesList.Stanza;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Guarded;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Package sources beside the host's own: entries of the deb822 form of sources.list(5), each of
 * which names the keyring that its packages are verified by. Whoever can write them decides what
 * everybody runs, so nobody but root may.
 */
public final class ConfiguredSources {
  private static final String SUFFIX = ".sources";
  private static final String SIGNED_BY = "signed-by";
  private static final Set<String> FIELDS =
      Set.of(
          "enabled",
          "types",
          "uris",
          "suites",
          "components",
          "architectures",
          "check-valid-until",
          SIGNED_BY);
  private static final Set<String> SCHEMES = Set.of("http", "https", "file", "copy");

  /** By its suffix apt tells what is in it. */
  private static final Pattern KEYRING = Pattern.compile("/[!-~]*\\.(?:gpg|pgp|asc)");

  private static final Pattern SUITE = Pattern.compile("[A-Za-z0-9./_+~-]{1,200}");
  private static final Pattern COMPONENT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9./_+-]{0,99}");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:_-]{0,253}");

  private static final int MOST_FILES = 32;
  private static final int MOST_ENTRIES = 64;
  private static final int LARGEST = 1 << 16;
  private static final int LARGEST_KEYRING = 1 << 20;

  private final Path from;
  private final List<AptSource> entries;

  /** Keyrings by their paths, as they are from now on. */
  private final Map<Path, byte[]> keyrings;

  private ConfiguredSources(Path from, List<AptSource> entries, Map<Path, byte[]> keyrings) {
    this.from = from;
    this.entries = List.copyOf(entries);
    this.keyrings = keyrings;
  }

  /**
   * Those of a file, or of all files {@code *.sources} of a directory.
   *
   * @throws RegException INVALID, in one line, for what others than root can write, for an entry
   *     that is no whole one of binary packages, and for one without a keyring that can be used
   */
  public static ConfiguredSources read(Path from) throws IOException, RegException {
    List<AptSource> entries = new ArrayList<>();
    Map<Path, byte[]> keyrings = new LinkedHashMap<>();
    for (Path file : files(from)) {
      for (Stanza stanza : SourcesList.stanzas(text(file))) {
        if (stanza.isEnabled()) {
          AptSource entry = entry(file, stanza);
          entries.add(entry);
          keyrings.put(keyring(entry), keyring(file, stanza.words(SIGNED_BY)));
        }
      }
      if (entries.size() > MOST_ENTRIES) {
        throw invalid(file, "there are more than " + MOST_ENTRIES + " entries");
      }
    }
    if (entries.isEmpty()) {
      throw invalid(from, "there is no enabled entry");
    }
    return new ConfiguredSources(from, entries, keyrings);
  }

  private static List<Path> files(Path from) throws IOException, RegException {
    if (!Files.exists(from)) {
      throw invalid(from, "there is no such file or directory");
    }
    if (!Files.isDirectory(from)) {
      return List.of(from);
    }
    guarded(from, from);
    try (Stream<Path> all = Files.list(from)) {
      List<Path> files =
          all.filter(file -> file.toString().endsWith(SUFFIX))
              .sorted()
              .limit(MOST_FILES + 1)
              .toList();
      if (files.size() > MOST_FILES) {
        throw invalid(from, "it has more than " + MOST_FILES + " files");
      }
      return files;
    }
  }

  /** The one of {@code file} or what it leads to that is not root's alone is named. */
  private static void guarded(Path file, Path path) throws IOException, RegException {
    // Both the way to it by name and what that leads to.
    Path named = path.toAbsolutePath().normalize();
    Optional<Path> open = Guarded.writable(named);
    if (open.isEmpty()) {
      open = Guarded.writable(named.toRealPath());
    }
    if (open.isPresent()) {
      throw invalid(
          file,
          Text.quote(open.get().toString())
              + " can be written by others than root; chown and chmod it");
    }
  }

  private static String text(Path file) throws IOException, RegException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes(file, file, LARGEST)))
          .toString();
    } catch (CharacterCodingException e) {
      throw invalid(file, "it is not UTF-8");
    }
  }

  private static byte[] bytes(Path file, Path path, int most) throws IOException, RegException {
    if (!Files.isRegularFile(path)) {
      throw invalid(file, Text.quote(path.toString()) + " is no file");
    }
    guarded(file, path);
    try (InputStream in = Files.newInputStream(path)) {
      byte[] content = in.readNBytes(most + 1);
      if (content.length > most) {
        throw invalid(
            file, Text.quote(path.toString()) + " is larger than " + (most >> 10) + " KiB");
      }
      return content;
    }
  }

  private static AptSource entry(Path file, Stanza stanza) throws IOException, RegException {
    if (!stanza.strays().isEmpty()) {
      String stray = stanza.strays().getFirst();
      throw invalid(file, Text.quote(stray) + " is no field, or there twice in one entry");
    }
    for (String field : stanza.fields().keySet()) {
      if (!FIELDS.contains(field) && !field.startsWith("x-")) {
        throw invalid(file, "the field " + Text.quote(field) + " is not one that is taken here");
      }
    }
    if (!stanza.words("types").equals(List.of("deb"))) {
      throw invalid(file, "an entry needs Types: deb");
    }
    AptSource source = stanza.source();
    check(file, "URIs", source.uris(), ConfiguredSources::isUri);
    check(file, "Suites", source.suites(), word -> SUITE.matcher(word).matches());
    if (source.suites().stream().allMatch(suite -> suite.endsWith("/"))) {
      if (!source.components().isEmpty()) {
        throw invalid(file, "an entry whose suite is a path, ending in '/', has no Components");
      }
    } else if (source.suites().stream().anyMatch(suite -> suite.endsWith("/"))) {
      throw invalid(file, "an entry has both suites and paths, which end in '/'");
    } else {
      check(file, "Components", source.components(), word -> COMPONENT.matcher(word).matches());
    }
    return source;
  }

  private static boolean isUri(String uri) {
    return AptSource.isUri(uri) && SCHEMES.contains(AptSource.scheme(uri)) && host(uri) != null;
  }

  private static void check(Path file, String field, List<String> words, Predicate<String> good)
      throws RegException {
    if (words.isEmpty()) {
      throw invalid(file, "an entry has no " + field);
    }
    for (String word : words) {
      if (!good.test(word)) {
        throw invalid(file, field + " has " + Text.quote(word) + ", which is none");
      }
    }
  }

  private static byte[] keyring(Path file, List<String> words) throws IOException, RegException {
    if (words.size() != 1 || !KEYRING.matcher(words.getFirst()).matches()) {
      throw invalid(
          file,
          "an entry needs Signed-By: with the absolute path of one keyring, *.gpg, *.pgp or *.asc");
    }
    Path keyring = Path.of(words.getFirst());
    byte[] content = bytes(file, keyring, LARGEST_KEYRING);
    if (content.length == 0) {
      throw invalid(file, "the keyring " + keyring + " is empty");
    }
    return content;
  }

  /** Where they were read from, as messages name them. */
  @Override
  public String toString() {
    return from.toString();
  }

  /** How many there are. */
  public int size() {
    return entries.size();
  }

  /** Each keyring once. */
  public Set<Path> keyrings() {
    return keyrings.keySet();
  }

  private static Path keyring(AptSource entry) {
    return Path.of(String.valueOf(entry.options().get(SIGNED_BY)).strip());
  }

  List<AptSource> entries() {
    return entries;
  }

  /** The keyrings, by names that their content decides: with another key there are other lists. */
  Map<String, byte[]> keyringFiles() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    keyrings.forEach((path, content) -> files.put(name(path), content));
    return files;
  }

  private String name(Path keyring) {
    String path = keyring.toString();
    byte[] content = Objects.requireNonNull(keyrings.get(keyring));
    return "keyring-" + Digest.of(content).hex() + path.substring(path.lastIndexOf('.'));
  }

  /**
   * The deb822 form of those for an architecture.
   *
   * @param place the directory with the keyrings
   */
  String text(String architecture, Path place) {
    return entries.stream()
        .filter(entry -> entry.serves(architecture))
        .map(entry -> entry.text(place.resolve(name(keyring(entry))).toString()))
        .collect(Collectors.joining());
  }

  /** Preferences by which what comes from these hosts has candidates. */
  String pins() {
    Set<String> hosts = new LinkedHashSet<>();
    entries.forEach(entry -> entry.uris().forEach(uri -> hosts.add(String.valueOf(host(uri)))));
    return hosts.stream()
        .map(host -> "Package: *\nPin: origin \"" + host + "\"\nPin-Priority: 500\n\n")
        .collect(Collectors.joining());
  }

  /** The host as apt knows an archive by: "" for one of files; null when there is none. */
  private static @Nullable String host(String uri) {
    try {
      URI parsed = new URI(uri);
      if (!AptSource.scheme(uri).startsWith("http")) {
        String path = parsed.getPath();
        return path != null && path.startsWith("/") && parsed.getHost() == null ? "" : null;
      }
      String host = parsed.getHost();
      String plain = host == null ? "" : host.replaceAll("[\\[\\]]", "");
      return !plain.isEmpty() && HOST.matcher(plain).matches() ? plain : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  private static RegException invalid(Path file, String why) {
    return new RegException(
        ErrorKind.INVALID, "cannot use the package sources " + file + ": " + why);
  }
}
