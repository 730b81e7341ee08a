/*
 * A regular file passed to a container could be reopened there through /proc with other rights, so the client keeps it and
 * moves its bytes through a pipe. Offsets behave as if the program had the file itself: output lands at the shared offset
 * (or, with O_APPEND, at the end), and input that the program did not read is given back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "client.h"

#define KCMP_FILE_TYPE 0 /* linux/kcmp.h */
#define PIPE_LARGE (1 << 20)
#define PIPE_DEFAULT (1 << 16)
/* Steps before other events get a look: at 1 MiB each, some milliseconds. */
#define STEPS 16

struct pump {
	int pipe;     /* our end, non-blocking; -1 when there is no pump or it has ended */
	bool copies;  /* splice(2) does not work on this file */
	bool large;
	bool lost; /* writing failed, said once */
};

static struct pump pumps[3] = {{.pipe = -1}, {.pipe = -1}, {.pipe = -1}};
static int flags_found[3];
static char output[1 << 17];

/* Kept for as long as the client lives: what lies in the pipe at the end was read by nobody. */
static int input_unread = -1;
/* What was read of standard input without splice and is not in the pipe yet. */
static char held[1 << 16];
static size_t held_at, held_end;

static const char *const names[3] = {"standard input", "standard output", "standard error"};

static bool same_file(int a, int b)
{
	struct stat s, t;
	long pid = getpid(), order = syscall(SYS_kcmp, pid, pid, KCMP_FILE_TYPE, a, b);

	if (order >= 0)
		return order == 0;
	/* Without kcmp(2): one file opened twice with equal flags and offset is as good as one description. */
	return !fstat(a, &s) && !fstat(b, &t) && s.st_dev == t.st_dev && s.st_ino == t.st_ino &&
	       flags_found[a] == flags_found[b] && lseek(a, 0, SEEK_CUR) == lseek(b, 0, SEEK_CUR);
}

static _Noreturn void unusable(int fd, const char *why)
{
	SAY(names[fd], " cannot be passed to the engine: ", why);
	finish(REG_EXIT_FAILED);
}

static int make_pump(int fd)
{
	int ends[2], ours = fd == 0 ? 1 : 0;

	/* One pipe for both keeps the order of `>file 2>&1`. */
	if (fd == 2 && pumps[1].pipe >= 0 && same_file(1, 2))
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[ours], F_SETFL, O_NONBLOCK) < 0)
		unusable(fd, strerror(errno));
	pumps[fd].pipe = ends[ours];
	/* splice(2) refuses to append. */
	pumps[fd].copies = fd && (flags_found[fd] & O_APPEND);
	if (!fd)
		input_unread = ends[0];
	return ends[!ours];
}

void stdio_prepare(int sent[3])
{
	struct stat s;

	for (int fd = 0; fd < 3; fd++) {
		sent[fd] = fd;
		if (fstat(fd, &s) < 0)
			unusable(fd, strerror(errno));
		flags_found[fd] = fcntl(fd, F_GETFL);
		if (flags_found[fd] < 0 || (flags_found[fd] & O_PATH))
			unusable(fd, "it is only a path (O_PATH)");
		if (S_ISREG(s.st_mode)) {
			sent[fd] = make_pump(fd);
			if (sent[fd] < 0)
				sent[2] = sent[1];
		} else if (S_ISDIR(s.st_mode)) {
			unusable(fd, "it is a directory");
		}
	}
}

void stdio_sent(const int sent[3])
{
	for (int fd = 0; fd < 3; fd++)
		if (sent[fd] > 2 && sent[fd] != input_unread && !(fd == 2 && sent[2] == sent[1]))
			close(sent[fd]);
}

int pump_descriptor(unsigned fd, short *events)
{
	*events = fd == 0 ? POLLOUT : POLLIN;
	return pumps[fd].pipe;
}

/* The larger pipe costs memory, so only a stream that fills the default one gets it. */
static void enlarge(struct pump *p, ssize_t moved)
{
	if (!p->large && moved >= PIPE_DEFAULT / 2) {
		p->large = true;
		(void)fcntl(p->pipe, F_SETPIPE_SZ, PIPE_LARGE);
	}
}

static ssize_t copy_input(int to)
{
	ssize_t n;

	if (held_at == held_end) {
		n = read(0, held, sizeof held);
		if (n <= 0)
			return n;
		held_at = 0;
		held_end = (size_t)n;
	}
	n = write(to, held + held_at, held_end - held_at);
	if (n > 0)
		held_at += (size_t)n;
	return n;
}

static ssize_t move_input(struct pump *p)
{
	if (!p->copies) {
		ssize_t n = splice(0, NULL, p->pipe, NULL, PIPE_LARGE, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);

		if (n >= 0 || errno != EINVAL)
			return n;
		p->copies = true;
	}
	return copy_input(p->pipe);
}

static ssize_t move_output(struct pump *p, int to)
{
	ssize_t n;

	if (!p->copies) {
		n = splice(p->pipe, NULL, to, NULL, PIPE_LARGE, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
		if (n >= 0 || errno != EINVAL)
			return n;
		p->copies = true;
	}
	n = read(p->pipe, output, sizeof output);
	if (n > 0)
		stdio_write(to, (const uint8_t *)output, (size_t)n);
	/* A failed write was reported; with the pipe closed the program learns of it, too. */
	return n > 0 && pumps[to].lost ? 0 : n;
}

void stdio_lose(int fd, int error)
{
	if (pumps[fd].lost)
		return;
	pumps[fd].lost = true;
	if (fd != 2)
		SAY("writing to ", names[fd], ": ", strerror(error));
}

void pump_step(unsigned fd)
{
	struct pump *p = &pumps[fd];

	for (int i = 0; i < STEPS && p->pipe >= 0; i++) {
		ssize_t n = fd == 0 ? move_input(p) : move_output(p, (int)fd);

		if (n > 0) {
			enlarge(p, n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && fd)
			stdio_lose((int)fd, errno);
		else if (n < 0)
			SAY("reading ", names[0], ": ", strerror(errno));
		close(p->pipe);
		p->pipe = -1;
	}
}

void stdio_write(int fd, const uint8_t *bytes, size_t length)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};

	while (length && !pumps[fd].lost) {
		ssize_t n = write(fd, bytes, length);

		if (n >= 0) {
			bytes += n;
			length -= (size_t)n;
		} else if (errno == EAGAIN) {
			/* Someone made the caller's descriptor non-blocking; that is theirs to decide. */
			(void)poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			stdio_lose(fd, errno);
		}
	}
}

int stdio_input(void)
{
	if (input_unread < 0)
		return 0;
	/* The pipe is ours: nobody else is to read it any more. */
	(void)fcntl(input_unread, F_SETFL, O_NONBLOCK);
	return input_unread;
}

/* Moves the file's offset back over what was taken from it and not read by anyone. */
static void give_back_input(void)
{
	int unread = 0;

	if (input_unread < 0)
		return;
	(void)ioctl(input_unread, FIONREAD, &unread);
	unread += (int)(held_end - held_at);
	if (unread > 0)
		(void)lseek(0, -(off_t)unread, SEEK_CUR);
}

void stdio_retract(void)
{
	give_back_input();
	for (int fd = 0; fd < 3; fd++) {
		if (pumps[fd].pipe >= 0)
			close(pumps[fd].pipe);
		pumps[fd] = (struct pump){.pipe = -1};
	}
	if (input_unread >= 0)
		close(input_unread);
	input_unread = -1;
	held_at = held_end = 0;
}

int stdio_finish(int code)
{
	/*
	 * All that the program wrote before it ended is in the pipes now. Waiting for their end instead would wait for
	 * whoever else holds them.
	 */
	for (unsigned fd = 1; fd < 3; fd++) {
		struct pollfd ready = {.fd = pumps[fd].pipe, .events = POLLIN};

		while (pumps[fd].pipe >= 0 && poll(&ready, 1, 0) > 0)
			pump_step(fd);
	}
	give_back_input();
	return code == 0 && (pumps[1].lost || pumps[2].lost) ? (int)REG_EXIT_FAILED : code;
}

void stdio_restore(void)
{
	for (int fd = 0; fd < 3; fd++) {
		int now = fcntl(fd, F_GETFL);

		if (now >= 0 && ((now ^ flags_found[fd]) & O_NONBLOCK))
			(void)fcntl(fd, F_SETFL, (now & ~O_NONBLOCK) | (flags_found[fd] & O_NONBLOCK));
	}
}
