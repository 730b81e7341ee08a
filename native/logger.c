/*
 * The logger: what detached containers write, into their log files. Two processes.
 *
 * The *holder*, the launcher's child, keeps the reading end of every stream open and touches no disk, so it answers the
 * launcher at once. The *writer*, its child, reads the streams and writes the files, and may wait for a disk. When the
 * writer dies the holder forks another, which inherits all streams; no container notices. When the launcher dies,
 * both go on until the last stream has ended.
 */
#include "logger.h"
#include "logger_file.h"
#include "sys.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define STREAMS_MAX 32768u /* containers with a log at a time */
#define READ_MAX 65536
#define KIND_LAUNCHER 0u
#define KIND_WRITER 1u
#define KIND_STREAM 2u /* + 0 stdout, + 1 stderr; with an entry's index */

/* A container's two streams. Index 0 is unused. */
struct entry {
	uint32_t number;
	uint32_t next_free;
	uint8_t used;
	uint8_t told; /* holder: the writer knows it */
	int32_t fds[LOGGER_FDS]; /* the streams, -1 when ended; the directory */
	char id[REG_CONTAINER_ID_SIZE];
	struct log_file file; /* writer */
};

struct logger {
	int launcher_fd; /* -1 when the launcher has gone */
	int writer_fd, epoll_fd, log_fd;
	pid_t writer_pid;
	bool blocked; /* the writer's socket is full */
	uint32_t used, free, count;
	struct entry entries[STREAMS_MAX + 1];
};

static void watch_fd(int epoll_fd, int operation, int fd, uint32_t kind, uint32_t index, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = (uint64_t)kind << 32 | index};
	sys(SYS_epoll_ctl, epoll_fd, operation, fd, &event);
}

static uint32_t entry_new(struct logger *g)
{
	uint32_t i = g->free;
	if (i)
		g->free = g->entries[i].next_free;
	else if (g->used < STREAMS_MAX)
		i = ++g->used;
	else
		return 0;
	g->entries[i] = (struct entry){.used = 1, .file = {.fd = -1}};
	g->count++;
	return i;
}

static void entry_end(struct logger *g, uint32_t i)
{
	struct entry *e = &g->entries[i];
	for (int s = 0; s < LOGGER_FDS; s++)
		if (e->fds[s] >= 0)
			sys_close(e->fds[s]);
	e->used = 0;
	e->next_free = g->free;
	g->free = i;
	g->count--;
}

/* One logger_add with its descriptors into a new entry. Its index; 0 when nothing came; -1 at the end. */
static int receive_add(struct logger *g, int socket)
{
	struct logger_add add;
	int fds[LOGGER_FDS];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof fds)];
	} control;
	struct iovec part = {&add, sizeof add};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	message.msg_control = &control;
	message.msg_controllen = sizeof control;
	long got = sys(SYS_recvmsg, socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got == -EAGAIN || got == -EINTR)
		return 0;
	if (got <= 0)
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	if (got != sizeof add || !c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof fds)) {
		log_note(g->log_fd, "logger: no descriptors came with a container: too many are open; its output is lost", NULL);
		return got == sizeof add ? (sys(SYS_sendto, socket, &add.number, 4, MSG_NOSIGNAL, NULL, 0), 0) : 0;
	}
	memcpy(fds, CMSG_DATA(c), sizeof fds);
	uint32_t i = entry_new(g);
	if (!i) {
		for (int s = 0; s < LOGGER_FDS; s++)
			sys_close(fds[s]);
		return 0;
	}
	struct entry *e = &g->entries[i];
	e->number = add.number;
	memcpy(e->id, add.id, sizeof e->id);
	memcpy(e->fds, fds, sizeof fds);
	return (int)i;
}

/* --- writer --- */

static void stream_ended(struct logger *g, uint32_t i, int stream)
{
	struct entry *e = &g->entries[i];
	sys_close(e->fds[stream]);
	e->fds[stream] = -1;
	if (e->fds[!stream] >= 0)
		return;
	uint32_t number = e->number;
	log_close(&e->file);
	entry_end(g, i);
	sys(SYS_sendto, g->writer_fd, &number, sizeof number, MSG_NOSIGNAL, NULL, 0);
}

static void stream_ready(struct logger *g, uint32_t i, int stream)
{
	static char buffer[READ_MAX];
	struct entry *e = &g->entries[i];
	if (!e->used || e->fds[stream] < 0)
		return;
	long got = sys(SYS_read, e->fds[stream], buffer, sizeof buffer);
	if (got == -EINTR || got == -EAGAIN)
		return;
	if (got <= 0)
		stream_ended(g, i, stream);
	else
		log_write(&e->file, e->fds[2], g->log_fd, e->id, stream, buffer, (size_t)got);
}

/* A program can open its output for reading and take back what was seen here: no read may wait for more. */
static void writer_watch(struct logger *g, uint32_t i)
{
	for (int s = 0; s < 2; s++) {
		sys(SYS_fcntl, g->entries[i].fds[s], F_SETFL, O_NONBLOCK);
		watch_fd(g->epoll_fd, EPOLL_CTL_ADD, g->entries[i].fds[s], KIND_STREAM + (uint32_t)s, i, EPOLLIN);
	}
}

/* Entries that exist already are inherited: from the writer before this one, by way of the holder. */
static _Noreturn void writer_run(struct logger *g)
{
	prctl(PR_SET_NAME, "reg-logger");
	sys_close(g->epoll_fd);
	if (g->launcher_fd >= 0)
		sys_close(g->launcher_fd);
	g->epoll_fd = (int)sys(SYS_epoll_create1, EPOLL_CLOEXEC);
	watch_fd(g->epoll_fd, EPOLL_CTL_ADD, g->writer_fd, KIND_WRITER, 0, EPOLLIN);
	for (uint32_t i = 1; i <= g->used; i++)
		if (g->entries[i].used)
			writer_watch(g, i);
	bool orphaned = false;
	while (!orphaned || g->count) {
		struct epoll_event event;
		if (sys(SYS_epoll_pwait, g->epoll_fd, &event, 1, -1, NULL, REG_SIGSET_SIZE) != 1)
			continue;
		uint32_t kind = (uint32_t)(event.data.u64 >> 32);
		if (kind != KIND_WRITER) {
			stream_ready(g, (uint32_t)event.data.u64, (int)(kind - KIND_STREAM));
			continue;
		}
		int i = receive_add(g, g->writer_fd);
		if (i > 0)
			writer_watch(g, (uint32_t)i);
		if (i < 0) {
			orphaned = true;
			watch_fd(g->epoll_fd, EPOLL_CTL_DEL, g->writer_fd, 0, 0, 0);
		}
	}
	sys_exit(0);
}

/* --- holder --- */

static void start_writer(struct logger *g)
{
	int ends[2];
	if (sys(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		log_note(g->log_fd, "logger: no socket for a writer", NULL);
		sys_exit(1);
	}
	g->writer_fd = ends[1];
	long pid = sys(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		sys_close(ends[0]);
		writer_run(g);
	}
	sys_close(ends[1]);
	g->writer_fd = ends[0];
	g->writer_pid = (pid_t)pid;
	if (pid < 0) {
		log_note(g->log_fd, "logger: a writer could not be forked", NULL);
		sys_exit(1);
	}
	g->blocked = false;
	for (uint32_t i = 1; i <= g->used; i++)
		g->entries[i].told = 1;
	watch_fd(g->epoll_fd, EPOLL_CTL_ADD, g->writer_fd, KIND_WRITER, 0, EPOLLIN);
}

/* False when the writer's socket is full. */
static bool tell_writer(struct logger *g, struct entry *e)
{
	struct logger_add add = {.number = e->number};
	memcpy(add.id, e->id, sizeof add.id);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof e->fds)];
	} control;
	memset(&control, 0, sizeof control);
	struct iovec part = {&add, sizeof add};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	message.msg_control = &control;
	message.msg_controllen = sizeof control;
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof e->fds);
	memcpy(CMSG_DATA(c), e->fds, sizeof e->fds);
	long sent = sys(SYS_sendmsg, g->writer_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent == -EAGAIN || sent == -ETOOMANYREFS)
		return false;
	e->told = 1; /* or the writer has died: the next one inherits it */
	return true;
}

static void tell_pending(struct logger *g)
{
	for (uint32_t i = 1; i <= g->used; i++) {
		struct entry *e = &g->entries[i];
		if (e->used && !e->told && !tell_writer(g, e))
			return;
	}
	g->blocked = false;
	watch_fd(g->epoll_fd, EPOLL_CTL_MOD, g->writer_fd, KIND_WRITER, 0, EPOLLIN);
}

static void added(struct logger *g, uint32_t i)
{
	if (g->blocked || tell_writer(g, &g->entries[i]))
		return;
	g->blocked = true;
	watch_fd(g->epoll_fd, EPOLL_CTL_MOD, g->writer_fd, KIND_WRITER, 0, EPOLLIN | EPOLLOUT);
}

static void written(struct logger *g, uint32_t number)
{
	for (uint32_t i = 1; i <= g->used; i++)
		if (g->entries[i].used && g->entries[i].number == number) {
			entry_end(g, i);
			break;
		}
	if (g->launcher_fd >= 0)
		sys(SYS_sendto, g->launcher_fd, &number, sizeof number, MSG_NOSIGNAL, NULL, 0);
}

static void writer_ready(struct logger *g, uint32_t events)
{
	uint32_t number;
	long got = sys(SYS_recvfrom, g->writer_fd, &number, sizeof number, MSG_DONTWAIT, NULL, NULL);
	if (got == sizeof number) {
		written(g, number);
	} else if (got != -EAGAIN && got != -EINTR) {
		log_note(g->log_fd, "logger: its writer has ended; another one goes on", NULL);
		sys_close(g->writer_fd);
		sys(SYS_wait4, g->writer_pid, NULL, 0, NULL);
		start_writer(g);
	} else if (events & EPOLLOUT) {
		tell_pending(g);
	}
}

_Noreturn void logger_run(int socket, int log_fd)
{
	prctl(PR_SET_NAME, "reg-logkeeper");
	sys(SYS_setsid);
	struct logger *g = mmap(NULL, sizeof *g, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (g == MAP_FAILED)
		sys_exit(1);
	/* Of what the launcher has, two descriptors are ours; a held connection would keep an engine waiting. */
	const int first = FD_FIRST_OF_LOGGER;
	g->launcher_fd = fcntl(socket, F_DUPFD_CLOEXEC, 512);
	g->log_fd = fcntl(log_fd, F_DUPFD_CLOEXEC, 512);
	if (g->launcher_fd < 0 || g->log_fd < 0)
		sys_exit(1);
	int last = g->log_fd > g->launcher_fd ? g->log_fd : g->launcher_fd;
	sys(SYS_close_range, first, 511, 0);
	sys(SYS_close_range, last + 1, ~0u, 0);
	struct rlimit limit;
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	g->epoll_fd = (int)sys(SYS_epoll_create1, EPOLL_CLOEXEC);
	start_writer(g);
	watch_fd(g->epoll_fd, EPOLL_CTL_ADD, g->launcher_fd, KIND_LAUNCHER, 0, EPOLLIN);
	while (g->launcher_fd >= 0 || g->count) {
		struct epoll_event event;
		if (sys(SYS_epoll_pwait, g->epoll_fd, &event, 1, -1, NULL, REG_SIGSET_SIZE) != 1)
			continue;
		if (event.data.u64 >> 32 == KIND_WRITER) {
			writer_ready(g, event.events);
			continue;
		}
		int i = receive_add(g, g->launcher_fd);
		if (i > 0)
			added(g, (uint32_t)i);
		if (i < 0) {
			sys_close(g->launcher_fd);
			g->launcher_fd = -1;
		}
	}
	sys_close(g->writer_fd);
	sys(SYS_wait4, g->writer_pid, NULL, 0, NULL);
	sys_exit(0);
}
