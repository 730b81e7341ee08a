package dev.reg.template;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a template or recipe may say under {@code waive}. */
public final class Waiver {
  private static final Pattern PROFILE = Pattern.compile("[a-z][a-z0-9_-]{0,63}");
  private static final int LONGEST = 1_000;

  private Waiver() {}

  /** What is wrong with a profile's name or the reason that is given; null when nothing is. */
  public static @Nullable String fault(String profile, String reason) {
    if (!PROFILE.matcher(profile).matches()) {
      return "waive names " + Text.quote(profile) + ", which is not a profile's name";
    }
    if (reason.isBlank() || reason.length() > LONGEST) {
      return "waive of " + profile + " needs a reason of 1 to " + LONGEST + " characters";
    }
    return reason.chars().anyMatch(Character::isISOControl)
        ? "waive of " + profile + " has a control character in its reason"
        : null;
  }
}
