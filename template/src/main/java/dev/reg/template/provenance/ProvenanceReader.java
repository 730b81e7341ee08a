package dev.reg.template.provenance;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Names;
import dev.reg.template.provenance.DistributionPackage.Kind;
import dev.reg.template.provenance.DistributionPackage.Licence;
import dev.reg.template.provenance.Provenance.Distribution;
import dev.reg.template.provenance.Provenance.Origin;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads provenance.json, which comes from a process that reads strangers' bytes: bounded, every
 * value checked, and only as {@link ProvenanceWriter} writes it. Streamed, for the engine's memory
 * is small.
 */
public final class ProvenanceReader {
  /** Bytes. */
  public static final int MAX_BYTES = 8 * 1024 * 1024;

  /** Of each about 200 bytes are kept. */
  public static final int MAX_FILES = 50_000;

  static final int MAX_PACKAGES = 10_000;

  private static final int MAX_LIST = 10_000;

  /** Entries of all lists: packages that each depend on every other are nobody's. */
  static final int MAX_ENTRIES = 100_000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(5)
                  .maxStringLength(ProvenanceWriter.LONGEST_PIECE)
                  .maxNameLength(4096)
                  .maxNumberLength(10)
                  .build())
          .build();

  private static final Pattern PACKAGE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9+._-]{0,127}");
  private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9.+~:_-]{1,256}");
  private static final Pattern ARCHITECTURE = Pattern.compile("[a-z0-9_-]{1,64}");
  private static final Pattern LICENCE = Pattern.compile("[A-Za-z0-9.+-]{1,64}");
  private static final Pattern RELEASE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern PIECE =
      Pattern.compile("\\P{Cs}{1," + ProvenanceWriter.LONGEST_PIECE + "}");
  private static final Pattern SLICE = Pattern.compile("[a-z]{1,32}");

  private final String task;
  private final Map<String, Map<String, Object>> objects = new HashMap<>();
  private final List<DistributionPackage> packages = new ArrayList<>();
  private final TreeMap<String, Origin> files = new TreeMap<>();

  /** Most files have one of a few reasons. */
  private final Map<Why, Why> reasons = new HashMap<>();

  /** Packages are named again and again. */
  private final Map<String, String> names = new HashMap<>();

  private int entries;
  private int format;

  private ProvenanceReader(String task) {
    this.task = task;
  }

  /**
   * Reads one document.
   *
   * @param what how messages name it: the template
   * @throws RegException INVALID for everything that {@link ProvenanceWriter} would not have
   *     written
   */
  public static Provenance read(String what, byte[] document) throws RegException {
    String task = "cannot read the provenance of " + what;
    if (document.length > MAX_BYTES) {
      throw new RegException(
          ErrorKind.INVALID, task + ": it has more than " + MAX_BYTES + " bytes");
    }
    ProvenanceReader reader = new ProvenanceReader(task);
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), document)) {
      reader.document(json);
    } catch (JacksonException e) {
      throw new RegException(ErrorKind.INVALID, task + ": it is no sound JSON", e);
    } catch (IOException e) {
      throw new RegException(ErrorKind.INVALID, task + ": " + e.getMessage(), e);
    }
    Provenance provenance = reader.provenance();
    Comparison comparison = new Comparison(document);
    ProvenanceWriter.write(provenance, comparison);
    if (!comparison.isSame()) {
      throw new RegException(ErrorKind.INVALID, task + ": it is not in the canonical form");
    }
    return provenance;
  }

  private void document(JsonParser json) throws IOException, RegException {
    expect(json.nextToken(), JsonToken.START_OBJECT);
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      JsonToken token = json.nextToken();
      switch (name) {
        case "format" -> {
          expect(token, JsonToken.VALUE_NUMBER_INT);
          format = json.getIntValue();
          if (format != ProvenanceWriter.FORMAT) {
            throw new IOException("it has a format that this version of reg does not know");
          }
        }
        case "packages" -> packages(json);
        case "files" -> files(json);
        case "source", "distribution" -> objects.put(name, values(json));
        default -> throw new IOException("it has a key that this format has not");
      }
    }
    expect(json.currentToken(), JsonToken.END_OBJECT);
    if (json.nextToken() != null) {
      throw new IOException("something follows it");
    }
  }

  private Provenance provenance() throws RegException {
    if (format == 0) {
      throw new RegException(ErrorKind.INVALID, task + ": it says no format");
    }
    Map<String, Object> distribution = objects.get("distribution");
    return new Provenance(
        source(new Properties(task + ": source", objects.getOrDefault("source", Map.of()))),
        distribution == null
            ? null
            : distribution(new Properties(task + ": distribution", distribution)),
        packages,
        files);
  }

  private static BuiltFrom source(Properties from) throws RegException {
    return switch (from.text("kind")) {
      case "recipe" -> new BuiltFrom.Recipe(from.text("name", PACKAGE));
      case "own-recipe" -> new BuiltFrom.OwnRecipe(from.text("name", PACKAGE), document(from));
      case "packages" ->
          new BuiltFrom.Packages(from.list("packages", PACKAGE), from.optional("name"));
      case "image" ->
          new BuiltFrom.Image(from.optional("name"), from.digest("digest"), from.flag("whole"));
      case "program" -> new BuiltFrom.Program(from.path("path"));
      case "file" -> new BuiltFrom.File(from.text("path"));
      default -> throw from.invalid("its kind is unknown");
    };
  }

  private static String document(Properties from) throws RegException {
    String document = String.join("", from.list("document", PIECE));
    if (document.isEmpty() || document.length() > BuiltFrom.OwnRecipe.LONGEST) {
      throw from.invalid("its document has not the length of one");
    }
    return document;
  }

  private static Distribution distribution(Properties from) throws RegException {
    return new Distribution(from.text("id", RELEASE), from.text("release", RELEASE));
  }

  private void packages(JsonParser json) throws IOException, RegException {
    expect(json.currentToken(), JsonToken.START_ARRAY);
    while (json.nextToken() == JsonToken.START_OBJECT) {
      if (packages.size() == MAX_PACKAGES) {
        throw new IOException("it has more than " + MAX_PACKAGES + " packages");
      }
      String where = task + ": package " + (packages.size() + 1);
      packages.add(pack(new Properties(where, values(json))));
    }
    expect(json.currentToken(), JsonToken.END_ARRAY);
    Set<String> names = new HashSet<>();
    Set<String> builds = new HashSet<>();
    for (DistributionPackage one : packages) {
      names.add(one.name());
      builds.add(one.name() + " " + one.version() + " " + one.architecture());
    }
    // Two versions of one: a library of it was replaced by a newer build.
    if (builds.size() != packages.size()) {
      throw new IOException("it has a package twice");
    }
    for (DistributionPackage one : packages) {
      if (!names.containsAll(one.depends())) {
        throw new IOException("a package depends on one that is not listed");
      }
    }
  }

  private static DistributionPackage pack(Properties from) throws RegException {
    Kind kind =
        switch (from.text("kind")) {
          case "deb" -> Kind.DEB;
          case "apk" -> Kind.APK;
          default -> throw from.invalid("its kind is unknown");
        };
    Licence licence =
        from.optional("licenceFile") == null
            ? null
            : new Licence(
                from.path("licenceFile"),
                from.digest("licenceDigest"),
                from.list("licences", LICENCE));
    return new DistributionPackage(
        kind,
        from.text("name", PACKAGE),
        from.text("version", VERSION),
        from.text("architecture", ARCHITECTURE),
        from.text("source", PACKAGE),
        from.text("sourceVersion", VERSION),
        from.optional("maintainer"),
        from.optionalDigest("digest"),
        from.list("depends", PACKAGE),
        licence);
  }

  private void files(JsonParser json) throws IOException, RegException {
    expect(json.currentToken(), JsonToken.START_OBJECT);
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String path = json.currentName();
      if (files.size() == MAX_FILES) {
        throw new IOException("it has more than " + MAX_FILES + " files");
      }
      Properties from = new Properties(task + ": file " + (files.size() + 1), fileValues(json));
      if (Names.pathFault(path) != null) {
        throw from.invalid("its path is none of a container");
      }
      Why why = why(from);
      Why same = reasons.putIfAbsent(why, why);
      files.put(
          path, new Origin(from.index("package", packages.size()), same == null ? why : same));
    }
    expect(json.currentToken(), JsonToken.END_OBJECT);
  }

  private Map<String, Object> fileValues(JsonParser json) throws IOException {
    json.nextToken();
    return values(json);
  }

  private static Why why(Properties from) throws RegException {
    return switch (from.text("why")) {
      case "pattern" -> new Why.Pattern(from.text("slice", SLICE), from.text("pattern"));
      case "needed" -> new Why.Needed(from.path("by"), how(from), from.text("name"));
      case "text" -> new Why.Text();
      case "concat" -> new Why.Concat(from.text("pattern"));
      case "post" -> new Why.Post();
      case "link" -> new Why.Link();
      case "whole" -> new Why.Whole(by(from));
      case "asked" -> new Why.Asked();
      case "profile" -> new Why.Profile(from.text("name"), from.path("by"));
      case "status" -> new Why.Status();
      default -> throw from.invalid("why it is there is unknown");
    };
  }

  /** A path, or a package's name. */
  private static @Nullable String by(Properties from) throws RegException {
    String by = from.optional("by");
    return by == null ? null : by.startsWith("/") ? from.path("by") : from.text("by", PACKAGE);
  }

  private static Why.How how(Properties from) throws RegException {
    String text = from.text("how");
    for (Why.How how : Why.How.values()) {
      if (how.name().toLowerCase(Locale.ROOT).equals(text)) {
        return how;
      }
    }
    throw from.invalid("how is unknown");
  }

  /** The properties of an object that has no objects in it. */
  private Map<String, Object> values(JsonParser json) throws IOException {
    expect(json.currentToken(), JsonToken.START_OBJECT);
    Map<String, Object> values = new HashMap<>();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      Object value =
          switch (json.nextToken()) {
            case VALUE_STRING -> json.getString();
            case VALUE_NUMBER_INT -> json.getIntValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_ARRAY -> texts(json);
            default -> throw new IOException("it has a value of a kind that is not expected");
          };
      values.put(name, value);
    }
    expect(json.currentToken(), JsonToken.END_OBJECT);
    return values;
  }

  private List<String> texts(JsonParser json) throws IOException {
    List<String> texts = new ArrayList<>();
    while (json.nextToken() == JsonToken.VALUE_STRING) {
      if (texts.size() == MAX_LIST) {
        throw new IOException("it has a list of more than " + MAX_LIST + " entries");
      }
      if (++entries > MAX_ENTRIES) {
        throw new IOException("its lists have more than " + MAX_ENTRIES + " entries");
      }
      String text = json.getString();
      String same = names.putIfAbsent(text, text);
      texts.add(same == null ? text : same);
    }
    expect(json.currentToken(), JsonToken.END_ARRAY);
    return texts;
  }

  /** Takes bytes and tells whether they are those of a document. */
  private static final class Comparison extends OutputStream {
    private final byte[] document;
    private int at;
    private boolean same = true;

    Comparison(byte[] document) {
      this.document = document;
    }

    @Override
    public void write(int b) {
      same = same && at < document.length && document[at] == (byte) b;
      at++;
    }

    boolean isSame() {
      return same && at == document.length;
    }
  }

  private static void expect(@Nullable JsonToken token, JsonToken wanted) throws IOException {
    if (token != wanted) {
      throw new IOException("it has not the form of one");
    }
  }
}
