package dev.reg.template;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** To what a template was shown to be complete; each includes the ones before it. */
public enum Level {
  /** To nothing. */
  NONE,
  /** The closure was computed as the dynamic loader would, and nothing in it is missing. */
  STATIC,
  /** The template's own dynamic loader agrees. */
  LOADER,
  /** A traced run opened nothing that is outside. */
  TRACE;

  /** All words, the weakest first. */
  public static final String WORDS = "none, static, loader, trace";

  /** The level that a template or recipe names. */
  public static Optional<Level> of(String word) {
    return Stream.of(values()).filter(level -> level.toString().equals(word)).findFirst();
  }

  /** As it is written: in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
