#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"

/*
 * How often the starter has executed the client: a second round would be a loop, unless the engine was seen to stop in
 * between. "probe" asks whether somebody listens.
 */
#define STARTED_MARK "REG_STARTED"
#define STARTED_OFTEN '5'
#define RETRY_MS 50

static _Noreturn void refuse(const char *what, const char *value)
{
	SAY(what, value);
	finish(REG_EXIT_FAILED);
}

static int take_root(struct engine *e, char **argv)
{
	e->root = getenv("REG_ROOT");
	if (e->root && !*e->root)
		e->root = NULL;
	if (!argv[0] || !argv[1])
		return 0;
	if (!strcmp(argv[1], "--root")) {
		if (!argv[2] || !*argv[2])
			refuse("--root needs a directory", "");
		e->root = argv[2];
		return 2;
	}
	if (!strncmp(argv[1], "--root=", 7)) {
		if (!argv[1][7])
			refuse("--root= needs a directory", "");
		e->root = argv[1] + 7;
		return 1;
	}
	return 0;
}

int engine_locate(struct engine *e, char **argv)
{
	const char *host = getenv("REG_HOST"), *mark = getenv(STARTED_MARK);
	int used = take_root(e, argv);

	e->just_started = mark != NULL;
	e->probe = mark && !strcmp(mark, "probe");
	e->often_started = mark && (*mark >= STARTED_OFTEN || (*mark && mark[1]));
	e->given = host && *host;
	if (e->given) {
		e->path = strncmp(host, "unix://", 7) ? host : host + 7;
		if (!*e->path || (e->path == host && strstr(host, "://")))
			refuse("REG_HOST is neither a path nor unix:///path: ", host);
	} else if (e->root) {
		if (!JOIN(e->buffer, sizeof e->buffer, e->root, "/run/reg.sock"))
			refuse("the root directory's name is too long: ", e->root);
		e->path = e->buffer;
	} else {
		e->path = "/run/reg/reg.sock";
	}
	return used;
}

/* A socket address holds 107 bytes of path; a longer one is reached through its directory's descriptor. */
static bool address(struct sockaddr_un *a, const char *path, int *directory)
{
	const char *slash = strrchr(path, '/');
	char parent[4096], number[12], *digit = number + sizeof number - 1;

	memset(a, 0, sizeof *a);
	a->sun_family = AF_UNIX;
	*directory = -1;
	if (JOIN(a->sun_path, sizeof a->sun_path, path))
		return true;
	errno = ENAMETOOLONG;
	if (!slash || (size_t)(slash - path) >= sizeof parent)
		return false;
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = 0;
	*directory = open(*parent ? parent : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*directory < 0)
		return false;
	*digit = 0;
	for (int n = *directory; n || !*digit; n /= 10)
		*--digit = (char)('0' + n % 10);
	if (JOIN(a->sun_path, sizeof a->sun_path, "/proc/self/fd/", digit, slash))
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static bool trusted(int sock, const char *path)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	if (!getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &size) && size == sizeof peer &&
	    (peer.uid == 0 || peer.uid == geteuid()))
		return true;
	SAY("refusing the engine at ", path, ": neither root nor you listen there");
	errno = EPERM;
	return false;
}

int engine_connect(const struct engine *e)
{
	struct sockaddr_un a;
	int directory = -1, error, sock = -1;

	if (address(&a, e->path, &directory)) {
		sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		while (sock >= 0 && connect(sock, (const struct sockaddr *)&a, sizeof a) < 0) {
			if (errno == EINTR)
				continue;
			error = errno;
			close(sock);
			/* EPERM is kept for a listener that is not trusted. */
			errno = error == EPERM ? EACCES : error;
			sock = -1;
		}
	}
	error = errno;
	if (directory >= 0)
		close(directory);
	errno = error;
	if (sock >= 0 && !trusted(sock, e->path)) {
		close(sock);
		errno = EPERM;
		return -1;
	}
	return sock;
}

void engine_pause(void)
{
	(void)poll(NULL, 0, RETRY_MS);
}

/* This executable's own path. */
static bool find_self(char *self, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", self, size - 1);

	if (n <= 0 || (size_t)n >= size - 1)
		return false;
	self[n] = 0;
	return true;
}

bool engine_program(char *to, size_t size, const char *name)
{
	char folder[4096];
	char *slash;

	if (!find_self(folder, sizeof folder))
		return false;
	for (int up = 0; up < 2; up++) {
		slash = strrchr(folder, '/');
		if (!slash)
			return false;
		*slash = 0;
	}
	return JOIN(to, size, folder, "/libexec/", name);
}

/* Finds libexec/reg-start and the client itself. */
static bool installation(char *self, char *starter, size_t size)
{
	return find_self(self, size) && engine_program(starter, size, "reg-start");
}

_Noreturn void engine_start_and_retry(const struct engine *e, char **argv)
{
	static char self[4096], starter[4096];
	size_t n = 0;
	char **all;

	while (argv[n])
		n++;
	all = mmap(NULL, (n + 5) * sizeof *all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (all != MAP_FAILED && installation(self, starter, sizeof self)) {
		all[0] = starter;
		all[1] = (char *)e->path;
		all[2] = e->root ? (char *)e->root : "";
		all[3] = self;
		memcpy(all + 4, argv, n * sizeof *argv);
		execve(starter, all, environ);
	}
	SAY("no engine answers at ", e->path, " and the starter ", starter, " cannot be executed: ", strerror(errno));
	finish(REG_EXIT_FAILED);
}

int engine_start_beside(const struct engine *e)
{
	static char self[4096], starter[4096];
	char *const all[] = {starter, (char *)e->path, e->root ? (char *)e->root : "", "", NULL};
	sigset_t none;
	pid_t pid;

	if (!installation(self, starter, sizeof self))
		return -1;
	pid = fork();
	if (pid)
		return pid;
	/* A Ctrl-C meant for the program must not end the engine's start. */
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(starter, all, environ);
	_exit(REG_EXIT_FAILED);
}

_Noreturn void engine_unreachable(const struct engine *e, int error)
{
	bool nobody = error == ENOENT || error == ECONNREFUSED;

	if (error == EPERM)
		finish(REG_EXIT_FAILED);
	else if (nobody && e->just_started)
		SAY("the engine was started but nobody answers at ", e->path, ": see engine.log beside it");
	else if (nobody && !e->given)
		SAY("no engine answers at ", e->path, ": only root can start one, with 'reg engine start'");
	else if (nobody)
		SAY("no engine answers at ", e->path, ", which REG_HOST names: ", strerror(error));
	else if (error == EACCES)
		SAY("connecting to the engine at ", e->path, ": ", strerror(error), "; only root and its socket's group may");
	else
		SAY("connecting to the engine at ", e->path, ": ", strerror(error));
	finish(REG_EXIT_FAILED);
}
