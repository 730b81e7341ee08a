package dev.reg.template.report;

import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.Entry;
import dev.reg.store.ObjectId;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.Template;
import dev.reg.template.TemplateRef;
import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.DistributionPackage.Licence;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Distribution;
import dev.reg.template.provenance.ProvenanceWriter;
import dev.reg.template.provenance.Why;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * A bill of materials in SPDX 2.3's JSON, by the same templates always the same bytes. A template
 * is a package whose files are all analyzed (clause 7.8), so each file has a SHA-1 (8.4) and the
 * template a verification code (7.9); a distribution's package, of which only some files were
 * taken, has none of its own: they are said to be expanded from it (11.1).
 */
public final class Spdx {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private static final String NONE = "NOASSERTION";
  private static final String DOCUMENT = "SPDXRef-DOCUMENT";
  private static final Pattern PERSON = Pattern.compile("(.*?)\\s*<([^<>]+)>.*");

  private final List<Part> parts;
  private final String tool;
  private final Map<ObjectId, String> sums;
  private final JsonGenerator json;

  /** Ids of distributions' packages, by what they are; templates often share them. */
  private final Map<Known, String> packages = new LinkedHashMap<>();

  private final Set<Relation> relations = new LinkedHashSet<>();

  /**
   * A template with where its files come from.
   *
   * @param provenance null when nobody knows
   */
  public record Part(Head head, Template template, @Nullable Provenance provenance) {}

  /** The SHA-1 of an object's content, in hexadecimal. */
  public interface Sums {
    String sha1(ObjectId object) throws IOException, RegException;
  }

  private record Known(DistributionPackage one, @Nullable Distribution distribution) {}

  private record Relation(String from, String type, String to) {}

  /** A file of a template. */
  private record Listed(String id, Entry.File file, String sha1) {}

  private Spdx(List<Part> parts, String tool, Map<ObjectId, String> sums, JsonGenerator json) {
    this.parts = parts;
    this.tool = tool;
    this.sums = sums;
    this.json = json;
  }

  /**
   * Writes a document about a template and all it requires, and leaves {@code out} open. All sums
   * are taken first: when one cannot be, nothing is written.
   *
   * @param parts every template after those it requires: the last one is described
   * @param tool name and version of what writes it, {@code reg-1.0}
   */
  public static void write(List<Part> parts, String tool, Sums sums, OutputStream out)
      throws IOException, RegException {
    Map<ObjectId, String> known = new HashMap<>();
    for (Part part : parts) {
      for (Entry entry : Closure.entries(part.template())) {
        if (entry instanceof Entry.File file && !known.containsKey(file.object())) {
          known.put(file.object(), sums.sha1(file.object()));
        }
      }
    }
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      new Spdx(parts, tool, known, json).document();
    }
  }

  private void document() throws IOException {
    Head main = parts.getLast().head();
    json.writeStartObject();
    text("spdxVersion", "SPDX-2.3");
    text("dataLicense", "CC0-1.0");
    text("SPDXID", DOCUMENT);
    text("name", main.id());
    text("documentNamespace", "urn:uuid:" + namespace());
    json.writeObjectPropertyStart("creationInfo");
    text("created", main.created().truncatedTo(ChronoUnit.SECONDS).toString());
    json.writeArrayPropertyStart("creators");
    json.writeString("Tool: " + tool);
    json.writeEndArray();
    json.writeEndObject();
    List<List<Listed>> files = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      files.add(listed(i));
    }
    json.writeArrayPropertyStart("packages");
    for (int i = 0; i < parts.size(); i++) {
      template(parts.get(i), files.get(i));
    }
    for (Map.Entry<Known, String> each : packages.entrySet()) {
      pack(each.getKey(), each.getValue());
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("files");
    files.forEach(list -> list.forEach(this::file));
    json.writeEndArray();
    relations(main);
    json.writeEndObject();
    json.writeRaw('\n');
  }

  /** Another document has another one; nobody has to be asked for it. */
  private UUID namespace() {
    StringBuilder all = new StringBuilder(tool);
    for (Part part : parts) {
      all.append('\n').append(part.head().id()).append(' ').append(part.head().digest());
      all.append(' ').append(part.head().created());
      if (part.provenance() != null) {
        all.append(' ').append(Digest.of(ProvenanceWriter.write(part.provenance())));
      }
    }
    return UUID.nameUUIDFromBytes(all.toString().getBytes(StandardCharsets.UTF_8));
  }

  private List<Listed> listed(int part) throws IOException {
    List<Listed> files = new ArrayList<>();
    TreeMap<String, Entry.File> sorted = new TreeMap<>();
    for (Entry entry : Closure.entries(parts.get(part).template())) {
      if (entry instanceof Entry.File file) {
        sorted.put(file.path(), file);
      }
    }
    String template = id(parts.get(part).head());
    Provenance provenance = parts.get(part).provenance();
    for (Entry.File file : sorted.values()) {
      String id = "SPDXRef-File-" + (part + 1) + "-" + (files.size() + 1);
      files.add(new Listed(id, file, String.valueOf(sums.get(file.object()))));
      relations.add(new Relation(template, "CONTAINS", id));
      if (provenance != null && !isStatus(provenance, file.path())) {
        provenance
            .packageOf(file.path())
            .ifPresent(
                from ->
                    relations.add(new Relation(id, "EXPANDED_FROM_ARCHIVE", id(from, provenance))));
      }
    }
    if (provenance != null) {
      for (DistributionPackage each : provenance.packages()) {
        relations.add(new Relation(template, "CONTAINS", id(each, provenance)));
        depends(each, provenance);
      }
    }
    return files;
  }

  private static boolean isStatus(Provenance provenance, String path) {
    return Optional.ofNullable(provenance.files().get(path))
        .filter(origin -> origin.why() instanceof Why.Status)
        .isPresent();
  }

  private void depends(DistributionPackage one, Provenance provenance) {
    for (DistributionPackage other : provenance.packages()) {
      if (one.depends().contains(other.name())) {
        relations.add(new Relation(id(one, provenance), "DEPENDS_ON", id(other, provenance)));
      }
    }
  }

  private static String id(Head head) {
    return "SPDXRef-Template-" + word(head.name()) + "-" + word(head.version().text());
  }

  private String id(DistributionPackage one, Provenance provenance) {
    return packages.computeIfAbsent(
        new Known(one, provenance.distribution()),
        key -> "SPDXRef-Package-" + (packages.size() + 1) + "-" + word(one.name()));
  }

  /** Letters, digits, dots and hyphens are all there may be (clause 3.2). */
  private static String word(String text) {
    return text.replaceAll("[^A-Za-z0-9.-]", "-");
  }

  private void template(Part part, List<Listed> files) {
    json.writeStartObject();
    text("SPDXID", id(part.head()));
    text("name", part.head().name());
    text("versionInfo", part.head().version().text());
    text("downloadLocation", "NOASSERTION");
    json.writeBooleanProperty("filesAnalyzed", true);
    json.writeObjectPropertyStart("packageVerificationCode");
    text("packageVerificationCodeValue", code(files));
    json.writeEndObject();
    text("licenseConcluded", NONE);
    text("licenseDeclared", NONE);
    text("copyrightText", NONE);
    text("primaryPackagePurpose", "CONTAINER");
    text("comment", "a runtime environment template of reg, " + part.head().digest());
    json.writeEndObject();
  }

  /** Clause 7.9.4: the SHA-1 of the files' SHA-1s, sorted, one after the other. */
  private static String code(List<Listed> files) {
    MessageDigest all = sha1();
    files.stream()
        .map(Listed::sha1)
        .sorted()
        .forEach(sum -> all.update(sum.getBytes(StandardCharsets.US_ASCII)));
    return HexFormat.of().formatHex(all.digest());
  }

  /** What a bill needs of the algorithm; nothing is trusted because of it. */
  public static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-1", e);
    }
  }

  private void pack(Known known, String id) {
    DistributionPackage one = known.one();
    json.writeStartObject();
    text("SPDXID", id);
    text("name", one.name());
    text("versionInfo", one.version());
    if (one.maintainer() != null) {
      text("supplier", "Organization: " + person(one.maintainer()));
    }
    text("downloadLocation", NONE);
    json.writeBooleanProperty("filesAnalyzed", false);
    if (one.digest() != null) {
      json.writeArrayPropertyStart("checksums");
      checksum("SHA256", one.digest().substring("sha256:".length()));
      json.writeEndArray();
    }
    Licence licence = one.licence();
    String source = "built of the source package " + one.source() + " " + one.sourceVersion();
    text(
        "sourceInfo",
        licence == null
            ? source
            : source + "; its licences are in " + licence.file() + " (" + licence.digest() + ")");
    text("licenseConcluded", NONE);
    text(
        "licenseDeclared",
        licence == null || licence.ids().isEmpty() ? NONE : String.join(" AND ", licence.ids()));
    text("copyrightText", NONE);
    json.writeArrayPropertyStart("externalRefs");
    json.writeStartObject();
    text("referenceCategory", "PACKAGE-MANAGER");
    text("referenceType", "purl");
    text("referenceLocator", PackageUrl.of(one, known.distribution()));
    json.writeEndObject();
    json.writeEndArray();
    json.writeEndObject();
  }

  /** {@code Name <address>} as SPDX has it: {@code Name (address)}. */
  private static String person(String maintainer) {
    Matcher matcher = PERSON.matcher(maintainer);
    return matcher.matches()
        ? matcher.group(1).replaceAll("[()]", "") + " (" + matcher.group(2) + ")"
        : maintainer;
  }

  private void file(Listed listed) {
    json.writeStartObject();
    text("SPDXID", listed.id());
    text("fileName", "." + listed.file().path());
    json.writeArrayPropertyStart("checksums");
    checksum("SHA1", listed.sha1());
    checksum("SHA256", listed.file().object().digest().hex());
    json.writeEndArray();
    text("licenseConcluded", NONE);
    text("copyrightText", NONE);
    json.writeEndObject();
  }

  private void checksum(String algorithm, String value) {
    json.writeStartObject();
    text("algorithm", algorithm);
    text("checksumValue", value);
    json.writeEndObject();
  }

  private void relations(Head main) {
    json.writeArrayPropertyStart("relationships");
    relation(new Relation(DOCUMENT, "DESCRIBES", id(main)));
    for (Part part : parts) {
      for (TemplateRef required : part.head().requires()) {
        for (Part other : parts) {
          if (other.head().name().equals(required.name())) {
            relation(new Relation(id(part.head()), "DEPENDS_ON", id(other.head())));
          }
        }
      }
    }
    relations.forEach(this::relation);
    json.writeEndArray();
  }

  private void relation(Relation relation) {
    json.writeStartObject();
    text("spdxElementId", relation.from());
    text("relationshipType", relation.type());
    text("relatedSpdxElement", relation.to());
    json.writeEndObject();
  }

  private void text(String name, String value) {
    json.writeStringProperty(name, value);
  }
}
