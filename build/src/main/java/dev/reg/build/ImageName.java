package dev.reg.build;

import dev.reg.error.RegException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the template of an image is called: as the caller says, else by the image's tag. */
record ImageName(String name, String version) {
  /** {@code registry:port/repository:tag}, or only a tag, as many layouts have it. */
  private static final Pattern TAG =
      Pattern.compile("(?:(?<name>[^@]*[^:@/]):)?(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})");

  private static final String VERSION_LABEL = "org.opencontainers.image.version";
  private static final int DIGITS = 12;

  /** Throws INVALID when nobody says what it is to be called. */
  static ImageName of(ImageManifest image, @Nullable String name, @Nullable String version)
      throws RegException {
    Matcher tag = TAG.matcher(image.tag() == null ? "" : image.tag());
    String repository = tag.matches() ? tag.group("name") : null;
    String called =
        name != null
            ? name
            : repository == null ? "" : Paths.name("/" + repository).toLowerCase(Locale.ROOT);
    if (!RecipeReader.NAME.matcher(called).matches()) {
      throw ImageFiles.invalid("it does not say what it is called; say it with --name", null);
    }
    return new ImageName(called, version != null ? version : version(image, tag));
  }

  /** That of the tag when it has a digit, that of the label, or the beginning of the digest. */
  private static String version(ImageManifest image, Matcher tag) {
    String label = image.config().path("config").path("Labels").path(VERSION_LABEL).asString("");
    String text = tag.matches() && tag.group("tag").matches(".*[0-9].*") ? tag.group("tag") : label;
    String valid =
        text.replaceAll("[^A-Za-z0-9+~_.-]", "-").replaceAll("^\\.+|\\.+$|(?<=\\.)\\.+", "");
    return valid.isEmpty() || valid.length() > 128 ? image.id().hex().substring(0, DIGITS) : valid;
  }
}
