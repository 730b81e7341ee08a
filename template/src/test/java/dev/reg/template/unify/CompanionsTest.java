package dev.reg.template.unify;

import static dev.reg.template.unify.Templates.LIB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.template.Template;
import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.DistributionPackage;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Distribution;
import dev.reg.template.provenance.Provenance.Origin;
import dev.reg.template.provenance.Why;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CompanionsTest {
  private static final String SSL = LIB + "libssl.so.3";
  private static final String MODULE = LIB + "ossl-modules/legacy.so";
  private static final String CONF = "/etc/ssl/openssl.cnf";
  private static final String STATUS = "/var/lib/dpkg/status.d/libssl3";
  private static final String LINK = LIB + "libssl.so";
  private static final String OTHER = "/usr/bin/other";

  private final Templates templates = new Templates();
  private final Map<String, Provenance> provenances = new TreeMap<>();

  private static DistributionPackage libssl(String version) {
    return new DistributionPackage(
        DistributionPackage.Kind.DEB,
        "libssl3",
        version,
        "amd64",
        "openssl",
        version,
        null,
        null,
        List.of(),
        null);
  }

  /** All paths but OTHER are of libssl3. */
  private void template(String id, String version, String... entries) {
    templates.template(id, entries);
    TreeMap<String, Origin> files = new TreeMap<>();
    for (String entry : entries) {
      String path = entry.replaceFirst("(=|->).*", "");
      Why why = path.equals(STATUS) ? new Why.Status() : new Why.Whole(null);
      files.put(path, new Origin(path.equals(OTHER) ? null : 0, why));
    }
    provenances.put(
        id,
        new Provenance(
            new BuiltFrom.Recipe("r"),
            new Distribution("debian", "bookworm"),
            List.of(libssl(version)),
            files));
  }

  private Optional<Provenance> known(String id) {
    return Optional.ofNullable(provenances.get(id));
  }

  private List<Move> moves() {
    Move lead =
        new Move(
            "old@1",
            "libssl.so.3",
            SSL,
            Templates.object("ssl1"),
            SSL,
            Templates.object("ssl2"),
            "new@1",
            SSL);
    return Companions.with(
        templates.get("old@1"),
        List.of(lead),
        Map.of("old@1", templates.get("old@1"), "new@1", templates.get("new@1")),
        this::known);
  }

  private void libraries() {
    templates.elf("ssl1").soname("libssl.so.3");
    templates.elf("ssl2").soname("libssl.so.3");
    templates.elf("crypto1").soname("libcrypto.so.3");
    templates.elf("crypto2").soname("libcrypto.so.3");
  }

  @Test
  void filesOfThePackageGoWithItsLibrary() {
    libraries();
    String same = CONF + "=conf";
    template(
        "old@1", "3.0.1", SSL + "=ssl1", MODULE + "=m1", same, STATUS + "=s1", OTHER + "=other");
    template(
        "new@1", "3.0.2", SSL + "=ssl2", MODULE + "=m2", same, STATUS + "=s2", OTHER + "=others");
    List<Move> moves = moves();
    assertThat(moves).extracting(Move::path).containsExactlyInAnyOrder(SSL, MODULE, CONF, STATUS);

    Template after = Rewrite.apply(templates.get("old@1"), moves);
    assertThat(Holding.files(after))
        .containsEntry(MODULE, Templates.object("m2"))
        .containsEntry(STATUS, Templates.object("s2"))
        .containsEntry(OTHER, Templates.object("other"));
    assertThat(provenance(moves).packages())
        .extracting(DistributionPackage::version)
        .containsExactly("3.0.2");
  }

  @Test
  void theOlderPackageIsNamedWhileOneOfItsFilesIsLeft() {
    libraries();
    template("old@1", "3.0.1", SSL + "=ssl1", MODULE + "=m1", STATUS + "=s1");
    template("new@1", "3.0.2", SSL + "=ssl2", STATUS + "=s2");
    assertThat(moves()).extracting(Move::path).containsExactly(SSL);
    assertThat(provenance(moves()).packages())
        .extracting(DistributionPackage::version)
        .containsExactly("3.0.1", "3.0.2");
  }

  @Test
  void anotherLibraryIsNotMovedUnasked() {
    libraries();
    String crypto = LIB + "libcrypto.so.3";
    template("old@1", "3.0.1", SSL + "=ssl1", crypto + "=crypto1", STATUS + "=s1");
    template("new@1", "3.0.2", SSL + "=ssl2", crypto + "=crypto2", STATUS + "=s2");
    assertThat(moves()).extracting(Move::path).containsExactly(SSL);
  }

  @Test
  void linksOfThePackageAreOfTheNewerOneWithItsLastFile() {
    libraries();
    template("old@1", "3.0.1", SSL + "=ssl1", LINK + "->libssl.so.3");
    template("new@1", "3.0.2", SSL + "=ssl2");
    Provenance after = provenance(moves());
    assertThat(after.packages()).extracting(DistributionPackage::version).containsExactly("3.0.2");
    assertThat(after.packageOf(LINK)).contains(libssl("3.0.2"));
  }

  @Test
  void nothingGoesWithoutKnowledge() {
    libraries();
    template("old@1", "3.0.1", SSL + "=ssl1", MODULE + "=m1");
    template("new@1", "3.0.2", SSL + "=ssl2", MODULE + "=m2");
    provenances.remove("new@1");
    assertThat(moves()).extracting(Move::path).containsExactly(SSL);
    provenances.remove("old@1");
    assertThat(moves()).extracting(Move::path).containsExactly(SSL);
  }

  private Provenance provenance(List<Move> moves) {
    return Rewrite.apply(
        known("old@1").orElseThrow(),
        templates.get("old@1").links().keySet(),
        moves,
        move -> known(move.origin()));
  }
}
