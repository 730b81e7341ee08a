package dev.reg.template.report;

import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import dev.reg.template.Head;
import dev.reg.template.Level;
import dev.reg.template.Template;
import dev.reg.template.TemplateReader;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.DistributionPackage.Kind;
import dev.reg.template.provenance.DistributionPackage.Licence;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Distribution;
import dev.reg.template.provenance.Provenance.Origin;
import dev.reg.template.provenance.Why;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A template of two packages, and one that requires it. */
final class Samples {
  static final String LIBC = "/usr/lib/libc.so.6";

  private Samples() {}

  static String digest(String content) {
    return Digest.of(content.getBytes(StandardCharsets.UTF_8)).toString();
  }

  static Template template(String yaml) throws RegException {
    return TemplateReader.read("sample", yaml.getBytes(StandardCharsets.UTF_8));
  }

  /** Every object is as long as the number in its content says. */
  static long size(ObjectId object) {
    return object.digest().toString().equals(digest("100")) ? 100 : 7;
  }

  static Template base() throws RegException {
    return template(
        """
        name: base
        version: "1"
        files:
          a: {path: /usr/bin/tool, digest: "%s", mode: "0755"}
          b: {path: /usr/share/twin, digest: "%s", mode: "0755"}
          c: {path: /etc/tool.conf, digest: "%s", mode: "0644"}
          d: {path: /var/lib/dpkg/status.d/tool, digest: "%s", mode: "0644"}
        libs:
          - libc@6: {path: %s, digest: "%s", mode: "0755"}
        links: {/usr/bin/other: tool}
        """
            .formatted(digest("100"), digest("100"), digest("7"), digest("s"), LIBC, digest("c")));
  }

  static Template app() throws RegException {
    return template(
        "name: app\nversion: \"2\"\nrequires: [base]\nfiles:\n  x: {path: /opt/x, digest: \""
            + digest("x")
            + "\", mode: \"0644\"}\n");
  }

  static Head head(Template template) {
    return new Head(
        template.name(),
        template.version(),
        Digest.of(template.id().getBytes(StandardCharsets.UTF_8)),
        template.requires(),
        List.of(),
        Level.NONE,
        template.execution(),
        template.files().size(),
        0,
        Instant.parse("2026-01-02T03:04:05.678Z"));
  }

  static DistributionPackage pack(String name, String version, String... depends) {
    return new DistributionPackage(
        Kind.DEB,
        name,
        version,
        "amd64",
        name + "-source",
        version,
        "A Team <team@example.org>",
        digest(name),
        List.of(depends),
        new Licence("/usr/share/doc/" + name + "/copyright", digest("l"), List.of("MIT", "Zlib")));
  }

  static Provenance provenance() {
    return provenance(pack("libc6", "2.36-9+deb12u1"), pack("tool", "1:1.0~rc1", "libc6"));
  }

  static Provenance provenance(DistributionPackage libc, DistributionPackage tool) {
    return new Provenance(
        new BuiltFrom.Recipe("base"),
        new Distribution("debian", "bookworm"),
        List.of(libc, tool),
        new TreeMap<>(
            Map.of(
                "/usr/bin/tool",
                new Origin(1, new Why.Needed("/usr/bin/other", Why.How.LINK, "tool")),
                "/usr/bin/other",
                new Origin(null, new Why.Link()),
                "/usr/share/twin",
                new Origin(1, new Why.Whole("libc6")),
                "/etc/tool.conf",
                new Origin(0, new Why.Whole(null)),
                LIBC,
                new Origin(0, new Why.Needed("/usr/bin/tool", Why.How.NEEDED, "libc.so.6")),
                "/var/lib/dpkg/status.d/tool",
                new Origin(1, new Why.Status()))));
  }
}
