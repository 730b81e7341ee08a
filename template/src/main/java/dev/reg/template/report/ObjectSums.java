package dev.reg.template.report;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.store.Digest;
import dev.reg.store.ObjectId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Of objects in the repository: each is shown to be what was stored while it is read. */
public final class ObjectSums implements Spdx.Sums {
  private final Function<ObjectId, Path> objects;

  /**
   * Sums that are still to be taken.
   *
   * @param objects where the content of each object is
   */
  public ObjectSums(Function<ObjectId, Path> objects) {
    this.objects = objects;
  }

  @Override
  public String sha1(ObjectId object) throws IOException, RegException {
    MessageDigest sum = Spdx.sha1();
    try (DigestInputStream in =
        new DigestInputStream(Files.newInputStream(objects.apply(object)), sum)) {
      if (!Digest.of(in).equals(object.digest())) {
        throw damaged(object, "has another content now", null);
      }
    } catch (NoSuchFileException e) {
      throw damaged(object, "is missing", e);
    }
    return HexFormat.of().formatHex(sum.digest());
  }

  private static RegException damaged(ObjectId object, String what, @Nullable Throwable cause) {
    return new RegException(
        ErrorKind.CORRUPTED,
        "cannot take the sum of a file: the object "
            + object.digest()
            + " "
            + what
            + "; 'reg template verify' names the files that are damaged",
        cause);
  }
}
