/*
 * The caller's terminal, on standard input: raw while the container's program has it, and put back whatever happens. A guard,
 * forked before the first change, puts it back for a client that was killed. Nothing here waits for output: a terminal that
 * its user has stopped must not keep the client.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "client.h"

static struct termios found, wanted;
static bool known, raw;
static pid_t guard = -1;
static int lifeline = -1; /* open as long as this process lives */

/* The terminal is as we made it: what somebody else has set since is theirs. */
static bool is_ours(void)
{
	struct termios now;

	return !tcgetattr(0, &now) && now.c_lflag == wanted.c_lflag && now.c_iflag == wanted.c_iflag &&
	       now.c_oflag == wanted.c_oflag;
}

/*
 * Holds nothing but the terminal and the lifeline's end, whose other end closes when the client is gone. A blocked SIGTTOU
 * lets a process of a background group set a terminal (tty_check_change in the kernel's tty_jobctrl.c).
 */
static _Noreturn void stand_guard(int end)
{
	sigset_t all;
	char byte;

	(void)setpgid(0, 0);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "reg-guard", 0, 0, 0);
	dup2(end, 1);
	syscall(SYS_close_range, 2, ~0u, 0);
	while (read(1, &byte, 1) < 0 && errno == EINTR)
		;
	if (is_ours())
		(void)tcsetattr(0, TCSANOW, &found);
	_exit(0);
}

static void post_guard(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC)) {
		SAY("should this client be killed, nobody restores the terminal: ", strerror(errno));
		return;
	}
	guard = fork();
	if (!guard) {
		close(ends[1]);
		stand_guard(ends[0]);
	}
	close(ends[0]);
	if (guard < 0) {
		SAY("should this client be killed, nobody restores the terminal: ", strerror(errno));
		close(ends[1]);
		return;
	}
	lifeline = ends[1];
	/* It does that itself; before it gets to it, its client's group may be killed. */
	(void)setpgid(guard, guard);
}

/* Job control says so. Of a terminal that does not control this session nobody does. */
static bool is_background(void)
{
	pid_t group = tcgetpgrp(0);

	return group >= 0 && group != getpgrp();
}

bool raw_enter(void)
{
	if (raw && is_ours())
		return true;
	raw = false;
	if (is_background())
		return false;
	if (!known) {
		if (tcgetattr(0, &found))
			return true;
		wanted = found;
		cfmakeraw(&wanted);
		wanted.c_cc[VMIN] = 1;
		wanted.c_cc[VTIME] = 0;
		known = true;
		post_guard();
	}
	raw = !tcsetattr(0, TCSANOW, &wanted);
	return true;
}

void raw_leave(void)
{
	if (raw && !is_background())
		(void)tcsetattr(0, TCSANOW, &found);
	raw = false;
}

bool raw_entered(void)
{
	return raw;
}

void raw_suspend(bool group)
{
	sigset_t stop;

	raw_leave();
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	(void)kill(group ? 0 : getpid(), SIGTSTP);
	/* Here the process stops; the kernel leaves it running when nobody is there to continue it. */
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
}

void raw_finish(void)
{
	raw_leave();
	if (guard <= 0)
		return;
	(void)kill(guard, SIGKILL);
	while (waitpid(guard, NULL, 0) < 0 && errno == EINTR)
		;
	guard = -1;
	close(lifeline);
}
