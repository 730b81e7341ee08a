/*
 * reg, the client: hands its command line, its three descriptors and its directory to the engine, does what only the caller's
 * rights allow, and ends as the engine says. See docs/protocol.md.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"

/*
 * The strings of argv as one run of bytes. The kernel lays them out that way (execve(2) does not promise it), so they are
 * copied only when it did not.
 */
static const char *arguments(char **argv, size_t *length)
{
	bool joined = true;
	char *copy, *at;

	*length = 0;
	for (char **a = argv; *a; a++) {
		joined = joined && *a == argv[0] + *length;
		*length += strlen(*a) + 1;
	}
	if (joined || *length > REG_LOGICAL_MAX)
		return argv[0];
	copy = at = mmap(NULL, *length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		return NULL;
	for (char **a = argv; *a; a++)
		at = stpcpy(at, *a) + 1;
	return copy;
}

/* False when not all of it could be sent. */
static bool hello(int sock, char **argv)
{
	size_t length;
	const char *bytes = arguments(argv, &length);
	int fds[4];
	bool delivered;

	if (length > REG_LOGICAL_MAX) {
		SAY("the command line is longer than 4 MiB");
		finish(REG_EXIT_FAILED);
	}
	if (length && !bytes) {
		SAY("no memory for the command line");
		finish(REG_EXIT_FAILED);
	}
	fds[3] = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fds[3] < 0) {
		SAY("opening the working directory: ", strerror(errno));
		finish(REG_EXIT_FAILED);
	}
	stdio_prepare(fds);
	/* An engine that refuses a long command line half-way has said why: a failure to send is no reason not to read it. */
	delivered = send_message(sock, REG_CLIENT_HELLO, REG_CLIENT_VERSION, NULL, bytes, length, fds, 4);
	stdio_sent(fds);
	close(fds[3]);
	return delivered;
}

/* Whatever is opened later must not become one of the three by accident. */
static void keep_stdio_numbers(void)
{
	int fd;

	for (int i = 0; i < 3; i++) {
		if (fcntl(i, F_GETFD) >= 0)
			continue;
		fd = open("/dev/null", O_RDWR);
		if (fd != i)
			_exit(REG_EXIT_FAILED);
	}
}

/* Connects, starting an engine if one may be started; never returns in vain. */
static int reach(struct engine *engine, char **argv, bool wait)
{
	for (;;) {
		int sock = engine_connect(engine);
		bool nobody = sock < 0 && (errno == ENOENT || errno == ECONNREFUSED);

		if (engine->probe)
			_exit(sock < 0);
		if (sock >= 0)
			return sock;
		if (!nobody || !wait) {
			if (nobody && !engine->given && !engine->just_started && geteuid() == 0)
				engine_start_and_retry(engine, argv);
			engine_unreachable(engine, errno);
		}
		engine_pause();
	}
}

int main(int argc, char **argv)
{
	static struct engine engine;
	bool stopped = false;

	if (argc < 1)
		_exit(REG_EXIT_FAILED);
	keep_stdio_numbers();
	argv += 1 + engine_locate(&engine, argv);
	for (;;) {
		int sock = reach(&engine, argv, stopped);
		bool delivered = hello(sock, argv);

		stopped = talk(&engine, sock, delivered);
		stdio_retract();
		engine.just_started = engine.often_started;
		engine_pause();
	}
}
