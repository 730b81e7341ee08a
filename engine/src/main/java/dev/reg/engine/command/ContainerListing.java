package dev.reg.engine.command;

import dev.reg.engine.building.LoaderListing;
import dev.reg.engine.container.Spec;
import dev.reg.engine.container.StartInput;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.NativeText;
import dev.reg.linux.Open;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.elf.LoaderOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs {@code reg-lister} as nobody in a container of the template. */
final class ContainerListing implements LoaderListing {
  private static final String PLACE = "/mnt/reg-lister";

  /** The lister's own bound on what it and the loaders write, in bytes. */
  private static final int LARGEST = 64 << 20;

  private static final Spec.User NOBODY = new Spec.User(65534, 65534, "/nonexistent");

  private final BuildContainers containers;
  private final Path program;

  /**
   * @param program {@code libexec/reg-lister} of the installation
   */
  ContainerListing(BuildContainers containers, Path program) {
    this.containers = containers;
    this.program = program;
  }

  @Override
  public Map<String, LoaderOutput> ask(Head template, Closure closure, List<Question> questions)
      throws IOException, RegException {
    if (questions.isEmpty()) {
      return Map.of();
    }
    StringBuilder list = new StringBuilder();
    questions.forEach(q -> list.append(q.loader()).append('\0').append(q.file()).append('\0'));
    try (Fd lister = Descriptors.open(program, Open.O_RDONLY, 0);
        Fd in = Descriptors.memfd("questions", list.toString().getBytes(StandardCharsets.UTF_8));
        Fd out = Descriptors.memfd("answers", new byte[0])) {
      BuildContainers.Job job =
          new BuildContainers.Job(
              template,
              closure,
              "asking its loader with",
              List.of(PLACE),
              Map.of(),
              NOBODY,
              List.of(new Spec.Volume(program.toString(), PLACE, true)),
              new StartInput(new StartInput.Streams(in, out, out, null), null, List.of(lister)),
              BuildContainers.PATIENCE);
      containers.run(job, upper -> {});
      return answers(template, questions, read(out));
    }
  }

  private static List<String> read(Fd out) throws IOException {
    // From its beginning, whatever the offset is that the writers left.
    try (Fd again = Descriptors.open("/proc/self/fd/" + out.number(), Open.O_RDONLY, 0)) {
      return NativeText.decode(Descriptors.readAll(again, LARGEST)).lines().toList();
    }
  }

  /** In the order of the questions, each between a line "=FILE" and a line "?STATUS". */
  private static Map<String, LoaderOutput> answers(
      Head template, List<Question> questions, List<String> lines) throws RegException {
    TreeMap<String, LoaderOutput> answers = new TreeMap<>();
    int at = 0;
    for (Question question : questions) {
      if (at >= lines.size() || !lines.get(at).equals("=" + question.file())) {
        throw cutShort(template, question);
      }
      List<String> said = new ArrayList<>();
      at++;
      while (at < lines.size() && !lines.get(at).matches("\\?[0-9]{1,3}")) {
        said.add(lines.get(at++));
      }
      if (at == lines.size()) {
        throw cutShort(template, question);
      }
      int status = Integer.parseInt(lines.get(at++).substring(1));
      answers.put(question.file(), LoaderOutput.parse(status, said));
    }
    return answers;
  }

  private static RegException cutShort(Head template, Question question) {
    return new RegException(
        ErrorKind.INVALID,
        "cannot finish "
            + template.id()
            + ": its loader's answer about "
            + question.file()
            + " is cut short");
  }
}
