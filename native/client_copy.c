/*
 * The caller's side of a copy. The engine, which is root, touches no file of the caller's: a copier does, a child of the client
 * with the caller's rights, and what it reads or writes goes through a pipe straight to a copier in the container. That one's
 * messages come through a second pipe: a process in the container is not given the caller's terminal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

static struct {
	pid_t copier;
	int messages; /* reading end, or -1 */
} c = {.messages = -1};

static _Noreturn void become_copier(const struct message *m, int end, pid_t client)
{
	static char program[4096];
	bool pack = m->flags == REG_COPY_PACK;
	char options[4], *at = options;

	if (m->mode & REG_COPY_OWNERS)
		*at++ = 'a';
	if (m->mode & REG_COPY_FOLLOW)
		*at++ = 'L';
	*at++ = 'n'; /* a link there may be the container's, in a project that it shares */
	*at = 0;
	char *const argv[] = {program, pack ? "pack" : "unpack", options, (char *)m->token, (char *)m->text, (char *)m->text, NULL};

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != client)
		_exit(1);
	if (dup2(end, pack ? 1 : 0) < 0 || !engine_program(program, sizeof program, "reg-copier"))
		strcpy(program, "reg-copier");
	else
		execve(program, argv, environ);
	SAY("cp: cannot execute ", program, ": ", strerror(errno));
	_exit(1);
}

/* ours: the copier's end of the pipe; theirs: the engine's. 0, or an errno. */
static int start_copier(const struct message *m, int *theirs)
{
	int pipe[2], error = 0;
	pid_t client = getpid();

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return errno;
	bool pack = m->flags == REG_COPY_PACK;

	c.copier = fork();
	if (!c.copier)
		become_copier(m, pipe[pack ? 1 : 0], client);
	if (c.copier < 0)
		error = errno;
	close(pipe[pack ? 1 : 0]);
	*theirs = pipe[pack ? 0 : 1];
	return error;
}

bool answer_copy(int sock, const struct message *m)
{
	int messages[2] = {-1, -1}, ends[2] = {-1, -1};
	uint32_t error = 0;

	if (c.messages >= 0 || c.copier > 0)
		error = EBUSY;
	else if (pipe2(messages, O_CLOEXEC | O_NONBLOCK) < 0)
		error = (uint32_t)errno;
	else if (m->flags != REG_COPY_NONE)
		error = (uint32_t)start_copier(m, &ends[1]);
	ends[0] = messages[1];
	if (!error)
		c.messages = messages[0];
	bool sent = send_message(sock, REG_CLIENT_PIPES, m->arg, &error, NULL, 0, ends,
				 error ? 0 : m->flags == REG_COPY_NONE ? 1 : 2);
	int failure = errno;

	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	if (error && messages[0] >= 0)
		close(messages[0]);
	errno = failure;
	return sent;
}

/* What has been said by now: whoever holds the other end still is not waited for, nor believed to write plain text. */
static void show_messages(void)
{
	char text[4096];
	ssize_t n = read(c.messages, text, sizeof text);

	for (ssize_t i = 0; i < n; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f)
			text[i] = '?';
	if (n > 0)
		text_write(2, text, (size_t)n);
}

int copy_finish(int code)
{
	sigset_t none;
	int status;

	if (c.messages >= 0)
		show_messages();
	if (c.copier <= 0)
		return code;
	/* The container's side has ended, but another process there may hold its pipe: a signal ends this wait. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	while (waitpid(c.copier, &status, 0) < 0)
		if (errno != EINTR)
			return code ? code : 1;
	return code || (WIFEXITED(status) && !WEXITSTATUS(status)) ? code : 1;
}
