package dev.reg.build;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** Tells what went wrong on our disk from what is wrong with what is read. */
final class DiskErrors {
  private DiskErrors() {}

  /** No space, or no more of it for this user. */
  static boolean isFull(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left") || message.contains("quota exceeded");
  }

  /** Whether it is of the disk at all. */
  static boolean isOne(IOException e) {
    return e instanceof FileSystemException || isFull(e);
  }
}
