package dev.reg.build;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Archives as bytes, with whatever in the fields of a header (POSIX pax, "ustar Interchange"). */
final class RawTar {
  private static final int BLOCK = 512;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  RawTar file(String name, String content) {
    return entry(name, '0', octal(content.length()), "", latin(content));
  }

  /**
   * @param size what the header has for a size, 12 bytes or fewer
   * @param content what follows, whatever the header says
   */
  RawTar entry(String name, char type, byte[] size, String link, byte[] content) {
    byte[] header = new byte[BLOCK];
    put(header, 0, latin(name));
    put(header, 100, latin("0000755\0"));
    put(header, 108, latin("0000000\0"));
    put(header, 116, latin("0000000\0"));
    put(header, 124, size);
    put(header, 136, latin("00000000000\0"));
    header[156] = (byte) type;
    put(header, 157, latin(link));
    put(header, 257, latin("ustar\00000"));
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, latin("%06o\0 ".formatted(sum)));
    out.writeBytes(header);
    out.writeBytes(content);
    out.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
    return this;
  }

  /** A header of more fields for the next entry, {@code key=value} with the length before it. */
  RawTar pax(String... records) {
    StringBuilder text = new StringBuilder();
    for (String record : records) {
      int length = record.length() + 2;
      int digits = Integer.toString(length).length();
      digits = Integer.toString(length + digits).length();
      text.append(length + digits).append(' ').append(record).append('\n');
    }
    byte[] content = latin(text.toString());
    return entry("pax", 'x', octal(content.length), "", content);
  }

  private static void put(byte[] header, int at, byte[] field) {
    System.arraycopy(field, 0, header, at, field.length);
  }

  static byte[] octal(long size) {
    return latin("%011o\0".formatted(size));
  }

  /** GNU's form for what is too large for octal digits, and for what is negative. */
  static byte[] binary(long size) {
    byte[] field = new byte[12];
    Arrays.fill(field, (byte) (size < 0 ? 0xff : 0));
    field[0] = (byte) (size < 0 ? 0xff : 0x80);
    for (int i = 0; i < 8; i++) {
      field[11 - i] = (byte) (size >> (8 * i));
    }
    return field;
  }

  byte[] bytes() {
    byte[] whole = Arrays.copyOf(out.toByteArray(), out.size() + 2 * BLOCK);
    return whole;
  }
}
