package dev.reg.build;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Writes archives that no honest program would. */
final class Tar {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream out = new TarArchiveOutputStream(bytes, "UTF-8");

  Tar() {
    out.setAddPaxHeadersForNonAsciiNames(true);
  }

  Tar directory(String path) throws IOException {
    return add(new TarArchiveEntry(path, TarConstants.LF_DIR, true), "");
  }

  Tar file(String path, int mode, String content) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path, TarConstants.LF_NORMAL, true);
    entry.setMode(mode);
    return add(entry, content);
  }

  Tar link(String path, String target) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path, TarConstants.LF_SYMLINK, true);
    entry.setLinkName(target);
    return add(entry, "");
  }

  Tar hardLink(String path, String target) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path, TarConstants.LF_LINK, true);
    entry.setLinkName(target);
    return add(entry, "");
  }

  Tar special(String path, byte type) throws IOException {
    return add(new TarArchiveEntry(path, type, true), "");
  }

  private Tar add(TarArchiveEntry entry, String content) throws IOException {
    byte[] body = content.getBytes(StandardCharsets.UTF_8);
    entry.setSize(body.length);
    entry.setModTime(0); // or two of the same would differ when a second has passed
    out.putArchiveEntry(entry);
    out.write(body);
    out.closeArchiveEntry();
    return this;
  }

  /** A directory, file or link of somebody else's. */
  Tar owned(String path, int mode, int user) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path, TarConstants.LF_DIR, true);
    entry.setMode(mode);
    entry.setUserId(user);
    return add(entry, "");
  }

  Tar file(String path, byte[] content) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(path, TarConstants.LF_NORMAL, true);
    entry.setMode(0644);
    entry.setSize(content.length);
    out.putArchiveEntry(entry);
    out.write(content);
    out.closeArchiveEntry();
    return this;
  }

  byte[] bytes() throws IOException {
    out.finish();
    return bytes.toByteArray();
  }
}
