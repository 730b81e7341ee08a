package dev.reg.template.complete;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reg.template.elf.LoaderClosure;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What libraries open by name, each profile with what has it apply and what it wants. */
class ProfileCheckTest {
  private static final String LIB = "/usr/lib/x86_64-linux-gnu/";

  @TempDir Path directory;
  private StoredFiles files = new StoredFiles(Path.of("/"));

  @BeforeEach
  void begin() throws Exception {
    files = new StoredFiles(directory);
    library(new MadeElf("libc.so.6").defining("GLIBC_2.34"), "libc.so.6");
  }

  private void library(MadeElf elf, String name) throws Exception {
    files.file(LIB + name, elf.bytes(), 0644);
  }

  private static MadeElf glibc(String soname) {
    return new MadeElf(soname).needing("libc.so.6");
  }

  private List<String> problems() throws Exception {
    return problems(Map.of(), Map.of());
  }

  private List<String> problems(Map<String, String> environment, Map<String, String> waive)
      throws Exception {
    return files.check(environment, waive, LoaderClosure.PATH).verdict().problems();
  }

  private static String gap(String who, String what, String profile) {
    return who
        + " opens "
        + what
        + " by name, which is missing (bring it, or waive "
        + profile
        + " with a reason)";
  }

  @Test
  void aLibraryThatConvertsWantsTheConversions() throws Exception {
    library(glibc("libx.so.1").importing("malloc").importing("iconv_open"), "libx.so.1");
    library(glibc("libstdc++.so.6").importing("iconv_open"), "libstdc++.so.6");
    library(new MadeElf("libmusl.so").importing("iconv_open"), "libmusl.so");
    String modules = "/usr/lib/*/gconv/%1$s or /usr/lib/gconv/%1$s or /usr/lib64/gconv/%1$s";
    assertThat(problems())
        .containsExactly(
            gap(LIB + "libx.so.1", modules.formatted("gconv-modules*"), "gconv"),
            gap(LIB + "libx.so.1", modules.formatted("*.so"), "gconv"));
    files.data(LIB + "gconv/gconv-modules");
    assertThat(problems())
        .containsExactly(gap(LIB + "libx.so.1", modules.formatted("*.so"), "gconv"));
    files.data(LIB + "gconv/UTF-16.so");
    assertThat(problems()).isEmpty();
  }

  @Test
  void severalThatWantTheSameAreOneSentence() throws Exception {
    library(glibc("liba.so").importing("backtrace"), "liba.so");
    library(glibc("libb.so").importing("pthread_cancel"), "libb.so");
    library(glibc("libc.so").importing("pthread_exit"), "libc.so");
    assertThat(problems())
        .containsExactly(
            LIB
                + "liba.so and 2 more open /usr/lib/*/libgcc_s.so.1 or /usr/lib/libgcc_s.so.1 or"
                + " /usr/lib64/libgcc_s.so.1 by name, which is missing (bring it, or waive libgcc_s"
                + " with a reason)");
    library(new MadeElf("libgcc_s.so.1"), "libgcc_s.so.1");
    assertThat(problems()).isEmpty();
  }

  @Test
  void openSslWantsWhatIsCompiledIn() throws Exception {
    MadeElf crypto =
        glibc("libcrypto.so.3")
            .saying("OPENSSLDIR: \"/opt/tls\"\0ENGINESDIR: \"/e\"\0MODULESDIR: \"/opt/m\"\0");
    library(crypto, "libcrypto.so.3");
    assertThat(problems())
        .containsExactly(
            gap(LIB + "libcrypto.so.3", "/opt/tls/openssl.cnf", "openssl"),
            gap(LIB + "libcrypto.so.3", "/opt/m/*.so", "openssl"));
    files.data("/etc/tls/openssl.cnf").link("/opt/tls", "/etc/tls").data("/opt/m/legacy.so");
    assertThat(problems()).isEmpty();
    library(glibc("libssl.so.3").needing("libcrypto.so.3"), "libssl.so.3");
    assertThat(problems())
        .containsExactly(
            gap(LIB + "libssl.so.3", "/opt/tls/cert.pem or /opt/tls/certs/*", "certificates"));
    files.data("/etc/tls/certs/ab12.0");
    assertThat(problems()).isEmpty();
  }

  @Test
  void aLibcryptoThatSaysNothingWantsNothing() throws Exception {
    library(glibc("libcrypto.so.3").saying("OPENSSLDIR: \"no path\""), "libcrypto.so.3");
    assertThat(problems()).isEmpty();
  }

  @Test
  void othersWantTheirAuthoritiesModulesAndTerminals() throws Exception {
    for (String name : List.of("libgnutls.so.30", "libpam.so.0", "libtinfo.so.6")) {
      library(glibc(name), name);
    }
    assertThat(files.check(Map.of(), Map.of(), LoaderClosure.PATH).gaps().keySet())
        .containsExactly("certificates", "pam", "terminfo");
    files
        .data("/etc/ssl/certs/ca-certificates.crt")
        .data(LIB + "security/pam_unix.so")
        .data("/etc/pam.d/other")
        .data("/usr/lib/terminfo/x/xterm");
    assertThat(problems()).isEmpty();
  }

  @Test
  void onlyAnOldLibcOpensItsNameServices() throws Exception {
    assertThat(problems()).isEmpty();
    files = new StoredFiles(directory);
    library(new MadeElf("libc.so.6").needing("libc.so.6").defining("GLIBC_2.31"), "libc.so.6");
    assertThat(files.check(Map.of(), Map.of(), LoaderClosure.PATH).gaps().keySet())
        .containsExactly("name-services");
    files.data(LIB + "libnss_files.so.2").data(LIB + "libnss_dns.so.2");
    assertThat(problems()).isEmpty();
  }

  @Test
  void zonesAreForWhatLooksThemUp() throws Exception {
    files.data("/usr/lib/python3.11/zoneinfo/__init__.py");
    assertThat(problems())
        .containsExactly(
            gap(
                "/usr/lib/python3.11/zoneinfo/__init__.py",
                "/usr/share/zoneinfo/Etc/UTC",
                "zoneinfo"));
    files.data("/usr/share/zoneinfo/Etc/UTC");
    assertThat(problems()).isEmpty();
  }

  @Test
  void aLocaleIsWantedByItsVariable() throws Exception {
    for (String builtIn : List.of("C", "POSIX", "")) {
      assertThat(problems(Map.of("LANG", builtIn, "LANGUAGE", "de"), Map.of())).isEmpty();
    }
    String wanted =
        "/usr/lib/locale/C.utf8/LC_CTYPE or /usr/lib/locale/C.UTF-8/LC_CTYPE"
            + " or /usr/lib/locale/locale-archive";
    assertThat(problems(Map.of("LC_ALL", "C.UTF-8"), Map.of()))
        .containsExactly(gap("the variable LC_ALL=C.UTF-8", wanted, "locale"));
    files.data("/usr/lib/locale/C.utf8/LC_CTYPE");
    assertThat(problems(Map.of("LC_ALL", "C.UTF-8"), Map.of())).isEmpty();
    assertThat(problems(Map.of("LANG", "de_DE.ISO-8859-1@euro"), Map.of()))
        .singleElement()
        .asString()
        .contains("/usr/lib/locale/de_DE.iso88591@euro/LC_CTYPE");
  }

  @Test
  void aLocaleIsNotForWhatHasNoGlibc() throws Exception {
    files = new StoredFiles(directory);
    files.program("/usr/bin/static");
    assertThat(problems(Map.of("LANG", "C.UTF-8"), Map.of())).isEmpty();
  }

  @Test
  void whatIsRequiredIsAskedForNothingAndMayHaveWhatIsWanted() throws Exception {
    library(glibc("libpam.so.0"), "libpam.so.0");
    files.data("/usr/lib/terminfo/x/xterm").required();
    library(glibc("libtinfo.so.6"), "libtinfo.so.6");
    assertThat(problems()).isEmpty();
  }

  @Test
  void whatIsWaivedIsNotMissedAndNothingElseIsWaived() throws Exception {
    library(glibc("libpam.so.0"), "libpam.so.0");
    library(glibc("libtinfo.so.6"), "libtinfo.so.6");
    files.data("/usr/lib/terminfo/x/xterm");
    assertThat(problems(Map.of(), Map.of("pam", "nobody logs in"))).isEmpty();
    Set<String> all = new HashSet<>(problems());
    List<String> waived =
        problems(Map.of(), Map.of("terminfo", "x", "gconv", "x", "termcap", "x", "pam", "nobody"));
    assertThat(waived)
        .doesNotContainAnyElementsOf(all)
        .containsExactlyInAnyOrder(
            "it waives terminfo, of which nothing is missing",
            "it waives gconv, which nothing in it asks for",
            "it waives termcap, which is no profile: there are name-services, gconv, libgcc_s,"
                + " openssl, certificates, pam, zoneinfo, locale, terminfo");
  }
}
