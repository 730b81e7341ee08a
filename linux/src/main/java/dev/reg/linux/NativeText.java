package dev.reg.linux;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Strings of the kernel (paths, arguments, variables) as Java strings and back without loss. They
 * are bytes, nearly always UTF-8: a byte that is not part of valid UTF-8 becomes the lone surrogate
 * U+DC00 + byte, as in Python's PEP 383, and turns back into that byte.
 */
public final class NativeText {
  private static final int ESCAPE = 0xDC00;

  private NativeText() {}

  /** The bytes of a string, without a terminating NUL. */
  public static byte[] encode(String s) {
    for (int i = 0; i < s.length(); i++) {
      if (Character.isSurrogate(s.charAt(i))) {
        return encodeSurrogates(s);
      }
    }
    return s.getBytes(StandardCharsets.UTF_8);
  }

  /** As {@link #encode}; a NUL inside, which would cut the string short, is refused. */
  static byte[] encodePath(String s) {
    if (s.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a string for the kernel contains a NUL");
    }
    return encode(s);
  }

  public static String decode(byte[] bytes) {
    return decode(bytes, 0, bytes.length);
  }

  /** The string of {@code length} bytes from {@code offset}. */
  public static String decode(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (bytes[i] < 0) {
        return decodeUtf8(bytes, offset, length);
      }
    }
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }

  private static byte[] encodeSurrogates(String s) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(s.length() + 16);
    for (int i = 0; i < s.length(); ) {
      int c = s.codePointAt(i);
      i += Character.charCount(c);
      if (c >= ESCAPE + 0x80 && c <= ESCAPE + 0xFF) {
        out.write(c - ESCAPE);
      } else {
        out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    return out.toByteArray();
  }

  private static String decodeUtf8(byte[] bytes, int offset, int length) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, length);
    CharBuffer out = CharBuffer.allocate(length + 1);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (result.isUnderflow()) {
        return out.flip().toString();
      }
      if (result.isOverflow()) {
        throw new IllegalStateException("more characters than bytes");
      }
      for (int i = 0; i < result.length(); i++) {
        out.put((char) (ESCAPE + (in.get() & 0xFF)));
      }
      decoder.reset();
    }
  }

  /** Whether the bytes are valid UTF-8, so that they may go into YAML or JSON as they are. */
  public static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
