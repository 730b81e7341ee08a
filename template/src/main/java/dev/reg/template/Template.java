package dev.reg.template;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A runtime environment template (RET): what a runtime consists of, by path and content.
 *
 * <p>A template is <em>resolved</em> when every file and library has path, digest and mode; only
 * such are stored. Templates from outside come through {@link TemplateReader}, which checks what
 * the types here do not.
 *
 * @param requires other templates, without duplicates of a name
 * @param files sorted by path
 * @param libs sorted by name
 * @param links symbolic links: absolute path to target
 * @param directories there even when nothing is in them; sorted
 * @param level to what it was shown to be complete
 * @param waive why data that its libraries open by name is left out: profile to reason
 * @param trace commands whose traced runs show it to be complete; none below the level trace
 */
public record Template(
    String name,
    Version version,
    List<TemplateRef> requires,
    List<TemplateFile> files,
    List<TemplateLib> libs,
    SortedMap<String, String> links,
    List<TemplateDirectory> directories,
    Level level,
    SortedMap<String, String> waive,
    List<List<String>> trace,
    Execution execution) {
  private static final Comparator<TemplateFile> BY_PATH =
      Comparator.comparing(TemplateFile::path).thenComparing(TemplateFile::source);
  private static final Comparator<TemplateLib> BY_NAME =
      Comparator.comparing(TemplateLib::name)
          .thenComparing(TemplateLib::path, Comparator.nullsFirst(Comparator.naturalOrder()));

  public Template {
    requires = List.copyOf(requires);
    files = files.stream().sorted(BY_PATH).toList();
    libs = libs.stream().sorted(BY_NAME).toList();
    links = sorted(links);
    directories = directories.stream().sorted().toList();
    waive = sorted(waive);
    trace = trace.stream().map(List::copyOf).toList();
  }

  /** One that waives nothing, and is run by nobody to show it. */
  public Template(
      String name,
      Version version,
      List<TemplateRef> requires,
      List<TemplateFile> files,
      List<TemplateLib> libs,
      SortedMap<String, String> links,
      List<TemplateDirectory> directories,
      Level level,
      Execution execution) {
    this(
        name,
        version,
        requires,
        files,
        libs,
        links,
        directories,
        level,
        new TreeMap<>(),
        List.of(),
        execution);
  }

  static SortedMap<String, String> sorted(Map<String, String> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }

  /** Whether every file and library has path, digest and mode. */
  public boolean isResolved() {
    return files.stream().allMatch(file -> file.digest() != null && file.mode() != null)
        && libs.stream()
            .allMatch(lib -> lib.path() != null && lib.digest() != null && lib.mode() != null);
  }

  /** The same template with other contents. */
  public Template with(
      List<TemplateFile> newFiles,
      List<TemplateLib> newLibs,
      Map<String, String> newLinks,
      List<TemplateDirectory> newDirectories) {
    return new Template(
        name,
        version,
        requires,
        newFiles,
        newLibs,
        sorted(newLinks),
        newDirectories,
        level,
        waive,
        trace,
        execution);
  }

  /** The same template with other reasons for what is left out. */
  public Template waiving(Map<String, String> reasons) {
    return new Template(
        name,
        version,
        requires,
        files,
        libs,
        links,
        directories,
        level,
        sorted(reasons),
        trace,
        execution);
  }

  /** {@code name@version}. */
  public String id() {
    return name + "@" + version;
  }
}
