package dev.reg.template.unify;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place where the dynamic loader looks for everybody's libraries (ld.so(8)). What lies elsewhere,
 * in a program's own directory, belongs to that program.
 *
 * @param directory the plain one: {@code /usr/lib/x86_64-linux-gnu}
 * @param variant empty, or where below it builds for better processors are: {@code
 *     /glibc-hwcaps/x86-64-v3}
 * @param name of the file or link
 */
record LibraryPlace(String directory, String variant, String name) {
  private static final Pattern FORM =
      Pattern.compile(
          "(/usr(?:/local)?/lib(?:64|32|x32)?(?:/[a-z0-9_]+-linux-[a-z0-9_]+)?)"
              + "(/glibc-hwcaps/[^/]+|(?:/(?:tls|haswell|xeon_phi|avx512_1|x86_64|i586|i686|sse2))*)"
              + "/([^/]+)");

  /** With an ABI in its name: {@code libz.so.1}. */
  private static final Pattern SONAME = Pattern.compile(".+\\.so\\.[0-9].*");

  static @Nullable LibraryPlace of(String path) {
    Matcher parts = FORM.matcher(path);
    return parts.matches()
        ? new LibraryPlace(parts.group(1), parts.group(2), parts.group(3))
        : null;
  }

  /** Whether a library says by its name to whom it is compatible. */
  static boolean hasAbi(String soname) {
    return SONAME.matcher(soname).matches();
  }
}
