package dev.reg.template.unify;

import dev.reg.store.ObjectId;

/**
 * A library of a template that stays as it is, though another template has another build of it.
 *
 * @param template {@code name@version}
 * @param library its SONAME, or {@code glibc}
 * @param path where it is
 * @param has its object
 * @param other the template whose build it does not take
 * @param otherPath where that is
 * @param otherObject that build
 * @param reason a sentence's end, with the file and what is in the way
 */
public record Stay(
    String template,
    String library,
    String path,
    ObjectId has,
    String other,
    String otherPath,
    ObjectId otherObject,
    String reason) {}
