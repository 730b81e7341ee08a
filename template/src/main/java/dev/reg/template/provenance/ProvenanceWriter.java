package dev.reg.template.provenance;

import dev.reg.template.provenance.DistributionPackage.Licence;
import dev.reg.template.provenance.Provenance.Origin;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes provenance.json: equal content, equal bytes. Keys come in a fixed order, what is not known
 * is left out, each package and each file has a line of its own.
 */
public final class ProvenanceWriter {
  static final int FORMAT = 1;

  /** Characters of a text, in a list of them. */
  static final int LONGEST_PIECE = 4096;

  private static final JsonFactory JSON =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private final JsonGenerator json;

  private ProvenanceWriter(JsonGenerator json) {
    this.json = json;
  }

  /** UTF-8, as {@link ProvenanceReader} reads it back. */
  public static byte[] write(Provenance provenance) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(provenance, out);
    return out.toByteArray();
  }

  /** Leaves {@code out} open. */
  static void write(Provenance provenance, OutputStream out) {
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      new ProvenanceWriter(json).document(provenance);
    }
  }

  private void document(Provenance provenance) {
    json.writeStartObject();
    json.writeNumberProperty("format", FORMAT);
    json.writeName("source");
    source(provenance.source());
    Provenance.Distribution distribution = provenance.distribution();
    if (distribution != null) {
      json.writeObjectPropertyStart("distribution");
      json.writeStringProperty("id", distribution.id());
      json.writeStringProperty("release", distribution.release());
      json.writeEndObject();
    }
    json.writeArrayPropertyStart("packages");
    provenance.packages().forEach(this::pack);
    json.writeEndArray();
    json.writeObjectPropertyStart("files");
    provenance.files().forEach(this::file);
    json.writeEndObject();
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private void source(BuiltFrom source) {
    json.writeStartObject();
    switch (source) {
      case BuiltFrom.Recipe(String name) -> {
        text("kind", "recipe");
        text("name", name);
      }
      case BuiltFrom.OwnRecipe(String name, String document) -> {
        text("kind", "own-recipe");
        text("name", name);
        list("document", pieces(document));
      }
      case BuiltFrom.Packages packages -> {
        text("kind", "packages");
        list("packages", packages.packages());
        text("name", packages.name());
      }
      case BuiltFrom.Image image -> {
        text("kind", "image");
        text("name", image.name());
        text("digest", image.digest());
        json.writeBooleanProperty("whole", image.whole());
      }
      case BuiltFrom.Program(String path) -> {
        text("kind", "program");
        text("path", path);
      }
      case BuiltFrom.File(String path) -> {
        text("kind", "file");
        text("path", path);
      }
    }
    json.writeEndObject();
  }

  /** As long as a reader takes them; none ends within a character. */
  private static List<String> pieces(String document) {
    List<String> pieces = new ArrayList<>();
    int begin = 0;
    while (begin < document.length()) {
      int end = Math.min(begin + LONGEST_PIECE, document.length());
      if (end < document.length() && Character.isHighSurrogate(document.charAt(end - 1))) {
        end--;
      }
      pieces.add(document.substring(begin, end));
      begin = end;
    }
    return pieces;
  }

  private void pack(DistributionPackage one) {
    json.writeRaw('\n');
    json.writeStartObject();
    text("kind", one.kind().toString());
    text("name", one.name());
    text("version", one.version());
    text("architecture", one.architecture());
    text("source", one.source());
    text("sourceVersion", one.sourceVersion());
    text("maintainer", one.maintainer());
    text("digest", one.digest());
    list("depends", one.depends());
    Licence licence = one.licence();
    if (licence != null) {
      text("licenceFile", licence.file());
      text("licenceDigest", licence.digest());
      list("licences", licence.ids());
    }
    json.writeEndObject();
  }

  private void file(String path, Origin origin) {
    json.writeRaw('\n');
    json.writeObjectPropertyStart(path);
    if (origin.index() != null) {
      json.writeNumberProperty("package", origin.index());
    }
    text("why", kind(origin.why()));
    switch (origin.why()) {
      case Why.Pattern(String slice, String pattern) -> {
        text("slice", slice);
        text("pattern", pattern);
      }
      case Why.Needed(String by, Why.How how, String name) -> {
        text("by", by);
        text("how", how.name().toLowerCase(Locale.ROOT));
        text("name", name);
      }
      case Why.Concat(String pattern) -> text("pattern", pattern);
      case Why.Whole whole -> text("by", whole.by());
      case Why.Profile(String name, String by) -> {
        text("name", name);
        text("by", by);
      }
      case Why.Text text -> {}
      case Why.Post post -> {}
      case Why.Link link -> {}
      case Why.Asked asked -> {}
      case Why.Status status -> {}
    }
    json.writeEndObject();
  }

  private static String kind(Why why) {
    return switch (why) {
      case Why.Pattern pattern -> "pattern";
      case Why.Needed needed -> "needed";
      case Why.Text text -> "text";
      case Why.Concat concat -> "concat";
      case Why.Post post -> "post";
      case Why.Link link -> "link";
      case Why.Whole whole -> "whole";
      case Why.Asked asked -> "asked";
      case Why.Profile profile -> "profile";
      case Why.Status status -> "status";
    };
  }

  private void text(String name, @Nullable String value) {
    if (value != null) {
      json.writeStringProperty(name, value);
    }
  }

  private void list(String name, List<String> values) {
    if (!values.isEmpty()) {
      json.writeArrayPropertyStart(name);
      values.forEach(json::writeString);
      json.writeEndArray();
    }
  }
}
