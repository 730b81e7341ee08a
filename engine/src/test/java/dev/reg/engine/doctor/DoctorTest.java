package dev.reg.engine.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reg.linux.FilesystemStatus;
import dev.reg.linux.Processes;
import dev.reg.store.Layout;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
  @TempDir Path directory;

  private static List<Check> examine(Doctor.Group group) {
    return new Doctor(List.of(group)).examine();
  }

  private static List<String> states(List<Check> checks) {
    return checks.stream().map(c -> c.name() + " " + c.state()).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "6.18.44-fc-v769, true",
    "5.12.0, true",
    "5.12, true",
    "5.11.22, false",
    "4.19.0, false",
    "10.0.1, true",
    "linux, false",
    "5, false"
  })
  void aReleaseIsComparedByItsNumbers(String release, boolean enough) {
    assertThat(KernelChecks.isAtLeast(release, 5, 12)).isEqualTo(enough);
  }

  @ParameterizedTest
  @CsvSource({
    "100000000, 0, 0, FAIL",
    "500000000, 0, 0, WARN",
    "5000000000, 0, 0, OK",
    "5000000000, 100000, 500, FAIL",
    "5000000000, 100000, 5000, WARN",
    "5000000000, 100000, 50000, OK",
  })
  void spaceIsBytesAndInodes(long bytes, long inodes, long free, Check.State state) {
    var status = new FilesystemStatus(0xef53, bytes, 1L << 40, inodes, free, 0);
    assertThat(StorageChecks.space(status).state()).isEqualTo(state);
  }

  @ParameterizedTest
  @CsvSource({"255, FAIL", "256, WARN", "4095, WARN", "4096, OK"})
  void descriptorsAreCounted(long limit, Check.State state) {
    assertThat(Limits.descriptors(limit).state()).isEqualTo(state);
  }

  @Test
  void procFilesAreRead() {
    assertThat(
            Limits.openFiles(
                """
                Limit                     Soft Limit           Hard Limit           Units
                Max processes             unlimited            unlimited            processes
                Max open files            1024                 20000                files
                """))
        .isEqualTo(1024);
    assertThat(Limits.openFiles("Max open files            unlimited            unlimited   files"))
        .isEqualTo(Long.MAX_VALUE);
    assertThat(Privileges.capabilities("CapPrm:\t00000000a80425fb\nCapEff:\t000001ffffffffff\n"))
        .isEqualTo(0x1ffffffffffL);
    assertThat(Privileges.capabilities("")).isZero();
  }

  @Test
  void controlGroupsOfBothVersionsAreRead() throws IOException {
    Path second = Files.createDirectory(directory.resolve("2"));
    Files.writeString(second.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
    assertThat(states(examine(new ControlGroups(second, null))))
        .containsExactly("control groups OK", "shared pages OK");

    Files.writeString(second.resolve("cgroup.controllers"), "cpu pids\n");
    List<Check> poor = examine(new ControlGroups(second, null));
    assertThat(states(poor)).containsExactly("control groups WARN", "shared pages WARN");
    assertThat(poor.getFirst().found()).isEqualTo("version 2: cpu pids");
    assertThat(poor.getFirst().advice())
        .contains("limits of memory, cpuset", "builders' processes", "cgroup_enable");

    Path first = Files.createDirectory(directory.resolve("1"));
    for (String controller : List.of("memory", "cpu", "pids", "cpuset")) {
      Files.createDirectory(first.resolve(controller));
      Files.writeString(first.resolve(controller).resolve("tasks"), "");
    }
    assertThat(states(examine(new ControlGroups(first, null))))
        .containsExactly("control groups OK", "shared pages WARN");
    assertThat(examine(new ControlGroups(directory.resolve("none"), null)).getFirst().found())
        .isEqualTo("none");
    List<Check> asked = examine(new ControlGroups(first, Map.of("memory", 1, "pids", 2)));
    assertThat(states(asked)).containsExactly("control groups WARN", "shared pages WARN");
    assertThat(asked.getFirst().found()).isEqualTo("version 1: memory, version 2: pids");
  }

  @Test
  void theRootIsToBeRootsAlone() throws IOException {
    assumeTrue(Processes.userId() == 0, "needs root");
    Layout layout = Layout.at(directory.resolve("root"));
    layout.create();
    assertThat(states(examine(new Protection(layout)))).containsExactly("protection OK");

    mode(layout.root(), "rwxr-xr-x");
    List<Check> open = examine(new Protection(layout));
    assertThat(states(open)).containsExactly("protection FAIL");
    assertThat(open.getFirst().advice()).contains("chmod 0700 " + layout.root());

    // The engine's own doing for a group that it admits.
    mode(layout.root(), "rwx--x---");
    assertThat(states(examine(new Protection(layout)))).containsExactly("protection OK");
    mode(layout.containers(), "rwxr-x---");
    assertThat(examine(new Protection(layout)).getFirst().found())
        .startsWith(layout.containers() + " has mode 0750");
    mode(layout.containers(), "rwx------");
    mode(layout.root(), "rwxr-x---");
    assertThat(states(examine(new Protection(layout)))).containsExactly("protection FAIL");
    mode(layout.root(), "rwx------");

    mode(directory, "rwxrwxrwx");
    assertThat(examine(new Protection(layout)).getFirst().found())
        .startsWith(directory + " can be");
    mode(directory, "rwx------");

    mode(layout.objects(), "rwxrwx---");
    assertThat(examine(new Protection(layout)).getFirst().found())
        .startsWith(layout.objects() + " has mode 0770");
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  @Test
  void configuredSourcesAreReadWithTheirKeyrings() throws IOException {
    Path file = directory.resolve("a.sources");
    Path keyring = directory.resolve("a.gpg");
    Files.writeString(
        file,
        "Types: deb\nURIs: https://a.example/debian\nSuites: x\nComponents: main\nSigned-By: "
            + keyring
            + "\n");
    List<Check> lacking = examine(new TemplateBuilds(file, true));
    assertThat(states(lacking)).containsExactly("template builds OK", "package sources WARN");
    assertThat(lacking.getLast().advice()).contains(file.toString(), keyring + "' is no file");
    Files.writeString(keyring, "key");
    List<Check> good = examine(new TemplateBuilds(file, true));
    assertThat(states(good)).containsExactly("template builds OK", "package sources OK");
    assertThat(good.getLast().found()).isEqualTo("1 of " + file + ", 1 keyring");
    assertThat(states(examine(new TemplateBuilds(null, false)))).hasSize(1);
  }

  @Test
  void storageIsTriedAndNothingIsLeft() throws IOException {
    assumeTrue(Processes.userId() == 0, "needs root");
    Layout layout = Layout.at(directory.resolve("root"));
    List<Check> checks = examine(new StorageChecks(layout));
    assertThat(checks.stream().map(Check::name))
        .containsExactly("filesystem", "space", "hard links", "overlay");
    assertThat(checks)
        .filteredOn(c -> !c.name().equals("space"))
        .allSatisfy(c -> assertThat(c.state()).as(c.toString()).isEqualTo(Check.State.OK));
    try (var left = Files.list(layout.buildings())) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aFullDiskIsNotTakenForMissingRights() {
    Doctor.Group full =
        new Doctor.Group() {
          @Override
          public String name() {
            return "filesystem";
          }

          @Override
          public void examine(List<Check> found) throws IOException {
            throw new FileSystemException("/x", null, "No space left on device");
          }
        };
    Check check = examine(full).getFirst();
    assertThat(check.state()).isEqualTo(Check.State.FAIL);
    assertThat(check.advice()).startsWith("make space");
  }

  @Test
  void whatCannotBeExaminedFailsAndTheOthersGoOn() {
    Doctor.Group broken =
        new Doctor.Group() {
          @Override
          public String name() {
            return "broken";
          }

          @Override
          public void examine(List<Check> found) throws IOException {
            found.add(Check.ok("first", "", ""));
            throw new IOException("the moon is full");
          }
        };
    List<Check> checks = new Doctor(List.of(broken, new Limits())).examine();
    assertThat(states(checks)).startsWith("first OK", "broken FAIL").hasSize(3);
    assertThat(checks.get(1).found()).contains("the moon is full");
    assertThat(Doctor.isFailed(checks)).isTrue();
    assertThat(Doctor.isFailed(new ArrayList<>(List.of(checks.getFirst())))).isFalse();
  }
}
