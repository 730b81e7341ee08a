package dev.reg.template.elf;

import java.io.IOException;

/** A file that is not ELF, or not as the ELF specification has it. */
public final class ElfException extends IOException {
  private static final long serialVersionUID = 1L;

  public ElfException(String message) {
    super(message);
  }
}
