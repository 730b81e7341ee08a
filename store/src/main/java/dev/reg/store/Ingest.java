package dev.reg.store;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A batch of new objects: nothing of it is in the repository before {@link #commit}, everything
 * after. May be used by several threads at once; closing it without a commit leaves nothing.
 *
 * <p>A commit that fails half-way (no space for a name) can leave whole, verified objects that
 * nobody refers to; it never leaves a broken one.
 */
public final class Ingest implements AutoCloseable {
  private final Staging staging;
  private final String tried;

  Ingest(Repository repository) throws IOException, RegException {
    this.tried = "cannot store objects in " + repository.layout().objects();
    try {
      this.staging = repository.stage();
    } catch (IOException e) {
      throw Failures.orExhausted(e, tried);
    }
  }

  /**
   * Reads a content to its end. An object that exists already, in the repository or in this batch,
   * is no error.
   *
   * @param mode the file's mode; all but the permission bits is dropped
   * @param expected throws INVALID unless the content has this digest
   * @throws RegException EXHAUSTED when the disk or a quota is full
   */
  public ObjectId add(InputStream content, int mode, @Nullable Digest expected)
      throws IOException, RegException {
    try {
      Staging.Written written = staging.write(content);
      if (expected != null && !expected.equals(written.digest())) {
        staging.drop(written);
        throw new RegException(
            ErrorKind.INVALID,
            "cannot take a file into the repository: its digest is "
                + written.digest()
                + ", expected was "
                + expected);
      }
      ObjectId object = ObjectId.of(written.digest(), mode);
      staging.stage(written, object, 0);
      return object;
    } catch (IOException e) {
      throw Failures.orExhausted(e, tried);
    }
  }

  /** Whether the object is in this batch and not committed yet. */
  public boolean has(ObjectId object) {
    return staging.has(object);
  }

  /** Where an object's content can be read: one of this batch, until it ends, or a stored one. */
  public Path file(ObjectId object) {
    return staging.file(object);
  }

  /**
   * Makes the batch durable and visible. When it returns, the objects survive a power cut.
   *
   * @throws RegException EXHAUSTED when the disk is full; CORRUPTED when the repository has an
   *     object under one of the names that cannot have that content
   */
  public void commit() throws IOException, RegException {
    try {
      staging.commit();
    } catch (IOException e) {
      throw Failures.orExhausted(e, tried);
    }
  }

  /** Removes what was not committed. */
  @Override
  public void close() throws IOException {
    staging.close();
  }
}
