package dev.reg.template.provenance;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of one template come from. It lies beside the template and is no part of its
 * digest: two builds that end in the same files are the same template. Of what a person wrote by
 * hand it tells nothing but that, and of no file.
 *
 * @param source what the template was made of
 * @param distribution whose packages they are; null when nobody knows
 * @param packages that files were taken from, sorted by name; in two versions when a library was
 *     replaced by a newer build of it and other files were not
 * @param files by path in the container: files and links of the template; of some there may be
 *     nothing to tell
 */
public record Provenance(
    BuiltFrom source,
    @Nullable Distribution distribution,
    List<DistributionPackage> packages,
    SortedMap<String, Origin> files) {
  public Provenance {
    packages = List.copyOf(packages);
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /**
   * Whose packages they are, by os-release(5).
   *
   * @param id ID: {@code debian}
   * @param release VERSION_CODENAME, or VERSION_ID where there is none: {@code bookworm}
   */
  public record Distribution(String id, String release) {}

  /**
   * Where one file or link comes from.
   *
   * @param index of the package it was in, among {@link #packages}; null when it was in none
   * @param why it is in the template
   */
  public record Origin(@Nullable Integer index, Why why) {}

  /** The package that a path was taken from; empty when it was in none, or is not known. */
  public Optional<DistributionPackage> packageOf(String path) {
    Origin origin = files.get(path);
    return origin == null || origin.index() == null
        ? Optional.empty()
        : Optional.of(packages.get(origin.index()));
  }

  /** The same with other files. */
  public Provenance with(SortedMap<String, Origin> newFiles) {
    return new Provenance(source, distribution, packages, newFiles);
  }
}
