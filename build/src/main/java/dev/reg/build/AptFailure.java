package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What apt's messages (in the C locale) mean to a caller. */
final class AptFailure {
  private static final List<Pattern> MISSING =
      List.of(
          Pattern.compile("E: Unable to locate package (\\S+)"),
          Pattern.compile("E: Package '(\\S+)' has no installation candidate"),
          Pattern.compile("E: Couldn't find any package by (?:regex|glob) '(\\S+)'"),
          Pattern.compile("E: Version '\\S+' for '(\\S+)' was not found"));
  private static final Pattern SPACE =
      Pattern.compile("No space left on device|enough free space|Disk quota exceeded");
  private static final Pattern HOSTILE =
      Pattern.compile(
          "NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|is not signed|Hash Sum mismatch|signatures? (?:were|was)"
              + " invalid|couldn't be verified");

  private static final List<String> TELLING =
      List.of(
          "Failed to fetch ",
          "GPG error: ",
          "E: The repository ",
          "Depends: ",
          "Err:",
          "E: ",
          "W: ");

  private AptFailure() {}

  /** The package it did not find. */
  static Optional<String> missing(Subprocess.Result result) {
    for (String line : result.err().lines().toList()) {
      for (Pattern pattern : MISSING) {
        Matcher matcher = pattern.matcher(line.strip());
        if (matcher.matches()) {
          return Optional.of(matcher.group(1));
        }
      }
    }
    return Optional.empty();
  }

  /** {@code what} failed; why is in what apt wrote. */
  static RegException of(String what, Subprocess.Result result) {
    String text = result.err() + "\n" + result.out();
    String why = reason(text, result.exit());
    if (SPACE.matcher(text).find()) {
      return new RegException(ErrorKind.EXHAUSTED, what + ": " + why + "; free some space");
    }
    if (HOSTILE.matcher(text).find()) {
      return new RegException(
          ErrorKind.INVALID, what + ": " + why + "; what arrived is not what was signed");
    }
    return new RegException(
        ErrorKind.UNAVAILABLE,
        what + ": " + why + "; check the network, the proxy and the host's package sources");
  }

  /** The most telling line: a download, signature or dependency that failed, the first error. */
  private static String reason(String text, int exit) {
    for (String telling : TELLING) {
      Optional<String> line =
          text.lines().map(String::strip).filter(l -> l.contains(telling)).findFirst();
      if (line.isPresent()) {
        return Text.line(line.get().replaceFirst("^[EW]: ", "").replaceAll("\\s+", " "));
      }
    }
    return exit > 128 ? "apt was killed by signal " + (exit - 128) : "apt ended with " + exit;
  }
}
