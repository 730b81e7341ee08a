package dev.reg.template.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.template.provenance.BuiltFrom;
import dev.reg.template.provenance.Provenance;
import dev.reg.template.provenance.Provenance.Origin;
import dev.reg.template.provenance.Why;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ChainTest {
  private static List<String> lines(Provenance provenance, String path) {
    return Chain.of(provenance, path).stream()
        .map(step -> step.subject() + " " + Chain.words(step.why()))
        .toList();
  }

  @Test
  void goesFromWhatWasAskedForToTheFile() {
    assertThat(lines(Samples.provenance(), Samples.LIBC))
        .containsExactly(
            "/usr/bin/other is a link of the recipe",
            "/usr/bin/tool is what the link /usr/bin/other leads to",
            Samples.LIBC + " is needed as libc.so.6 by /usr/bin/tool");
    assertThat(Chain.of(Samples.provenance(), Samples.LIBC).getLast().from())
        .isEqualTo(Samples.pack("libc6", "2.36-9+deb12u1"));
  }

  @Test
  void goesByWayOfAPackageThatDependsOnAnother() {
    assertThat(lines(Samples.provenance(), "/usr/share/twin"))
        .containsExactly(
            "libc6 comes with what was asked for",
            "/usr/share/twin comes with its package, on which libc6 depends");
  }

  @Test
  void endsInACircleAndWhereNobodyKnows() {
    Provenance circle =
        new Provenance(
            new BuiltFrom.Recipe("a"),
            null,
            List.of(),
            new TreeMap<>(
                Map.of(
                    "/a", new Origin(null, new Why.Needed("/b", Why.How.LINK, "a")),
                    "/b", new Origin(null, new Why.Needed("/a", Why.How.LINK, "b")),
                    "/c", new Origin(null, new Why.Needed("/gone", Why.How.NEEDED, "c")))));
    assertThat(lines(circle, "/a")).hasSize(2);
    assertThat(lines(circle, "/c")).hasSize(1);
    assertThat(lines(circle, "/d")).isEmpty();
  }
}
