package dev.reg.template.report;

import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.DistributionPackage.Kind;
import dev.reg.template.provenance.Provenance.Distribution;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The name by which databases know a package: the package-url specification. */
final class PackageUrl {
  private static final String UNRESERVED = "-._~";

  private PackageUrl() {}

  /** {@code pkg:deb/debian/libc6@2.36-9%2Bdeb12u9?arch=amd64&distro=bookworm}. */
  static String of(DistributionPackage one, @Nullable Distribution distribution) {
    String vendor = one.kind() == Kind.DEB ? "debian" : "alpine";
    StringBuilder url = new StringBuilder("pkg:").append(one.kind()).append('/');
    url.append(encoded(distribution == null ? vendor : distribution.id().toLowerCase(Locale.ROOT)));
    url.append('/').append(encoded(one.name())).append('@').append(encoded(one.version()));
    url.append("?arch=").append(encoded(one.architecture()));
    if (distribution != null) {
      url.append("&distro=").append(encoded(distribution.release()));
    }
    return url.toString();
  }

  private static String encoded(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || UNRESERVED.indexOf(c) >= 0;
      out.append(plain ? String.valueOf(c) : String.format("%%%02X", (int) c));
    }
    return out.toString();
  }
}
