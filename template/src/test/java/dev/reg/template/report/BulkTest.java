package dev.reg.template.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BulkTest {
  @Test
  void countsEachObjectOnce() throws Exception {
    Bulk bulk = Bulk.of(Samples.base(), Samples.provenance(), Samples::size);
    assertThat(bulk.files()).isEqualTo(5);
    assertThat(bulk.bytes()).isEqualTo(100 + 7 + 7 + 7);
    assertThat(bulk.packages())
        .containsExactly(
            new Bulk.Part("tool", "1:1.0~rc1", 3, 107),
            new Bulk.Part("libc6", "2.36-9+deb12u1", 2, 14));
    assertThat(bulk.kinds())
        .extracting(Bulk.Part::name)
        .containsExactly("programs", "configuration", "data", "libraries");
    assertThat(bulk.kinds().stream().mapToLong(Bulk.Part::bytes).sum()).isEqualTo(bulk.bytes());
  }

  @Test
  void whatWasWrittenByHandIsOfNoPackage() throws Exception {
    assertThat(Bulk.of(Samples.app(), null, Samples::size).packages())
        .containsExactly(new Bulk.Part("", "", 1, 7));
  }
}
