package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What we find for this host's programs and libraries is what its own loader finds: a sample of all
 * below /usr, or with -Dreg.sample=0 every one.
 */
class HostAgreementTest {
  private static final int SAMPLE = Integer.getInteger("reg.sample", 4_000);

  @Test
  void agreesWithTheLoaderOfTheHost() throws Exception {
    assumeTrue(Files.isExecutable(HostAgreement.LOADER), "this host has another loader");
    List<Path> all = HostAgreement.dynamicFiles(Path.of("/usr"));
    assertThat(all).isNotEmpty();
    List<Path> sample = new ArrayList<>();
    int step = SAMPLE == 0 ? 1 : Math.max(1, all.size() / SAMPLE);
    for (int i = 0; i < all.size(); i += step) {
      sample.add(all.get(i));
    }
    HostAgreement agreement = HostAgreement.of(sample);
    System.out.print(agreement.report(all.size()));
    assertThat(agreement.differences()).isEmpty();
  }
}
