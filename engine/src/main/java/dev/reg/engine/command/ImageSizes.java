package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How large images of the same packages are, as bench/images has written it. */
final class ImageSizes {
  private static final int LARGEST = 1 << 20;
  private static final JsonMapper JSON = new JsonMapper();

  private ImageSizes() {}

  /**
   * An image.
   *
   * @param bytes of all files, more than 0
   * @param disk what they take of it, more than 0
   */
  record Image(long bytes, long disk) {}

  /**
   * By template; the client opens the file, with the caller's rights.
   *
   * @throws RegException INVALID for what bench/images does not write
   */
  static Map<String, Image> read(Caller caller, String path) throws RegException, IOException {
    byte[] content = caller.read(path, LARGEST);
    Map<String, Image> images = new TreeMap<>();
    try {
      JsonNode root = JSON.readTree(content);
      if (!root.isObject()) {
        throw invalid(path, null);
      }
      for (Map.Entry<String, JsonNode> each : root.properties()) {
        long bytes = size(each.getValue().path("image"));
        long disk = size(each.getValue().path("disk"));
        if (bytes <= 0 || disk <= 0) {
          throw invalid(path, null);
        }
        images.put(each.getKey(), new Image(bytes, disk));
      }
    } catch (JacksonException e) {
      throw invalid(path, e);
    }
    return images;
  }

  /** 0 for what is no size. */
  private static long size(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong() ? node.longValue() : 0;
  }

  private static RegException invalid(String path, @Nullable Throwable cause) {
    return new RegException(
        ErrorKind.INVALID,
        "cannot read the sizes of images in "
            + path
            + ": it has not the form that bench/images writes,"
            + " {\"NAME\": {\"image\": BYTES, \"disk\": BYTES}}",
        cause);
  }
}
