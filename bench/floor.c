// SPDX-License-Identifier: Apache-2.0
//
// The physical limit: what the kernel alone charges for a container, with no engine around it.
//
//   floor bare  N CMD [ARG...]              N plain processes, spawned and reaped one by one
//   floor run   N LOWER SCRATCH CMD [...]   N containers, each started, run to its end and reaped
//   floor storm N LOWER SCRATCH CMD [...]   N containers started one by one and all kept alive
//   floor hold  N LOWER SCRATCH CMD [...]   as storm, and they stay until standard input ends
//
// A container here is: its own mount, pid, ipc and uts namespaces; an overlay of LOWER with a fresh
// upper under SCRATCH; pivot_root; /proc; exec. No cgroup, no seccomp, no limits. A start is measured
// from before the directories are made until exec succeeded (storm) or the process was reaped (run, bare).
// Build: gcc -O2 -o floor floor.c    Needs root. Prints milliseconds.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double mean(const double *d, int n) {
  double s = 0;
  for (int i = 0; i < n; i++) s += d[i];
  return n ? s / n : 0;
}

static void report(const char *what, double *d, int n) {
  int edge = n < 100 ? n : 100;
  double first = mean(d, edge), last = mean(d + n - edge, edge);
  qsort(d, n, sizeof *d, ascending);
  printf("%s n=%d min=%.3f p50=%.3f p95=%.3f max=%.3f first%d=%.3f last%d=%.3f ms\n", what, n, d[0],
         d[n / 2], d[n * 95 / 100], d[n - 1], edge, first, edge, last);
}

// Returns the pid once exec succeeded; exits on failure.
static pid_t start_container(const char *lower, const char *scratch, int i, char **cmd) {
  char dir[256], upper[300], work[300], merged[300], opts[1400];
  snprintf(dir, sizeof dir, "%s/%d", scratch, i);
  snprintf(upper, sizeof upper, "%s/u", dir);
  snprintf(work, sizeof work, "%s/w", dir);
  snprintf(merged, sizeof merged, "%s/m", dir);
  mkdir(dir, 0755), mkdir(upper, 0755), mkdir(work, 0755), mkdir(merged, 0755);
  snprintf(opts, sizeof opts, "lowerdir=%s,upperdir=%s,workdir=%s,volatile", lower, upper, work);
  int exec_done[2];
  if (pipe2(exec_done, O_CLOEXEC)) exit(90);
  struct clone_args args = {.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS,
                            .exit_signal = SIGCHLD};
  pid_t pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0) perror("clone3"), exit(91);
  if (pid == 0) {
    char failed = 1;
    if (!mount("overlay", merged, "overlay", 0, opts) && !chdir(merged) &&
        !syscall(SYS_pivot_root, ".", ".") && !umount2(".", MNT_DETACH) && !chdir("/") &&
        !mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0))
      execv(cmd[0], cmd);
    perror("container");
    if (write(exec_done[1], &failed, 1)) _exit(1);
    _exit(1);
  }
  close(exec_done[1]);
  char failed;
  if (read(exec_done[0], &failed, 1) == 1) exit(92);
  close(exec_done[0]);
  return pid;
}

int main(int argc, char **argv) {
  int bare = argc > 3 && !strcmp(argv[1], "bare"), hold = argc > 5 && !strcmp(argv[1], "hold");
  int storm = hold || (argc > 5 && !strcmp(argv[1], "storm"));
  if (!bare && !storm && !(argc > 5 && !strcmp(argv[1], "run"))) {
    fprintf(stderr, "usage: floor bare N CMD... | floor run|storm|hold N LOWER SCRATCH CMD...\n");
    return 2;
  }
  int n = atoi(argv[2]);
  if (n < 1) return fprintf(stderr, "floor: a number of containers is at least 1, not %s\n", argv[2]), 2;
  double *ms = calloc(n, sizeof *ms);
  pid_t *pids = calloc(n, sizeof *pids);
  // A private, unshared mount namespace: what the host mounts meanwhile costs the containers nothing.
  if (!bare && (unshare(CLONE_NEWNS) || mount(0, "/", 0, MS_REC | MS_PRIVATE, 0))) return perror("unshare"), 1;
  for (int i = 0; i < n; i++) {
    double t = now();
    if (bare) {
      if ((errno = posix_spawn(&pids[i], argv[3], 0, 0, argv + 3, environ))) return perror(argv[3]), 1;
    } else {
      pids[i] = start_container(argv[3], argv[4], i, argv + 5);
    }
    if (!storm) waitpid(pids[i], 0, 0);
    ms[i] = now() - t;
  }
  report(argv[1], ms, n);
  if (hold) {
    fflush(stdout);
    char ignored[64];
    while (read(0, ignored, sizeof ignored) > 0) continue;
  }
  if (storm) {
    double t = now();
    for (int i = 0; i < n; i++) kill(pids[i], SIGKILL);
    for (int i = 0; i < n; i++) waitpid(pids[i], 0, 0);
    printf("teardown of %d: %.1f ms\n", n, now() - t);
  }
  return 0;
}
