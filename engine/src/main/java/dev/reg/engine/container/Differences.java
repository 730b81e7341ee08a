package dev.reg.engine.container;

import dev.reg.linux.Descriptors;
import dev.reg.linux.Fd;
import dev.reg.linux.Open;
import dev.reg.linux.SyscallException;
import dev.reg.store.Environment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a container changed, less what Reg itself had put into its upper directory. */
final class Differences {
  private static final int DIRECTORY = Open.O_RDONLY | Open.O_DIRECTORY | Open.O_NOFOLLOW;

  /** Longer ones are none of ours. */
  private static final int LARGEST = 1 << 20;

  private final Spec spec;
  private final String hosts;
  private final List<Fd> lowers;

  private Differences(Spec spec, String hosts, List<Fd> lowers) {
    this.spec = spec;
    this.hosts = hosts;
    this.lowers = lowers;
  }

  /** Lines as {@code docker diff} has them. */
  static List<String> of(Spec spec, Host host, Environment environment) throws IOException {
    var base = host.base().current();
    try (Fd upper = directory(host.layout().containerUpper(spec.id()));
        Fd own = directory(environment.root());
        Fd common = directory(base.directory())) {
      List<Fd> lowers = List.of(own, common);
      Differences differences = new Differences(spec, base.hostsFor(spec.hostname()), lowers);
      return Changes.of(upper, lowers, differences::isOurs).stream()
          .map(Changes.Change::toString)
          .toList();
    }
  }

  private static Fd directory(Path path) throws SyscallException {
    return Descriptors.open(path, DIRECTORY, 0);
  }

  private boolean isOurs(String path, Fd file) {
    try {
      return switch (path) {
        case "/etc/hostname" -> text(file).equals(spec.hostname() + "\n");
        case "/etc/hosts" -> text(file).equals(hosts);
        case "/etc/passwd" -> spec.isConfined() && addsOnly(path, file, Set.of(spec.user().uid()));
        case "/etc/group" -> spec.isConfined() && addsOnly(path, file, groups());
        // A user's home is made with the container.
        default -> spec.isConfined() && path.equals(spec.user().home());
      };
    } catch (IOException e) {
      return false; // too long, or it cannot be read: ours can
    }
  }

  private Set<Integer> groups() {
    Spec.User user = spec.user();
    return Stream.concat(Stream.of(user.gid()), user.groups().stream()).collect(Collectors.toSet());
  }

  /** Whether nothing but lines of these numbers (their third field) was added to the lower file. */
  private boolean addsOnly(String path, Fd file, Set<Integer> numbers) throws IOException {
    String text = text(file);
    String before = before(path);
    return text.startsWith(before)
        && Arrays.stream(text.substring(before.length()).split("\n", -1))
            .filter(line -> !line.isEmpty())
            .map(line -> line.split(":", -1))
            .allMatch(
                fields ->
                    fields.length > 2
                        && fields[2].matches("[0-9]{1,10}")
                        && numbers.contains((int) Long.parseLong(fields[2])));
  }

  private String before(String path) throws IOException {
    SyscallException failure = null;
    for (Fd lower : lowers) {
      try (Fd file = Descriptors.openBeneath(lower, path.substring(1), Open.O_RDONLY)) {
        return text(file);
      } catch (SyscallException e) {
        failure = e;
      }
    }
    throw failure == null ? new IOException("no lower layers") : failure;
  }

  private static String text(Fd file) throws IOException {
    return new String(Descriptors.readAll(file, LARGEST), StandardCharsets.ISO_8859_1);
  }
}
