package dev.reg.template.complete;

import dev.reg.template.complete.Profile.File;
import dev.reg.template.complete.Profile.Imports;
import dev.reg.template.complete.Profile.Locale;
import dev.reg.template.complete.Profile.Need;
import dev.reg.template.complete.Profile.Rule;
import dev.reg.template.complete.Profile.Soname;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * All profiles. A condition stands here only when what it asks for is really opened by whoever
 * meets it: a program that merely can show local time does not ask for every zone.
 */
final class Profiles {
  /** Libraries that the loader finds by name, where Debian, Alpine and Fedora have them. */
  private static Need library(String name) {
    return Need.of("/usr/lib/*/" + name, "/usr/lib/" + name, "/usr/lib64/" + name);
  }

  /** Modules in a directory beside libraries. */
  private static Need modules(String path) {
    return library(path);
  }

  /** Names of accounts and hosts: nsswitch.conf(5); in libc itself since glibc 2.34 (its NEWS). */
  private static final Profile NAME_SERVICES =
      new Profile(
          "name-services",
          List.of(
              new Rule(
                  new Soname(Pattern.compile("libc\\.so\\.6"), "GLIBC_2.34"),
                  List.of(library("libnss_files.so.2"), library("libnss_dns.so.2")))));

  /**
   * Conversions: iconv_open(3), "glibc iconv Implementation" in its manual. libstdc++ has it for a
   * facet that only its users can ask for.
   */
  private static final Profile GCONV =
      new Profile(
          "gconv",
          List.of(
              new Rule(
                  new Imports(Set.of("iconv_open"), Set.of("libstdc++.so.6")),
                  List.of(modules("gconv/gconv-modules*"), modules("gconv/*.so")))));

  /**
   * The unwinder: "libgcc_s.so.1 must be installed for pthread_cancel to work" ends a program
   * without it (glibc's misc/unwind-link.c); backtrace(3), "Notes".
   */
  private static final Profile UNWINDER =
      new Profile(
          "libgcc_s",
          List.of(
              new Rule(
                  new Imports(Set.of("pthread_cancel", "pthread_exit", "backtrace"), Set.of()),
                  List.of(library("libgcc_s.so.1")))));

  /**
   * OpenSSL's configuration and providers, at the places that are compiled in: openssl-env(7),
   * config(5ssl), OSSL_PROVIDER(3ossl).
   */
  private static final Profile OPENSSL =
      new Profile(
          "openssl",
          List.of(
              new Rule(
                  Soname.of("libcrypto\\.so\\.(3|1\\.1)"),
                  List.of(Need.of("{OPENSSLDIR}/openssl.cnf"), Need.of("{MODULESDIR}/*.so")))));

  /**
   * Certificate authorities: SSL_CTX_set_default_verify_paths(3ossl);
   * gnutls_certificate_set_x509_system_trust(3); what has Mozilla's NSS in PKCS #11 modules.
   */
  private static final Profile CERTIFICATES =
      new Profile(
          "certificates",
          List.of(
              new Rule(
                  Soname.of("libssl\\.so\\.(3|1\\.1)"),
                  List.of(Need.of("{OPENSSLDIR}/cert.pem", "{OPENSSLDIR}/certs/*"))),
              new Rule(
                  Soname.of("libgnutls\\.so\\.30"),
                  List.of(
                      Need.of(
                          "/etc/ssl/certs/ca-certificates.crt",
                          "/etc/ssl/cert.pem",
                          "/etc/pki/tls/certs/ca-bundle.crt"))),
              new Rule(
                  Soname.of("libnss3\\.so"),
                  List.of(nss("libsoftokn3.so"), nss("libfreebl*3.so"), nss("libnssckbi.so")))));

  private static Need nss(String name) {
    return Need.of(
        "/usr/lib/*/" + name, "/usr/lib/*/nss/" + name, "/usr/lib/" + name, "/usr/lib64/" + name);
  }

  /** Modules of authentication and who uses them: PAM(8), pam.conf(5). */
  private static final Profile PAM =
      new Profile(
          "pam",
          List.of(
              new Rule(
                  Soname.of("libpam\\.so\\.0"),
                  List.of(
                      modules("security/pam_*.so"),
                      Need.of("/etc/pam.d/*", "/usr/lib/pam.d/*", "/etc/pam.conf")))));

  /**
   * Time zones, for what looks one up by name for whoever asks: PEP 615; Debian's patch of PHP;
   * "--with-system-tzdata" in PostgreSQL's manual.
   */
  private static final Profile ZONEINFO =
      new Profile(
          "zoneinfo",
          List.of(
              new Rule(new File("/usr/lib/python3*/zoneinfo/__init__.py"), List.of(zones())),
              new Rule(new File("/usr/bin/php*.*"), List.of(zones())),
              new Rule(new File("/usr/lib/postgresql/*/bin/postgres"), List.of(zones()))));

  private static Need zones() {
    return Need.of("/usr/share/zoneinfo/Etc/UTC");
  }

  /** The locale that a template sets: setlocale(3), locale(7); C and POSIX are built in. */
  private static final Profile LOCALE =
      new Profile(
          "locale",
          List.of(
              new Rule(
                  new Locale(),
                  List.of(
                      Need.of(
                          "/usr/lib/locale/{LOCALE}/LC_CTYPE",
                          "/usr/lib/locale/locale-archive")))));

  /** What terminals can do: terminfo(5), "Fetching Compiled Descriptions". */
  private static final Profile TERMINFO =
      new Profile(
          "terminfo",
          List.of(
              new Rule(
                  Soname.of("lib(tinfo|ncursesw?)\\.so\\.[0-9]+"),
                  List.of(
                      Need.of(
                          "/etc/terminfo/*/*",
                          "/usr/lib/terminfo/*/*",
                          "/usr/share/terminfo/*/*")))));

  /** In the order in which they are told. */
  static final List<Profile> ALL =
      List.of(
          NAME_SERVICES, GCONV, UNWINDER, OPENSSL, CERTIFICATES, PAM, ZONEINFO, LOCALE, TERMINFO);

  private Profiles() {}
}
