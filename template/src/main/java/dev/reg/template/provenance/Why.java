package dev.reg.template.provenance;

import org.jspecify.annotations.Nullable;

/** Why a file or link is in a template. */
public sealed interface Why {
  /**
   * A pattern of the recipe matches it.
   *
   * @param slice of the recipe's {@code include}: {@code bins}, {@code libs}, {@code data}, {@code
   *     config}
   */
  record Pattern(String slice, String pattern) implements Why {}

  /**
   * Another file of the template needs it.
   *
   * @param by path of the file or link that needs it
   * @param name what that calls it: a SONAME, a path, a word
   */
  record Needed(String by, How how, String name) implements Why {}

  /** How one file needs another. */
  enum How {
    /** PT_INTERP: the program interpreter. */
    INTERPRETER,
    /** DT_NEEDED, DT_FILTER or DT_AUXILIARY. */
    NEEDED,
    /** A build for better processors of a library that is needed. */
    VARIANT,
    /** Opened by name while it runs: .note.dlopen, or what is known of libc. */
    DLOPEN,
    /** The first line of a script. */
    SHEBANG,
    /** A symbolic link leads to it. */
    LINK,
    /** A program names it, or a script does: it may run it. */
    MENTION,
    /** An interpreter may load it by name. */
    MODULE
  }

  /** Its content is in the recipe. */
  record Text() implements Why {}

  /** It is made of all files that a pattern of the recipe matches. */
  record Concat(String pattern) implements Why {}

  /** The recipe's post step made it. */
  record Post() implements Why {}

  /** The recipe adds this link. */
  record Link() implements Why {}

  /**
   * It comes with its package, or with the image.
   *
   * @param by what brought all of that: the path of a file that is needed, or the name of a package
   *     that depends on it; null when it was asked for
   */
  record Whole(@Nullable String by) implements Why {}

  /** It was asked for: a program of the machine, or the command of an image. */
  record Asked() implements Why {}

  /**
   * A profile of the data that a library opens by name.
   *
   * @param by path of that library
   */
  record Profile(String name, String by) implements Why {}

  /** It says for scanners that its package is there. */
  record Status() implements Why {}
}
