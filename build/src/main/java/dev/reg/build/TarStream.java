package dev.reg.build;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A tar archive with names in UTF-8. The library puts a question mark in place of what is none,
 * with which two names may be one; here that is an IOException.
 */
final class TarStream extends TarArchiveInputStream {
  private static final char REPLACEMENT = '?';

  private byte[] header = new byte[0];

  TarStream(InputStream stream) {
    super(stream, "UTF-8");
  }

  @Override
  protected byte[] readRecord() throws IOException {
    byte[] record = super.readRecord();
    header = record == null ? new byte[0] : record.clone();
    return record;
  }

  @Override
  public TarArchiveEntry getNextEntry() throws IOException {
    TarArchiveEntry entry = super.getNextEntry();
    // A name that another header gave has no question mark for what was cut off in this one.
    if (entry != null
        && ((isReplaced(entry.getName()) && !(isUtf8(0, 100) && isUtf8(345, 155)))
            || (isReplaced(entry.getLinkName()) && !isUtf8(157, 100)))) {
      throw new IOException("the name " + Text.quote(entry.getName()) + " is not UTF-8");
    }
    return entry;
  }

  private static boolean isReplaced(String name) {
    return name.indexOf(REPLACEMENT) >= 0;
  }

  /** A field of the last header, which ends with a NUL or is full. */
  private boolean isUtf8(int start, int length) {
    int from = Math.min(start, header.length);
    int end = from;
    while (end < Math.min(start + length, header.length) && header[end] != 0) {
      end++;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header, from, end - from));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
