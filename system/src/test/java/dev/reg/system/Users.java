package dev.reg.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Users of the host who are not root; no account is made for them. */
final class Users {
  /** How many containers each may have. */
  static final int BOUND = 8;

  private final Reg engine;
  private final int group;

  /** A folder with the client, which is to be had by everybody wherever the installation is. */
  final Path client;

  private Users(Reg engine, int group, Path client) {
    this.engine = engine;
    this.group = group;
    this.client = client;
  }

  /** Admits a group to an engine that does not run yet. */
  static Users of(Reg engine, int group) throws IOException {
    Files.writeString(
        engine.root.resolve("engine.yaml"),
        "group: " + group + "\ncontainers-per-user: " + BOUND + "\n");
    open(Fixture.area());
    Path client = Files.createTempDirectory(Fixture.area(), "client-");
    open(client);
    Path bin = Files.createDirectory(client.resolve("bin"));
    Files.copy(Reg.installation().resolve("bin/reg"), bin.resolve("reg"));
    Path libexec = Files.createDirectory(client.resolve("libexec"));
    Files.copy(Reg.installation().resolve("libexec/reg-copier"), libexec.resolve("reg-copier"));
    open(libexec);
    open(libexec.resolve("reg-copier"));
    open(bin);
    open(bin.resolve("reg"));
    return new Users(engine, group, client);
  }

  /** The engine as this user sees it, in a project of their own. */
  Reg as(int uid) throws IOException {
    return engine.in(project(uid)).by(client, words(uid).toArray(String[]::new));
  }

  /** What makes a command this user's. */
  List<String> words(int uid) {
    String user = Integer.toString(uid);
    return List.of(
        "setpriv", "--reuid", user, "--regid", user, "--groups", Integer.toString(group));
  }

  /** A directory of this user's. */
  Path project(int uid) throws IOException {
    Path project = Fixture.project();
    Files.setAttribute(project, "unix:uid", uid);
    Files.setAttribute(project, "unix:gid", uid);
    return project;
  }

  static void open(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
