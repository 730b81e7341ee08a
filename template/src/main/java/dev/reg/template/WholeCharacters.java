package dev.reg.template;

import java.io.Reader;

/**
 * Text for the YAML parser, of which no read ends between the two halves of a character.
 * snakeyaml-engine 3.0.1 reads a missing half to behind the end of its buffer
 * (StreamReader.extendIfTrailingHighSurrogate), so that a text with such a character across a
 * multiple of its buffer's size could not be read.
 */
public final class WholeCharacters extends Reader {
  private final String text;
  private int next;

  public WholeCharacters(String text) {
    this.text = text;
  }

  @Override
  public int read(char[] buffer, int offset, int length) {
    int end = Math.min(text.length(), next + length);
    if (next == end) {
      return length == 0 ? 0 : -1;
    }
    // A single char cannot be held back: who asks for one gets a half.
    if (end < text.length() && end - next > 1 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    text.getChars(next, end, buffer, offset);
    int count = end - next;
    next = end;
    return count;
  }

  @Override
  public void close() {}
}
