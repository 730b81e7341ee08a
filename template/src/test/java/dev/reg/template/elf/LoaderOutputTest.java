package dev.reg.template.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoaderOutputTest {
  @Test
  void placesNamesAndWhatIsMissing() {
    LoaderOutput output =
        LoaderOutput.parse(
            0,
            List.of(
                "\tlinux-vdso.so.1 (0x00007f97017bb000)",
                "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f97016c7000)",
                "\tlibodd name.so => /opt/a => b/libodd name.so (0x00007f97016c7000)",
                "\tlibnone.so.1 => not found",
                "\t/lib64/ld-linux-x86-64.so.2 (0x00007f97017bd000)"));
    assertThat(output.found())
        .isEqualTo(
            Map.of(
                "libm.so.6", "/lib/x86_64-linux-gnu/libm.so.6",
                "libodd name.so", "/opt/a => b/libodd name.so",
                "/lib64/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2"));
    assertThat(output.missing()).containsExactly("libnone.so.1");
    assertThat(output.complaints()).isEmpty();
  }

  @Test
  void thirtyTwoBitsAndStaticFiles() {
    LoaderOutput small =
        LoaderOutput.parse(0, List.of("\tlinux-gate.so.1 =>  (0xf7f2b000)", "\tstatically linked"));
    assertThat(small.found()).isEmpty();
    assertThat(small.complaints()).isEmpty();
  }

  @Test
  void everythingElseIsAComplaint() {
    String version =
        "/usr/bin/x: /lib/libc.so.6: version `GLIBC_2.99' not found (required by /usr/bin/x)";
    String error = "/y: error while loading shared libraries: /y: invalid ELF header";
    LoaderOutput output = LoaderOutput.parse(127, List.of(version, error, "\tstrange"));
    assertThat(output.complaints()).containsExactly(version, error, "strange");
    assertThat(output.status()).isEqualTo(127);
  }
}
