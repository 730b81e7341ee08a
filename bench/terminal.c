// SPDX-License-Identifier: Apache-2.0
//
// Runs a command on a pseudo-terminal, as a terminal emulator that draws nothing.
//
//   terminal BYTES COMMAND [ARG]...
//
// The command leads a session that the terminal controls; all it has written is read and thrown away. Exit status: the
// command's, or 125 when fewer than BYTES bytes came, or the terminal could not be made.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int fail(const char *what) {
  fprintf(stderr, "terminal: %s: %s\n", what, strerror(errno));
  return 125;
}

static _Noreturn void become(int master, char **command) {
  const char *side = ptsname(master);
  int fd = -1;
  if (setsid() < 0 || !side || (fd = open(side, O_RDWR)) < 0 || ioctl(fd, TIOCSCTTY, 0)) _exit(fail("entering the terminal"));
  for (int i = 0; i < 3; i++) dup2(fd, i);
  if (fd > 2) close(fd);
  execvp(command[0], command);
  _exit(fail(command[0]));
}

int main(int argc, char **argv) {
  static char bytes[1 << 16];
  if (argc < 3) {
    fprintf(stderr, "usage: terminal BYTES COMMAND [ARG]...\n");
    return 125;
  }
  long long wanted = atoll(argv[1]), got = 0;
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status;
  if (master < 0 || grantpt(master) || unlockpt(master)) return fail("making a terminal");
  pid_t pid = fork();
  if (pid < 0) return fail("forking");
  if (!pid) become(master, argv + 2);
  for (;;) {
    ssize_t n = read(master, bytes, sizeof bytes);
    if (n > 0) got += n;
    // EIO: nobody has the other side open any more, or nobody has opened it yet.
    else if (n == 0 || (errno != EINTR && waitpid(pid, &status, errno == EIO ? WNOHANG : 0))) break;
  }
  if (got < wanted) {
    fprintf(stderr, "terminal: %lld bytes came instead of %lld\n", got, wanted);
    return 125;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
