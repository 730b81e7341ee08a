package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a container is: what it sees, what it may do and what stays out of its reach. */
class ConfinementTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared();
  }

  private static Reg.Result sh(String script) {
    return reg.run("run", "--rm", "-t", "busybox", "--", "sh", "-c", script);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mnt", "pid", "ipc", "uts", "cgroup"})
  void namespacesAreItsOwn(String namespace) throws IOException {
    String inside = sh("readlink /proc/self/ns/" + namespace).out().strip();
    String host = Files.readSymbolicLink(Path.of("/proc/self/ns/" + namespace)).toString();
    assertThat(inside).startsWith(namespace + ":[").isNotEqualTo(host);
  }

  @Test
  void theNetworkIsTheHosts() throws IOException {
    String host = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
    assertThat(sh("readlink /proc/self/ns/net").out().strip()).isEqualTo(host);
  }

  @Test
  void runtimeFilesCannotBeChanged() {
    Reg.Result result =
        sh(
            "echo x > /usr/bin/evil; echo x >> /bin/busybox; rm /usr/bin/busybox; mv /usr /usr2; ls /usr2");
    assertThat(result.out()).isEmpty();
    assertThat(sh("echo still").out()).isEqualTo("still\n");
    assertThat(sh("grep ' /usr ' /proc/self/mountinfo").out()).contains(" ro,").contains("nosuid");
  }

  @Test
  void theRestOfTheRootIsItsOwnToWrite() {
    assertThat(sh("echo mine > /etc/mine && mkdir /srv/x && cat /etc/mine").out())
        .isEqualTo("mine\n");
    assertThat(sh("cat /etc/mine").code()).isNotZero();
    assertThat(sh("stat -c %a /tmp /var/tmp /root").lines()).containsExactly("1777", "1777", "700");
  }

  @Test
  void capabilitiesAreDockersLessTwo() {
    // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7, SETPCAP 8,
    // NET_BIND_SERVICE 10, SYS_CHROOT 18, AUDIT_WRITE 29, SETFCAP 31: capabilities(7)
    String set = "00000000a00405fb";
    List<String> lines =
        sh("grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs' /proc/self/status").lines();
    assertThat(lines)
        .containsExactly(
            "CapInh:\t0000000000000000",
            "CapPrm:\t" + set,
            "CapEff:\t" + set,
            "CapBnd:\t" + set,
            "CapAmb:\t0000000000000000",
            "NoNewPrivs:\t1");
  }

  @Test
  void anotherUserHasNoCapabilities() {
    Reg.Result result =
        reg.run(
            "run", "--rm", "-tbusybox", "-u", "1000", "--", "grep", "CapEff", "/proc/self/status");
    assertThat(result.out()).isEqualTo("CapEff:\t0000000000000000\n");
  }

  @Test
  void onlyThreeDescriptorsAreOpen() {
    assertThat(sh("ls /proc/self/fd").lines()).containsExactly("0", "1", "2", "3");
  }

  @Test
  void procIsFreshWithTheUsualPathsMaskedAndReadOnly() {
    assertThat(sh("ls /proc | grep -c '^[0-9]'").out().strip()).matches("[2-6]");
    for (String masked : List.of("/proc/keys", "/proc/timer_list", "/proc/interrupts")) {
      assertThat(sh("test ! -e " + masked + " || cat " + masked).succeeded().out()).isEmpty();
    }
    assertThat(sh("ls -A /proc/acpi /sys/firmware 2>/dev/null | grep -v :").out().strip())
        .isEmpty();
    assertThat(sh("echo 1 > /proc/sys/vm/drop_caches").code()).isNotZero();
    assertThat(sh("echo h > /proc/sysrq-trigger").code()).isNotZero();
    assertThat(sh("mkdir /sys/fs/cgroup/x || touch /sys/x").code()).isNotZero();
  }

  @Test
  void devHoldsTheDevicesAProgramExpectsAndNoOther() {
    assertThat(sh("ls /dev").out().lines())
        .containsExactlyInAnyOrder(
            "console", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr",
            "stdin", "stdout", "tty", "urandom", "zero");
    assertThat(sh("echo x > /dev/null && head -c 4 /dev/urandom | wc -c").out().strip())
        .isEqualTo("4");
    assertThat(sh("echo a > /dev/shm/a && cat /dev/shm/a").out()).isEqualTo("a\n");
    assertThat(sh("echo to-stderr > /dev/stderr").err()).isEqualTo("to-stderr\n");
    assertThat(sh("mknod /tmp/disk b 8 0").code()).isNotZero();
    assertThat(sh("rm /dev/null").code()).isNotZero();
  }

  @Test
  void etcHasTheBasics() {
    assertThat(sh("cat /etc/passwd").out()).contains("root:x:0:0:").contains("nobody:");
    assertThat(sh("cat /etc/group").out()).contains("root:x:0:");
    assertThat(sh("cat /etc/hosts").out()).contains("127.0.0.1").contains("localhost");
    assertThat(sh("cat /etc/nsswitch.conf").out()).contains("hosts:");
    assertThat(sh("cat /etc/resolv.conf").code()).isZero();
    assertThat(
            sh("test \"$(cat /etc/hostname)\" = \"$(hostname)\" && grep -q \"$(hostname)\" /etc/hosts")
                .code())
        .isZero();
  }

  @Test
  void mountsAreNosuidAndNodevWhereTheyCanBe() {
    List<String> open =
        sh("grep -vE ' nosuid|,nosuid' /proc/self/mountinfo").lines().stream()
            .map(line -> field(line, 4))
            .toList();
    assertThat(open).isEmpty();
    List<String> devices =
        sh("grep -v nodev /proc/self/mountinfo").lines().stream()
            .map(line -> field(line, 4))
            .filter(point -> !point.equals("/dev") && !point.equals("/dev/pts"))
            .toList();
    assertThat(devices).isEmpty();
  }

  @Test
  void theHostsFilesAreNotThere() {
    assertThat(sh("ls -A " + reg.root).code()).isNotZero();
    assertThat(sh("ls -A /home /mnt /srv /opt /boot 2>/dev/null | grep -v ':$'").out().strip())
        .isEmpty();
  }

  @Test
  void anInitReapsOrphansUnlessThereIsNone() {
    assertThat(sh("(sleep 0.1 & ) ; sleep 0.4; ps -o stat | grep -c '^Z'").out().strip())
        .isEqualTo("0");
    assertThat(sh("echo $$").out().strip()).isNotEqualTo("1");
    assertThat(
            reg.run("run", "--rm", "-tbusybox", "--no-init", "--", "sh", "-c", "echo $$")
                .out()
                .strip())
        .isEqualTo("1");
  }

  @Test
  void theProgramCannotTouchItsInit() {
    // The kernel lets the same uid list the numbers of its descriptors, and no more than that.
    String descriptors =
        "for n in /proc/1/fd/*; do readlink $n; cat $n; echo x > $n; cat /proc/1/fdinfo/${n##*/}; done; ";
    String rest = "for f in environ maps mem exe root/etc/passwd; do cat /proc/1/$f; done; ";
    assertThat(sh("kill -9 1; kill -STOP 1; " + descriptors + rest + "echo on").out())
        .isEqualTo("on\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mount -t tmpfs x /mnt",
        "mount -o remount,rw /usr",
        "umount /usr",
        "umount /proc/keys",
        "unshare -m true",
        "nsenter -t 1 -m true",
        "chroot /proc/1/root true",
        "ln /usr/bin/busybox /tmp/twin",
        "chmod 777 /usr/bin/busybox",
        "echo x > /proc/self/exe",
        "mknod /tmp/null c 1 3",
        "hostname other",
        "echo x > /proc/keys",
        "ip link set lo mtu 1500"
      })
  void noProgramLeavesItsBounds(String attempt) {
    assertThat(sh(attempt + " 2>/dev/null").code()).isNotZero();
  }

  @Test
  void signalsAreAsAFreshProcessHasThem() {
    for (String init : List.of("-i", "--no-init")) {
      Reg.Result result =
          reg.run("run", "--rm", "-tbusybox", init, "--", "grep", "^Sig[BIC]", "/proc/self/status");
      assertThat(result.lines())
          .containsExactly(
              "SigBlk:\t0000000000000000",
              "SigIgn:\t0000000000000000",
              "SigCgt:\t0000000000000000");
    }
  }

  /** One field of a mountinfo line, counted from 0: proc_pid_mountinfo(5). */
  private static String field(String line, int index) {
    return List.of(line.split(" ", -1)).get(index);
  }
}
