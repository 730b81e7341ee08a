package dev.reg.system;

import dev.reg.store.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A container image made of busybox and tar.
 *
 * @param folder where it is made; one image each
 * @param busybox the static program
 */
record MadeImage(Path folder, Path busybox) {
  static final String MACHINE =
      System.getProperty("os.arch").equals("aarch64") ? "arm64" : System.getProperty("os.arch");

  /** A copy of that of the template, beside no engine. */
  static Path ofTheTemplate() throws IOException {
    try (Reg reg = Fixture.small()) {
      reg.run("generate", "--name", "source", "-t", "busybox").succeeded();
      try (DirectoryStream<Path> found =
          Files.newDirectoryStream(reg.root.resolve("environments"))) {
        Path program = found.iterator().next().resolve("usr/bin/busybox");
        return Files.copy(program, Fixture.project().resolve("busybox"));
      }
    }
  }

  void shell(String script) throws IOException {
    Fixture.execute("sh", "-ec", "cd '" + folder + "'; " + script);
  }

  /** Two layers: a system with a shell, and a program that reads a file beside it. */
  private String config() throws IOException {
    shell(
        "mkdir -p a/bin a/etc b/srv/data b/var/lib/mine; cp '"
            + busybox
            + "' a/bin/busybox; ln -s busybox a/bin/sh; ln -s /bin/busybox a/bin/cat;"
            + " ln -s busybox a/bin/test; echo old >a/etc/old; echo one >a/etc/one;"
            + " printf '%s\\n' '#!/bin/sh' 'cat /srv/data/greeting /srv/same; echo $A $1'"
            + " 'test -e /etc/old || echo gone; id -u; echo x >/var/lib/mine/f' >b/srv/run;"
            + " chmod 755 b/srv/run; echo hello >b/srv/data/greeting; mkdir b/etc;"
            + " touch b/etc/.wh.old; ln b/srv/data/greeting b/srv/same;"
            + " ln -s busybox a/bin/id;"
            + " tar -C a -cf a.tar .; tar -C b --owner=901 -cf b.tar .");
    return """
           {"os": "linux", "architecture": "%s", "config": {"Entrypoint": ["/srv/run"],
            "Cmd": ["word"], "Env": ["A=b"], "User": "901"},
            "rootfs": {"type": "layers", "diff_ids": ["%s", "%s"]}}
           """
        .formatted(MACHINE, Digest.of(folder.resolve("a.tar")), Digest.of(folder.resolve("b.tar")));
  }

  /** As docker save writes it. */
  Path docker() throws IOException {
    String config = config();
    Path archive = folder.resolve("image");
    Files.createDirectory(archive);
    String id = Digest.of(config.getBytes(StandardCharsets.UTF_8)).hex();
    Files.writeString(archive.resolve(id + ".json"), config);
    Files.writeString(
        archive.resolve("manifest.json"),
        """
        [{"Config": "%s.json", "RepoTags": ["example/app:1.2"], "Layers": ["a.tar", "b.tar"]}]
        """
            .formatted(id));
    shell("cp a.tar b.tar image; tar -C image -cf image.tar .");
    return folder.resolve("image.tar");
  }

  Path layout() throws IOException {
    String config = config();
    shell("gzip -9 a.tar b.tar; mkdir -p layout/blobs/sha256");
    Files.writeString(folder.resolve("config"), config);
    String manifest =
        """
        {"schemaVersion": 2, "config": %s, "layers": [%s, %s]}
        """
            .formatted(blob("config"), blob("a.tar.gz"), blob("b.tar.gz"));
    Files.writeString(folder.resolve("manifest"), manifest);
    Files.writeString(
        folder.resolve("layout/index.json"),
        """
        {"schemaVersion": 2, "manifests": [%s]}
        """
            .formatted(
                blob("manifest")
                    .replace(
                        "}",
                        ", \"annotations\": {\"org.opencontainers.image.ref.name\": \"app:1.2\"}}")));
    Files.writeString(folder.resolve("layout/oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}");
    return folder.resolve("layout");
  }

  String blob(String file) throws IOException {
    Digest digest = Digest.of(folder.resolve(file));
    shell("cp " + file + " layout/blobs/sha256/" + digest.hex());
    return "{\"digest\": \"%s\", \"size\": %d}".formatted(digest, Files.size(folder.resolve(file)));
  }
}
