package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.DirectoryEntry;
import dev.reg.linux.Fd;
import dev.reg.linux.FileStatus;
import dev.reg.linux.Open;
import dev.reg.template.Source;
import dev.reg.template.Sources;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * What lies beside a template file that the caller named. The client opens everything, with the
 * caller's rights; links on the way are refused, because who wrote the template need not be who
 * builds it.
 */
final class ClientSources implements Sources {
  private final Caller caller;
  private final String directory;
  private final Set<String> checked = new HashSet<>();

  /** {@code directory} as the client sees it, ending in a slash. */
  ClientSources(Caller caller, String directory) {
    this.caller = caller;
    this.directory = directory;
  }

  @Override
  public Source open(String name) throws IOException, RegException {
    for (int slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
      checkDirectory(name.substring(0, slash));
    }
    String path = directory + name;
    try (Fd place = caller.open(path, Open.O_PATH | Open.O_NOFOLLOW, 0)) {
      FileStatus status = Descriptors.status(place);
      if (status.isSymbolicLink()) {
        return new Source.Link(Descriptors.readLinkAt(place, ""));
      }
      if (status.isDirectory()) {
        return new Source.Directory(
            caller.list(path).stream().map(DirectoryEntry::name).sorted().toList());
      }
      if (!status.isRegular()) {
        throw invalid(path, "it is neither a file nor a directory nor a link");
      }
      return file(path, status);
    }
  }

  private Source file(String path, FileStatus expected) throws IOException, RegException {
    Fd fd = caller.open(path, Open.O_RDONLY | Open.O_NOFOLLOW | Open.O_NONBLOCK, 0);
    try {
      FileStatus status = Descriptors.status(fd);
      if (status.inode() != expected.inode() || !status.isRegular()) {
        throw invalid(path, "it changed while it was opened");
      }
      return new Source.File(Descriptors.inputStream(fd), status.permissions());
    } catch (RegException | IOException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private void checkDirectory(String name) throws IOException, RegException {
    if (!checked.add(name)) {
      return;
    }
    String path = directory + name;
    try (Fd fd = caller.open(path, Open.O_PATH | Open.O_NOFOLLOW, 0)) {
      if (!Descriptors.status(fd).isDirectory()) {
        throw invalid(path, "it is no directory");
      }
    }
  }

  private static RegException invalid(String path, String why) {
    return new RegException(ErrorKind.INVALID, "cannot use the source " + path + ": " + why);
  }
}
