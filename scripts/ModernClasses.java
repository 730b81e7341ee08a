import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Gives a jar's classes of format below 50 (Java 5) the format 52 with stack maps, in place. The JVM keeps no such old class in
 * an AOT cache, and picocli's 165 would be loaded and verified at every start of the engine. The code stays as it is.
 */
final class ModernClasses {
  private static final int OLDEST_CACHED = 50;

  private ModernClasses() {}

  public static void main(String[] arguments) throws IOException {
    for (String jar : arguments) {
      Path modern = Path.of(jar + ".modern");
      if (rewrite(Path.of(jar), modern)) {
        Files.move(modern, Path.of(jar), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      } else {
        Files.delete(modern);
      }
    }
  }

  private static boolean rewrite(Path jar, Path modern) throws IOException {
    boolean changed = false;
    try (var from = new ZipFile(jar.toFile());
        var to = new ZipOutputStream(Files.newOutputStream(modern))) {
      var classFile =
          ClassFile.of(
              StackMapsOption.GENERATE_STACK_MAPS,
              ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(c -> open(from, c.descriptorString()))
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      for (ZipEntry entry : from.stream().toList()) {
        byte[] bytes = from.getInputStream(entry).readAllBytes();
        if (entry.getName().endsWith(".class") && major(bytes) < OLDEST_CACHED) {
          bytes = modern(classFile, bytes);
          changed = true;
        }
        var copy = new ZipEntry(entry.getName());
        copy.setTime(entry.getTime());
        to.putNextEntry(copy);
        to.write(bytes);
        to.closeEntry();
      }
    }
    return changed;
  }

  private static InputStream open(ZipFile jar, String descriptor) {
    ZipEntry entry = jar.getEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
    try {
      return entry == null ? null : new ByteArrayInputStream(jar.getInputStream(entry).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int major(byte[] classFile) {
    return (classFile[6] & 0xff) << 8 | (classFile[7] & 0xff);
  }

  private static byte[] modern(ClassFile classFile, byte[] old) {
    ClassTransform version =
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
          } else {
            builder.with(element);
          }
        };
    // Code that no transformation touches would be copied without its new stack maps.
    return classFile.transformClass(
        classFile.parse(old),
        version.andThen(ClassTransform.transformingMethodBodies((b, e) -> b.with(e))));
  }
}
