package dev.reg.build;

/** The smallest thing that is a program: a header of ELF and nothing it describes, elf(5). */
final class TinyElf {
  /** ASCII, so that it can be a text: ELFCLASS64, ELFDATA2LSB, ET_EXEC, EM_X86_64. */
  static final String TEXT = header();

  private TinyElf() {}

  private static String header() {
    char[] header = new char[64];
    header[0] = 0x7f;
    header[1] = 'E';
    header[2] = 'L';
    header[3] = 'F';
    header[4] = 2;
    header[5] = 1;
    header[6] = 1;
    header[16] = 2;
    header[18] = 0x3e;
    header[20] = 1;
    header[52] = 64;
    header[54] = 56;
    return new String(header);
  }
}
