package dev.reg.build;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a path of a distribution's package is for, by the Filesystem Hierarchy Standard and Debian's
 * habits.
 */
final class Kinds {
  private static final Set<String> PROGRAM_DIRECTORIES =
      Set.of(
          "/usr/bin",
          "/usr/sbin",
          "/usr/games",
          "/usr/local/bin",
          "/usr/local/sbin",
          "/usr/local/games");

  private static final Pattern LIBRARY =
      Pattern.compile(
          "/usr/lib(?:64|32)?/(?:[a-z0-9_]+-linux-gnu[a-z0-9]*/)?(?:glibc-hwcaps/[^/]+/)?"
              + "(?:lib[^/]*\\.so[^/]*|ld[.-][^/]*\\.so[^/]*)");

  /** Read by people, by desktops, by package tools, or by the services of a whole machine. */
  private static final List<Glob> NOT_FOR_PROGRAMS =
      globs(
          "/usr/share/{doc,doc-base,man,info,help,gtk-doc,gnome,linda,lintian,bug,reportbug,locale}/**",
          "/usr/share/{bash-completion,zsh,fish,applications,menu,menus,icons,pixmaps}/**",
          "/usr/share/{metainfo,appdata,apport,polkit-1,dbus-1,initramfs-tools,debconf}/**",
          "/usr/share/{mime,desktop-directories,binfmts,xsessions,sounds/freedesktop}/**",
          "/usr/lib/{systemd,udev,tmpfiles.d,sysusers.d,modules-load.d,environment.d,mime}/**",
          "/usr/lib/{dpkg,init,kernel,lsb,menu,apt}/**",
          "/etc/{init.d,init,cron.d,cron.hourly,cron.daily,cron.weekly,cron.monthly}/**",
          "/etc/rc?.d/**",
          "/etc/{logrotate.d,bash_completion.d,apparmor.d,apt,dpkg,kernel,systemd}/**",
          "/etc/{default,insserv.conf.d,ufw,xdg/autostart,profile.d,skel,pam.d}/**",
          "/usr/{lib,share}/**.pod",
          "/usr/lib/*/perl/*/CORE/**",
          "/etc/alternatives/**",
          "/usr/lib/apk/**",
          "/var/lib/{dpkg,apt,ucf,apk,pam,systemd}/**",
          "/var/{cache/man,cache/apt,cache/apk,cache/debconf,cache/ldconfig,log/apt}/**",
          "/var/log/{dpkg,alternatives,bootstrap,faillog,lastlog,btmp,wtmp}*");

  private static final List<String> OF_THE_MOMENT =
      List.of("/dev/", "/proc/", "/run/", "/sys/", "/tmp/");

  /** glibc's conversions for iconv(3). */
  private static final Pattern CONVERSION = Pattern.compile("/usr/lib/[^/]+/gconv/.*");

  private Kinds() {}

  private static List<Glob> globs(String... patterns) {
    return List.of(patterns).stream().map(Glob::of).toList();
  }

  /** Where a running machine keeps what ends with it, and what a container has mounted there. */
  static boolean isOfTheMoment(String path) {
    return OF_THE_MOMENT.stream().anyMatch((path + "/")::startsWith);
  }

  /** Whether a shell would find it. */
  static boolean isProgram(String path) {
    return PROGRAM_DIRECTORIES.contains(Paths.parent(path));
  }

  /** Whether the loader would find it by its name alone. */
  static boolean isLibrary(String path) {
    return LIBRARY.matcher(path).matches();
  }

  static boolean isConversion(String path) {
    return CONVERSION.matcher(path).matches();
  }

  /** Documentation and the like: no program that runs in a container reads it. */
  static boolean isForPeople(String path) {
    return NOT_FOR_PROGRAMS.stream().anyMatch(glob -> glob.matches(path));
  }

  /** What interpreters load by name, wherever packages bring it. */
  static boolean isModuleOf(String interpreter, String path) {
    if (interpreter.startsWith("perl")) {
      return path.startsWith("/usr/share/perl") || path.matches("/usr/lib/[^/]+/perl[^/]*/.*");
    }
    if (interpreter.startsWith("python3")) {
      return path.startsWith("/usr/lib/python3");
    }
    if (interpreter.startsWith("ruby")) {
      return path.startsWith("/usr/lib/ruby/") || path.matches("/usr/lib/[^/]+/ruby/.*");
    }
    return false;
  }
}
