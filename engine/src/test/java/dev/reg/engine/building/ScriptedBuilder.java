package dev.reg.engine.building;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;

/**
 * A builder in place of the real one: processes of their own whose recipe is a script. The one that
 * fetches says that there is nothing; of the other a line of the script is {@code await FILE},
 * {@code template TEXT}, {@code post TEXT}, {@code exit N}, {@code args} (prints how it was
 * called), or else printed.
 */
final class ScriptedBuilder implements AutoCloseable {
  private static final String SOURCE =
      """
      package dev.reg.build;
      import java.nio.file.*;
      public class BuilderMain {
        public static void main(String[] args) throws Exception {
          System.setErr(new java.io.PrintStream(System.err, true, "UTF-8"));
          java.util.List<String> options = java.util.List.of(args);
          java.util.List<String> script = Files.readAllLines(Path.of(args[1]));
          if (options.contains("--fetch")) {
            if (script.contains("args")) {
              System.err.println(String.join(" ", args));
            }
            for (String file : new String[] {"list", "requires"}) {
              Files.writeString(Path.of(options.get(options.indexOf("--fetch") + 1), file), "");
            }
            return;
          }
          Path out = Path.of(options.get(options.indexOf("--out") + 1));
          System.in.read();
          for (String line : script) {
            String[] words = line.split(" ", 2);
            switch (words[0]) {
              case "await" -> { while (!Files.exists(Path.of(words[1]))) Thread.sleep(5); }
              case "template" ->
                Files.writeString(out.resolve("template.yaml"), words[1].replace(';', '\\n'));
              case "post" -> Files.writeString(out.resolve("post.json"), words[1]);
              case "args" -> System.err.println(String.join(" ", args));
              case "exit" -> System.exit(Integer.parseInt(words[1]));
              default -> System.err.println(line);
            }
          }
        }
      }
      """;

  private final String classPath = System.getProperty("java.class.path");
  private final Path directory;

  ScriptedBuilder(Path directory) throws IOException {
    this.directory = directory;
    // The builder is another user.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path source = directory.resolve("BuilderMain.java");
    Files.writeString(source, SOURCE);
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", directory.toString(), source.toString());
    if (code != 0) {
      throw new IllegalStateException("the scripted builder does not compile");
    }
    System.setProperty("java.class.path", directory.toString());
  }

  Path script(String name, String... lines) throws IOException {
    return Files.write(directory.resolve(name + ".yaml"), List.of(lines));
  }

  @Override
  public void close() {
    System.setProperty("java.class.path", classPath);
  }

  /** Collects progress, and leaves when it is told to. */
  static final class Watcher implements BuildWatcher {
    final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private volatile boolean gone;

    @Override
    public void progress(String line) {
      if (!line.endsWith(": waiting for another build")) {
        lines.add(line);
      }
    }

    @Override
    public boolean isGone() {
      return gone;
    }

    void leave() {
      gone = true;
    }

    /** The next line; waits up to 30 s. */
    String next() throws InterruptedException {
      String line = lines.poll(30, TimeUnit.SECONDS);
      return line == null ? "nothing" : line;
    }
  }

  /** For templates that require none. */
  static final Builds.Requirements NO_REQUIREMENTS =
      (required, forWhom) -> {
        throw new IllegalStateException("requires " + required);
      };
}
