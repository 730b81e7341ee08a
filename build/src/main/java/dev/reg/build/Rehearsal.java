package dev.reg.build;

import dev.reg.error.RegException;
import dev.reg.linux.Processes;
import dev.reg.store.Digest;
import dev.reg.template.provenance.Provenance.Distribution;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Builds one template of a package that is made for it, and tries to fetch packages from where
 * there are none: what runs by that is in the AOT cache, which builders have in common with the
 * engine.
 */
public final class Rehearsal {
  private static final String CONTROL =
      """
      Package: rehearsal
      Version: 1.0-1
      Architecture: amd64
      Maintainer: Nobody <nobody@example.org>
      Description: nothing
      """;
  private static final String RECIPE =
      """
      name: rehearsal
      version: {package: rehearsal}
      level: none
      packages: [rehearsal]
      include:
        bins: [/usr/bin/*]
        data: ['/usr/share/rehearsal/**']
      exclude: ['/usr/share/rehearsal/no*']
      links: {/usr/bin/link: program}
      concat: [{path: /etc/all, from: /usr/share/rehearsal/*}]
      text: [{path: /etc/text, content: text}]
      environment: {LANG: C.UTF-8}
      command: [program]
      post:
        command: [program]
        environment: {A: b}
        output: /out
      """;

  private final Path place;
  private final PrintStream err;

  private Rehearsal(Path place, PrintStream err) {
    this.place = place;
    this.err = err;
  }

  /**
   * Does it in this process. A failure is only told: then there is less in the cache.
   *
   * @param place an empty directory
   * @param program an ELF file to put into the package
   */
  public static void run(Path place, Path program, PrintStream err) throws IOException {
    new Rehearsal(place, err).run(program);
  }

  private void run(Path program) throws IOException {
    Path recipe = Files.writeString(place.resolve("rehearsal.yaml"), RECIPE);
    String packages = Files.createDirectory(place.resolve("packages")).toString();
    try {
      write(Path.of(packages), program);
    } catch (RegException e) {
      throw new IOException("the package that was made cannot be read", e);
    }
    String out = place.resolve("out").toString();
    InputStream before = System.in;
    // What the builder waits for.
    System.setIn(new ByteArrayInputStream(new byte[] {'\n'}));
    try {
      BuilderMain.run(
          List.of("--recipe", recipe.toString(), "--from", packages, "--out", out), err);
    } finally {
      System.setIn(before);
    }
    fetchFromNowhere(recipe);
  }

  private void fetchFromNowhere(Path recipe) throws IOException {
    FetchedFrom nowhere =
        new FetchedFrom("rehearsal", "file:" + place.resolve("nothing"), null, false);
    try (PackageFetch fetch =
        PackageFetch.begin(
            place.resolve("apt"), nowhere, Processes.userId(), () -> {}, err::println)) {
      List<String> options = new ArrayList<>(List.of("--recipe", recipe.toString(), "--fetch"));
      options.add(Files.createDirectory(place.resolve("fetched")).toString());
      options.addAll(fetch.arguments());
      BuilderMain.run(options, err);
    } catch (RegException e) {
      err.println(e.line());
    }
  }

  private void write(Path directory, Path program) throws IOException, RegException {
    Path archives = Files.createDirectory(place.resolve("archives"));
    Path archive = archives.resolve("rehearsal_1.0-1_amd64.deb");
    try (ArArchiveOutputStream out = new ArArchiveOutputStream(Files.newOutputStream(archive))) {
      add(out, "debian-binary", "2.0\n".getBytes(StandardCharsets.US_ASCII));
      add(out, "control.tar", tar(Map.of("./control", CONTROL.getBytes(StandardCharsets.UTF_8))));
      byte[] text = "text\n".getBytes(StandardCharsets.UTF_8);
      add(
          out,
          "data.tar",
          tar(
              Map.of(
                  "./usr/bin/program", Files.readAllBytes(program),
                  "./usr/share/rehearsal/data", text,
                  "./usr/share/doc/rehearsal/copyright", text)));
    }
    DebianPackage one =
        new DebianPackage(
            "rehearsal",
            "1.0-1",
            "amd64",
            String.valueOf(archive.getFileName()),
            Files.size(archive),
            Digest.of(archive).hex());
    PackageDirectory.fill(
        directory, new Distribution("debian", "rehearsal"), one.line(), place, "archives");
  }

  private static void add(ArArchiveOutputStream out, String name, byte[] content)
      throws IOException {
    out.putArchiveEntry(new ArArchiveEntry(name, content.length));
    out.write(content);
    out.closeArchiveEntry();
  }

  private static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
        entry.setSize(file.getValue().length);
        entry.setMode(0755);
        out.putArchiveEntry(entry);
        out.write(file.getValue());
        out.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }
}
