package dev.reg.template.unify;

import dev.reg.store.ObjectId;

/**
 * One file of a template that gives way to a newer build.
 *
 * @param template {@code name@version}
 * @param library its SONAME, or {@code glibc} for a file of glibc
 * @param path where it is
 * @param from what is there
 * @param newPath where the new build will be, in the same directory
 * @param to what takes its place
 * @param origin the template that the new build is taken from
 * @param originPath its path there
 */
public record Move(
    String template,
    String library,
    String path,
    ObjectId from,
    String newPath,
    ObjectId to,
    String origin,
    String originPath) {}
