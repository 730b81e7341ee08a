package dev.reg.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A machine in software with Debian's kernel, version 2 control groups and systemd, for what the
 * host can't show. Its root is the host's own, read-only below a tmpfs: nothing is installed for
 * it, and nothing of it stays.
 */
final class VirtualMachine {
  private static final String QEMU = "/usr/bin/qemu-system-x86_64";
  private static final String MAKE_DISK = "/sbin/mkfs.ext4";
  private static final String SYSTEMD = "/lib/systemd/systemd";

  /** It takes a minute; a busy host's two processors many more. */
  private static final long PATIENCE_SECONDS = 1500;

  private static final String MEMORY_MB = "2048";

  /** In the order in which they are loaded: each needs only ones before it. */
  private static final List<String> MODULES =
      List.of(
          "virtio_ring",
          "virtio",
          "virtio_pci_legacy_dev",
          "virtio_pci_modern_dev",
          "virtio_pci",
          "netfs",
          "fscache",
          "9pnet",
          "9pnet_virtio",
          "9p",
          "overlay",
          "virtio_blk",
          "crc32c_generic",
          "crc16",
          "mbcache",
          "jbd2",
          "ext4");

  /** Megabytes; its file takes what is written to it. */
  private static final String DISK_MB = "1024";

  private final Path work;

  private final Path templates;
  private final List<String> tests;

  private VirtualMachine(Path work, Path templates, List<String> tests) {
    this.work = work;
    this.templates = templates;
    this.tests = tests;
  }

  /**
   * Boots it, has it run the script among the resources, and waits for its end.
   *
   * @param busybox a static one
   * @param templates an engine's root, whose templates the tests are to have
   * @param tests classes that run there after the script
   * @return the script's lines {@code vm NAME=VALUE}
   */
  static Map<String, String> run(Path busybox, Path templates, List<String> tests)
      throws IOException {
    assumeTrue(
        "amd64".equals(System.getProperty("os.arch")), "the virtual machine is an x86-64 one");
    assumeTrue(Files.isExecutable(Path.of(QEMU)), "no " + QEMU + ": install qemu-system-x86");
    assumeTrue(Files.isExecutable(Path.of(SYSTEMD)), "no " + SYSTEMD + ": install systemd");
    assumeTrue(Files.isExecutable(Path.of(MAKE_DISK)), "no " + MAKE_DISK + ": install e2fsprogs");
    VirtualMachine machine =
        new VirtualMachine(Files.createTempDirectory(Fixture.area(), "machine-"), templates, tests);
    Path kernel = machine.unpackKernel();
    machine.makeDisk();
    return machine.boot(kernel, machine.initramfs(busybox));
  }

  /**
   * Files of a tmpfs are charged to whoever wrote them; only those of a disk can show who reads
   * them first.
   */
  private void makeDisk() throws IOException {
    execute(work, "truncate", "-s", DISK_MB + "M", "disk").succeeded();
    execute(work, MAKE_DISK, "-q", "-F", "disk").succeeded();
  }

  /** Debian's kernel with its modules, from the package that is downloaded and not installed. */
  private Path unpackKernel() throws IOException {
    Path cache = Reg.installation().resolveSibling("vm");
    Files.createDirectories(cache);
    Path known = onlyPackage(cache);
    if (known == null) {
      Reg.Result depends = execute(cache, "apt-cache", "depends", "linux-image-amd64");
      String name =
          depends.lines().stream()
              .filter(line -> line.contains("Depends: linux-image-"))
              .map(line -> line.replaceFirst(".*Depends: ", ""))
              .findFirst()
              .orElse("linux-image-amd64");
      Reg.Result download = execute(cache, "apt-get", "download", "-q", name);
      known = onlyPackage(cache);
      assumeTrue(known != null, "no kernel package to be had: " + download.err());
    }
    Path tree = work.resolve("kernel");
    execute(work, "dpkg-deb", "-x", Objects.requireNonNull(known).toString(), tree.toString())
        .succeeded();
    return tree;
  }

  private static @Nullable Path onlyPackage(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".deb")).findFirst().orElse(null);
    }
  }

  private static Reg.Result execute(Path directory, String... command) throws IOException {
    return Reg.finish(new ProcessBuilder(command).directory(directory.toFile()).start());
  }

  private static Path find(Path tree, String name) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      return files
          .filter(f -> f.getFileName().toString().startsWith(name))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no " + name + " in " + tree));
    }
  }

  /** What the kernel unpacks into its first root: busybox, modules, the script. */
  private Path initramfs(Path busybox) throws IOException {
    Path root = Files.createDirectory(work.resolve("initramfs"));
    for (String name : List.of("bin", "proc", "sys", "dev", "low", "up", "new", "modules")) {
      Files.createDirectory(root.resolve(name));
    }
    Files.copy(busybox, root.resolve("bin/busybox"));
    int number = 100;
    for (String module : MODULES) {
      Path file = find(work.resolve("kernel"), module + ".ko");
      Files.copy(file, root.resolve("modules/" + number++ + module));
    }
    Path guest = Files.createDirectory(root.resolve("guest"));
    for (String name : List.of("script", "tiny.yaml", "vm.service", "vm.target")) {
      copyResource(name, guest.resolve(name));
    }
    Files.writeString(guest.resolve("java"), System.getProperty("java.home") + "/bin/java");
    Files.writeString(
        guest.resolve("classpath"),
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    Files.writeString(guest.resolve("tests"), String.join(" ", tests));
    copyResource("init", root.resolve("init"));
    root.resolve("init").toFile().setExecutable(true);
    root.resolve("bin/busybox").toFile().setExecutable(true);
    String pack = "find . | ./bin/busybox cpio -o -H newc > ../initramfs.cpio";
    execute(root, "sh", "-c", pack).succeeded();
    return work.resolve("initramfs.cpio");
  }

  private static void copyResource(String name, Path to) throws IOException {
    try (InputStream in = VirtualMachine.class.getResourceAsStream("/vm/" + name)) {
      Files.copy(Objects.requireNonNull(in, name), to);
    }
  }

  private Map<String, String> boot(Path kernel, Path initramfs) throws IOException {
    List<String> command = new ArrayList<>(List.of(QEMU, "-accel", "tcg,thread=multi"));
    command.addAll(List.of("-cpu", "max", "-smp", "2", "-m", MEMORY_MB));
    command.addAll(List.of("-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio"));
    command.addAll(List.of("-kernel", find(kernel.resolve("boot"), "vmlinuz").toString()));
    command.addAll(List.of("-initrd", initramfs.toString()));
    command.addAll(List.of("-append", "console=ttyS0 panic=-1 quiet mitigations=off"));
    command.addAll(List.of("-drive", "file=disk,if=virtio,format=raw,cache=unsafe"));
    command.addAll(List.of("-virtfs", share("host", Path.of("/"))));
    command.addAll(List.of("-virtfs", share("install", Reg.installation())));
    command.addAll(List.of("-virtfs", share("templates", templates)));
    Process process = new ProcessBuilder(command).directory(work.toFile()).start();
    Reg.Result result = Reg.finish(process, PATIENCE_SECONDS);
    Map<String, String> said = new LinkedHashMap<>();
    for (String line : result.lines()) {
      int at = line.indexOf("vm ");
      int equals = line.indexOf('=');
      if (at >= 0 && equals > at) {
        said.put(line.substring(at + 3, equals), line.substring(equals + 1).strip());
      }
    }
    if (!said.containsKey("end")) {
      throw new AssertionError("the machine did not reach its end:\n" + result.out());
    }
    return said;
  }

  private static String share(String tag, Path directory) {
    return "local,mount_tag="
        + tag
        + ",security_model=none,readonly=on,multidevs=remap,path="
        + directory;
  }
}
