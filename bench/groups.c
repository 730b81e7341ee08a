// SPDX-License-Identifier: Apache-2.0
//
// What the kernel takes for a control group of version 2, step by step: a process is cloned without one, and then with one
// that was made for it, has its limits written and goes with it, in turn, round after round.
//
//   groups ROUNDS PARENT [FILE=VALUE]...
//
// PARENT is a group in which the controllers of these files are enabled. Prints one line a step: its name and the median of
// its microseconds. Exit status 1 when something failed; no group is left then either.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLONE, END, MAKE, OPEN, WRITE, CLONE_INTO, END_IN, REMOVE, STEPS };
static const char *const names[] = {"clone", "end", "mkdir", "open", "write", "clone-into", "end-in", "rmdir"};

static double *samples[STEPS];
static char group[4096];

static void fail(const char *what, const char *on) {
  fprintf(stderr, "groups: %s %s: %s\n", what, on, strerror(errno));
  rmdir(group);
  exit(1);
}

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

// Notes the time since *at as a step's, and sets *at anew.
static void step(int which, int round, double *at) {
  double now = now_us();
  if (round >= 0) samples[which][round] = now - *at;
  *at = now_us();
}

// A child that ends at once, in the group of this directory unless it is -1; two steps, until it is there and until it is gone.
static void child(int directory, int first, int round) {
  struct clone_args args = {.exit_signal = SIGCHLD};
  if (directory >= 0) {
    args.flags = CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)directory;
  }
  double at = now_us();
  pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) _exit(0);
  if (pid < 0) fail("cloning into", group);
  step(first, round, &at);
  int status;
  if (waitpid(pid, &status, 0) != pid || status) fail("waiting for a child in", group);
  step(first + 1, round, &at);
}

static void limited(int round, int n, char **files) {
  double at = now_us();
  if (mkdir(group, 0755)) fail("making", group);
  step(MAKE, round, &at);
  int directory = open(group, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) fail("opening", group);
  step(OPEN, round, &at);
  for (int i = 0; i < n; i++) {
    char *value = strchr(files[i], '=') + 1;
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)(value - files[i] - 1), files[i]);
    int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, value, strlen(value)) < 0) fail("writing", files[i]);
    close(fd);
  }
  step(WRITE, round, &at);
  child(directory, CLONE_INTO, round);
  close(directory);
  at = now_us();
  if (rmdir(group)) fail("removing", group);
  step(REMOVE, round, &at);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  int rounds = argc > 2 ? atoi(argv[1]) : 0;
  for (int i = 3; i < argc; i++)
    if (!strchr(argv[i], '=')) rounds = 0;
  if (rounds < 1 || rounds > 1000000) {
    fprintf(stderr, "usage: groups ROUNDS PARENT [FILE=VALUE]...\n");
    return 1;
  }
  snprintf(group, sizeof group, "%s/groups-%d", argv[2], (int)getpid());
  for (int i = 0; i < STEPS; i++)
    if (!(samples[i] = calloc((size_t)rounds, sizeof(double)))) fail("making room for", "samples");
  for (int round = -3; round < rounds; round++) {
    child(-1, CLONE, round);
    limited(round, argc - 3, argv + 3);
  }
  for (int i = 0; i < STEPS; i++) {
    qsort(samples[i], (size_t)rounds, sizeof(double), ascending);
    printf("%s %.2f\n", names[i], samples[i][(rounds - 1) / 2]);
  }
  return 0;
}
