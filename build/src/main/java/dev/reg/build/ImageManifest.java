package dev.reg.build;

import dev.reg.error.RegException;
import dev.reg.store.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One image of an archive: its configuration, and its layers from the lowest to the highest. Read
 * from what {@code docker save} writes (manifest.json) or from an OCI image layout (image-layout.md
 * of the OCI image format specification, 1.1); every digest that is stated is verified.
 *
 * @param id of the configuration, which names the content of all layers
 * @param tag {@code repository:tag} as the archive has it; null without one
 */
record ImageManifest(Digest id, JsonNode config, List<Layer> layers, @Nullable String tag) {
  private static final int LARGEST = 4 << 20;
  private static final int MOST_LAYERS = 512;
  private static final int DEEPEST = 3;
  private static final String REFERENCE = "org.opencontainers.image.ref.name";
  private static final Map<String, String> ARCHITECTURES =
      Map.of("amd64", "amd64", "x86_64", "amd64", "aarch64", "arm64", "arm64", "arm64");

  ImageManifest {
    layers = List.copyOf(layers);
  }

  /**
   * A layer.
   *
   * @param file where it lies
   * @param blob of the file as it is; null when the archive does not say
   * @param content of the tar archive in it
   */
  record Layer(String file, @Nullable Digest blob, Digest content) {}

  /** Throws INVALID for what is no image, for several, and for one of another machine. */
  static ImageManifest read(ImageFiles files, String architecture)
      throws IOException, RegException {
    if (files.has("oci-layout")) {
      return new Oci(files, architecture).read();
    }
    if (files.has("manifest.json")) {
      return docker(files, architecture);
    }
    throw ImageFiles.invalid(
        "it has neither manifest.json, as of docker save, nor oci-layout", null);
  }

  private static ImageManifest docker(ImageFiles files, String architecture)
      throws IOException, RegException {
    JsonNode images = parse("manifest.json", files.read("manifest.json", LARGEST));
    if (!images.isArray() || images.size() != 1) {
      throw ImageFiles.invalid(
          "it has " + (images.isArray() ? images.size() : 0) + " images; save just one", null);
    }
    JsonNode image = images.get(0);
    String name = text(image.path("Config"), "manifest.json: Config");
    byte[] config = files.read(name, LARGEST);
    Digest id = Digest.of(config);
    String stated = Paths.name("/" + name).replaceFirst("\\.json$", "");
    if (stated.matches("[0-9a-f]{64}")) {
      verify(name, new Digest(stated), id);
    }
    List<String> layers = new ArrayList<>();
    for (JsonNode layer : image.path("Layers")) {
      layers.add(text(layer, "manifest.json: Layers"));
    }
    JsonNode tags = image.path("RepoTags");
    String tag = tags.isArray() && !tags.isEmpty() ? tags.get(0).asString("") : null;
    return of(id, parse(name, config), layers, null, tag, architecture);
  }

  private static ImageManifest of(
      Digest id,
      JsonNode config,
      List<String> files,
      @Nullable List<Digest> blobs,
      @Nullable String tag,
      String architecture)
      throws RegException {
    checkMachine(config, architecture);
    JsonNode contents = config.path("rootfs").path("diff_ids");
    if (contents.size() != files.size() || files.isEmpty() || files.size() > MOST_LAYERS) {
      throw ImageFiles.invalid(
          "it has " + files.size() + " layers, and its configuration tells of " + contents.size(),
          null);
    }
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      Digest content = Digest.parse(text(contents.get(i), "rootfs.diff_ids"));
      layers.add(new Layer(files.get(i), blobs == null ? null : blobs.get(i), content));
    }
    return new ImageManifest(id, config, layers, tag == null || tag.isEmpty() ? null : tag);
  }

  private static void checkMachine(JsonNode config, String architecture) throws RegException {
    String system = config.path("os").asString("linux");
    String machine = config.path("architecture").asString("");
    if (!system.equals("linux") || !isOf(machine, architecture)) {
      throw ImageFiles.invalid(
          "it is for "
              + Text.line(system + "/" + machine)
              + ", and this machine is linux/"
              + architecture,
          null);
    }
  }

  private static boolean isOf(String machine, String architecture) {
    String wanted = ARCHITECTURES.getOrDefault(architecture, architecture);
    return ARCHITECTURES.getOrDefault(machine, machine).equals(wanted);
  }

  /** A layout: an index, perhaps of indexes, of manifests. */
  private static final class Oci {
    private final ImageFiles files;
    private final String architecture;
    private final Map<String, @Nullable String> manifests = new TreeMap<>();

    Oci(ImageFiles files, String architecture) {
      this.files = files;
      this.architecture = architecture;
    }

    ImageManifest read() throws IOException, RegException {
      index(parse("index.json", files.read("index.json", LARGEST)), null, 0);
      if (manifests.size() != 1) {
        throw ImageFiles.invalid(
            "it has "
                + manifests.size()
                + " images for linux/"
                + architecture
                + "; copy just one into the layout",
            null);
      }
      Map.Entry<String, @Nullable String> only = manifests.entrySet().iterator().next();
      JsonNode manifest = parse("the manifest", blob(Digest.parse(only.getKey())));
      byte[] config = blob(digest(manifest.path("config")));
      List<String> names = new ArrayList<>();
      List<Digest> blobs = new ArrayList<>();
      for (JsonNode layer : manifest.path("layers")) {
        Digest digest = digest(layer);
        blobs.add(digest);
        names.add(file(digest));
      }
      JsonNode parsed = parse("the configuration", config);
      return of(Digest.of(config), parsed, names, blobs, only.getValue(), architecture);
    }

    private void index(JsonNode index, @Nullable String tag, int depth)
        throws IOException, RegException {
      if (depth > DEEPEST) {
        throw ImageFiles.invalid("its indexes are nested more than " + DEEPEST + " deep", null);
      }
      for (JsonNode each : index.path("manifests")) {
        JsonNode platform = each.path("platform");
        String machine = platform.path("architecture").asString(architecture);
        String name = each.path("annotations").path(REFERENCE).asString("");
        String reference = name.isEmpty() ? tag : name;
        String type = each.path("mediaType").asString("");
        if (type.endsWith(".image.index.v1+json") || type.endsWith(".manifest.list.v2+json")) {
          index(parse("an index", blob(digest(each))), reference, depth + 1);
        } else if (isOf(machine, architecture)) {
          manifests.putIfAbsent(digest(each).toString(), reference);
        }
        if (manifests.size() > MOST_LAYERS) {
          throw ImageFiles.invalid("it has more than " + MOST_LAYERS + " images", null);
        }
      }
    }

    private static Digest digest(JsonNode descriptor) throws RegException {
      return Digest.parse(text(descriptor.path("digest"), "a descriptor's digest"));
    }

    private static String file(Digest digest) {
      return "blobs/sha256/" + digest.hex();
    }

    private byte[] blob(Digest digest) throws IOException, RegException {
      byte[] content = files.read(file(digest), LARGEST);
      verify(file(digest), digest, Digest.of(content));
      return content;
    }
  }

  static void verify(String what, Digest expected, Digest found) throws RegException {
    if (!expected.equals(found)) {
      throw ImageFiles.invalid(
          Text.quote(what)
              + " is not what it should be (digest "
              + found
              + ", not "
              + expected
              + ")",
          null);
    }
  }

  private static JsonNode parse(String what, byte[] json) throws RegException {
    try {
      return new JsonMapper().readTree(json);
    } catch (JacksonException e) {
      throw ImageFiles.invalid(what + " is no JSON: " + Text.line(e.getOriginalMessage()), e);
    }
  }

  private static String text(JsonNode node, String what) throws RegException {
    if (!node.isString()) {
      throw ImageFiles.invalid(what + " is missing", null);
    }
    return node.stringValue();
  }
}
