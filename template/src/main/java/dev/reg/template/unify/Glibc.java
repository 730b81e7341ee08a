package dev.reg.template.unify;

import dev.reg.template.elf.ElfFile;
import java.util.Set;
import java.util.regex.Pattern;

/** The files that glibc builds together, which use each other's private interfaces. */
final class Glibc {
  /** How the unit is called in messages. */
  static final String NAME = "glibc";

  /** The version of what is no promise to anybody else: Versions.def of glibc. */
  private static final String PRIVATE = "GLIBC_PRIVATE";

  private static final Pattern LEAD = Pattern.compile("libc\\.so\\.[0-9]+(\\.[0-9]+)?");

  private static final Pattern MEMBERS =
      Pattern.compile(
          "(ld-linux.*|ld64|ld|libc|libm|libmvec|libpthread|libdl|librt|libresolv|libutil|libanl"
              + "|libnsl|libBrokenLocale|libthread_db|libnss_(compat|db|dns|files|hesiod)"
              + "|libc_malloc_debug|libmemusage|libpcprofile|libSegFault)\\.so(\\.[0-9.]+)?");

  /** Members without versions of their own. */
  private static final Set<String> PRELOADED =
      Set.of("libmemusage.so", "libpcprofile.so", "libSegFault.so");

  private static final Pattern GCONV = Pattern.compile("/usr/lib[^/]*(/[^/]+)?/gconv/[^/]+\\.so");

  private Glibc() {}

  /** Whether a library of this name may be one of them; {@link #isMember} knows. */
  static boolean isNamedLikeOne(String name) {
    return MEMBERS.matcher(name).matches();
  }

  /** The one by which builds are told apart: every process has it. */
  static boolean isLead(String soname) {
    return LEAD.matcher(soname).matches();
  }

  /** Whether a file is of glibc, or was built for just one build of it. */
  static boolean isMember(String path, ElfFile elf) {
    if (usesPrivate(elf) || GCONV.matcher(path).matches()) {
      return true;
    }
    String soname = elf.soname();
    return soname != null
        && isNamedLikeOne(soname)
        && (PRELOADED.contains(soname)
            || elf.versionsDefined().stream().anyMatch(version -> version.startsWith("GLIBC_")));
  }

  private static boolean usesPrivate(ElfFile elf) {
    for (Set<String> versions : elf.versionsNeeded().values()) {
      if (versions.contains(PRIVATE)) {
        return true;
      }
    }
    return false;
  }
}
