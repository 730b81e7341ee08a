package dev.reg.build;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Fd;
import dev.reg.template.provenance.Provenance.Distribution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Packages being fetched, as the one sees it who starts the process that does. That one speaks to
 * strangers and reads what they send: it is a user of its own, it cannot write what says where
 * packages come from and whose keys are trusted, and what it leaves may be anything. It has the
 * private apt directory to itself until this is closed.
 */
public final class PackageFetch implements AutoCloseable {
  /** The file by which that process says what it has fetched. */
  public static final String LIST = PackageDirectory.LIST;

  private static final int LOOK_MS = 50;

  private final AptSetting setting;
  private final Fd lock;
  private final AptHost host;
  private final PackageSources sources;

  private PackageFetch(AptSetting setting, Fd lock, AptHost host, PackageSources sources) {
    this.setting = setting;
    this.lock = lock;
    this.host = host;
    this.sources = sources;
  }

  /** Throws when nobody is left who waits. */
  public interface Patience {
    void check() throws RegException;
  }

  /**
   * Takes the directory, waiting for another build, and writes apt's configuration there.
   *
   * @param apt the private apt directory
   * @param user the id of the process's user and group
   * @throws RegException FAILED_PRECONDITION or UNAVAILABLE when the host has no sources, no
   *     keyring or no apt; INVALID for sources that cannot be used
   */
  public static PackageFetch begin(
      Path apt, FetchedFrom from, int user, Patience patience, Consumer<String> progress)
      throws IOException, RegException {
    AptSetting setting = new AptSetting(apt);
    AptHost host = AptHost.ask();
    PackageSources sources = PackageSources.choose(host, from);
    Files.createDirectories(setting.root());
    Fd lock = take(setting.root(), patience, progress);
    try {
      setting.write(host, sources, user);
      return new PackageFetch(setting, lock, host, sources);
    } catch (IOException | RegException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static Fd take(Path root, Patience patience, Consumer<String> progress)
      throws IOException, RegException {
    boolean told = false;
    while (true) {
      Optional<Fd> lock = AptCache.lock(root);
      if (lock.isPresent()) {
        return lock.get();
      }
      if (!told) {
        progress.accept("waiting for another build");
        told = true;
      }
      patience.check();
      try {
        Thread.sleep(LOOK_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RegException(ErrorKind.UNAVAILABLE, "the build was interrupted", e);
      }
    }
  }

  /** What the process reads beside the host's programs: files and directories that are there. */
  public List<Path> readable() {
    List<Path> all = new ArrayList<>(List.of(setting.root()));
    all.addAll(host.local());
    all.addAll(sources.local());
    return all.stream().filter(Files::exists).distinct().toList();
  }

  /** The folders that are its own. */
  public List<Path> writable() {
    return setting.writable();
  }

  /** Its options for that. */
  public List<String> arguments() {
    return List.of("--apt", setting.root().toString());
  }

  /**
   * Copies what the process has fetched; it has ended.
   *
   * @param list its {@link #LIST}
   * @param packages an empty directory, for {@code --from} of the process that takes them apart
   * @throws RegException INVALID for a list of what is not there
   */
  public void hand(String list, Path packages) throws IOException, RegException {
    PackageDirectory.fill(
        packages,
        new Distribution("debian", sources.release()),
        list,
        setting.root(),
        AptSetting.ARCHIVES);
  }

  @Override
  public void close() {
    lock.close();
  }
}
