package dev.reg.template;

import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A shared library of a template, named by SONAME and ABI: {@code libc@6} is {@code libc.so.6},
 * {@code libfoo} is {@code libfoo.so}.
 *
 * @param name as the template writes it
 * @param path absolute path in the container; null when the library index is to decide
 * @param digest sha256 of the bytes; null when not stated, never null in a stored template
 * @param mode permission bits; null when not stated, never null in a stored template
 */
public record TemplateLib(
    String name, @Nullable String path, @Nullable Digest digest, @Nullable Integer mode) {
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_+.-]{0,127}(?:@[A-Za-z0-9_][A-Za-z0-9_+.-]{0,63})?");

  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** The name the dynamic loader knows it by. */
  public String soname() {
    int at = name.indexOf('@');
    return at < 0 ? name + ".so" : name.substring(0, at) + ".so." + name.substring(at + 1);
  }

  /** The path of a library that has one. */
  String placed() {
    if (path == null) {
      throw new IllegalStateException("not resolved: " + name);
    }
    return path;
  }

  /** The object of a library that has digest and mode. */
  public ObjectId object() {
    return TemplateFile.object(name, digest, mode);
  }

  /**
   * The name of the library with this SONAME, or null when it has no such form ({@code
   * ld-linux-x86-64.so.2} has: {@code ld-linux-x86-64@2}; {@code plugin} has none).
   */
  public static @Nullable String nameOf(String soname) {
    int so = soname.lastIndexOf(".so.");
    String name;
    if (so > 0) {
      name = soname.substring(0, so) + "@" + soname.substring(so + 4);
    } else if (soname.endsWith(".so")) {
      name = soname.substring(0, soname.length() - 3);
    } else {
      return null;
    }
    return isName(name) ? name : null;
  }
}
