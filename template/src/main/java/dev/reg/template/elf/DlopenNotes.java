package dev.reg.template.elf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The notes in which a program says what it may dlopen: owner "FDO", type 0x407c0c0a, a JSON array
 * of objects with soname (an array), feature, description and priority.
 */
final class DlopenNotes {
  private static final long TYPE = 0x407c0c0aL;
  private static final int MAX_NOTES = 4_096;
  private static final int MAX_JSON = 64 * 1024;
  private static final int MAX_ENTRIES = 1_024;

  private DlopenNotes() {}

  /** Reads one PT_NOTE segment; its notes are aligned to 4 bytes in both classes. */
  static List<ElfFile.Dlopen> read(ElfBytes in, long start, long size) throws IOException {
    if (start < 0 || size < 0 || start > in.size() || size > in.size() - start) {
      throw new ElfException("its notes lie outside the file");
    }
    List<ElfFile.Dlopen> found = new ArrayList<>();
    long at = start;
    long end = start + size;
    for (int i = 0; i < MAX_NOTES && end - at >= 12; i++) {
      long nameSize = in.u32(at);
      long size1 = in.u32(at + 4);
      long content = at + 12 + align(nameSize);
      if (content > end || size1 > end - content) {
        // Padding of some linkers looks like a note; the loader stops here too.
        return found;
      }
      if (in.u32(at + 8) == TYPE && nameSize == 4 && in.text(at + 12, at + 16).equals("FDO")) {
        found.addAll(json(in, content, size1));
      }
      at = content + align(size1);
    }
    return found;
  }

  private static long align(long size) {
    return (size + 3) & ~3L;
  }

  private static List<ElfFile.Dlopen> json(ElfBytes in, long offset, long size) throws IOException {
    if (size > MAX_JSON) {
      throw new ElfException("its dlopen note has " + size + " bytes, more than " + MAX_JSON);
    }
    byte[] document = in.bytes(offset, (int) size);
    int length = document.length;
    while (length > 0 && document[length - 1] == 0) {
      length--;
    }
    List<ElfFile.Dlopen> entries = new ArrayList<>();
    try (JsonParser json =
        new JsonFactory().createParser(ObjectReadContext.empty(), document, 0, length)) {
      expect(json.nextToken() == JsonToken.START_ARRAY);
      while (json.nextToken() == JsonToken.START_OBJECT) {
        expect(entries.size() < MAX_ENTRIES);
        entries.add(entry(json));
      }
      expect(json.currentToken() == JsonToken.END_ARRAY);
    } catch (JacksonException e) {
      throw new ElfException("its dlopen note is not JSON");
    }
    return entries;
  }

  private static ElfFile.Dlopen entry(JsonParser json) throws IOException {
    List<String> sonames = new ArrayList<>();
    String priority = "recommended";
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      JsonToken token = json.nextToken();
      if (name.equals("soname")) {
        expect(token == JsonToken.START_ARRAY);
        while (json.nextToken() == JsonToken.VALUE_STRING) {
          sonames.add(json.getString());
        }
        expect(json.currentToken() == JsonToken.END_ARRAY);
      } else if (name.equals("priority")) {
        expect(token == JsonToken.VALUE_STRING);
        priority = json.getString();
      } else {
        json.skipChildren();
      }
    }
    expect(json.currentToken() == JsonToken.END_OBJECT);
    return new ElfFile.Dlopen(sonames, priority);
  }

  private static void expect(boolean met) throws ElfException {
    if (!met) {
      throw new ElfException("its dlopen note is not as its specification has it");
    }
  }
}
