package dev.reg.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.template.elf.ElfFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Libraries as the paper's Figure 6 lists them, with a program of this host. */
class CompletionTest {
  private static final String LIB = LibraryIndex.defaultPath("");
  private static final Path PROGRAM = Path.of("/usr/bin/true");

  @TempDir Path directory;
  private RepositoryFixture fixture;
  private String interpreter = "";
  private final List<String> notes = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    fixture = new RepositoryFixture(directory);
    assumeTrue(Files.isRegularFile(PROGRAM), PROGRAM + " is needed");
    String found = ElfFile.read(PROGRAM).interpreter();
    assumeTrue(found != null, PROGRAM + " has an interpreter");
    interpreter = String.valueOf(found);
    Files.copy(PROGRAM, fixture.sources.resolve("tool"));
    fixture.source("loader", "loader");
    fixture.source("libc.so.6", "libc");
  }

  private String loader() {
    return LIB + interpreter.substring(interpreter.lastIndexOf('/') + 1);
  }

  private String link() {
    return interpreter.startsWith("/usr/") ? interpreter : "/usr" + interpreter;
  }

  private void addBase() throws Exception {
    String link = link().equals(loader()) ? "" : "links: {%s: %s}\n".formatted(link(), loader());
    fixture.add(
        "name: base\nversion: 1\nfiles: {loader: %s}\nlibs: [libc@6]\n".formatted(loader()) + link);
    Files.delete(fixture.sources.resolve("libc.so.6"));
  }

  private Template add(String yaml) throws Exception {
    Head head =
        fixture.templates.add(
            fixture.parse(yaml), new DirectorySources(fixture.sources), false, notes::add);
    return fixture.templates.load(head);
  }

  @Test
  void bringsTheInterpreterThatNobodyLists() throws Exception {
    addBase();
    Template tool = add("name: tool\nversion: 1\nfiles: {tool: /bin/tool}\nlibs: [libc@6]\n");
    assertThat(notes).isEmpty();
    assertThat(tool.libs())
        .extracting(TemplateLib::path)
        .containsExactlyInAnyOrder(LIB + "libc.so.6", loader());
    if (!link().equals(loader())) {
      assertThat(tool.links()).containsEntry(link(), loader());
    }
  }

  @Test
  void leavesToARequiredTemplateWhatThatHas() throws Exception {
    addBase();
    Template tool =
        add(
            """
            name: tool
            version: 1
            requires: [base]
            files: {tool: /bin/tool}
            libs: [libc@6]
            """);
    assertThat(tool.libs()).extracting(TemplateLib::path).containsExactly(LIB + "libc.so.6");
    assertThat(tool.links()).isEmpty();
    assertThat(fixture.resolve("tool").tree().entries()).isNotEmpty();
  }

  @Test
  void saysWhatNothingProvides() throws Exception {
    Template tool = add("name: tool\nversion: 1\nfiles: {tool: /bin/tool}\nlibs: [libc@6]\n");
    assertThat(tool.libs()).hasSize(1);
    assertThat(notes)
        .singleElement()
        .asString()
        .contains("tool@1", "'/usr/bin/tool'", interpreter.replaceAll(".*/", ""));
  }

  @Test
  void changesNothingWhereEveryLibraryHasAPath() throws Exception {
    addBase();
    fixture.source("libx.so.1", "x");
    Template tool =
        add(
            """
            name: tool
            version: 1
            files: {tool: /bin/tool}
            libs: [libx@1: {path: /usr/lib/libx.so.1}]
            """);
    assertThat(tool.libs()).hasSize(1);
    assertThat(notes).isEmpty();
  }
}
