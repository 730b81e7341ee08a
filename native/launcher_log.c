/* launcher.log, and the launcher's end of the logger. */
#include "launcher.h"
#include "logger.h"

#include <stdarg.h>
#include <sys/epoll.h>

static char *put_number(char *at, const char *end, uint64_t value)
{
	char digits[20];
	int n = 0;
	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	while (n && at < end)
		*at++ = digits[--n];
	return at;
}

void note(const struct launcher *l, const char *format, ...)
{
	char line[512];
	char *at = line + format_time(line), *const end = line + sizeof line - 1;
	*at++ = ' ';
	va_list arguments;
	va_start(arguments, format);
	for (; *format && at < end; format++) {
		if (*format != '%') {
			*at++ = *format;
			continue;
		}
		format++;
		if (*format == 's') {
			for (const char *text = va_arg(arguments, const char *); *text && at < end; text++)
				*at++ = *text;
		} else if (*format == 'd') {
			int value = va_arg(arguments, int);
			if (value < 0)
				*at++ = '-';
			at = put_number(at, end, value < 0 ? -(uint64_t)value : (uint64_t)value);
		} else {
			at = put_number(at, end, va_arg(arguments, unsigned));
		}
	}
	va_end(arguments);
	*at++ = '\n';
	sys(SYS_write, l->log_fd, line, at - line);
}

struct logger_start {
	int socket, log_fd;
};

static int run_logger(void *argument)
{
	const struct logger_start *start = argument;
	logger_run(start->socket, start->log_fd);
}

/* Without one (no descriptors, no processes) containers run on, their output unread, until a later start succeeds. */
void logger_start(struct launcher *l)
{
	static struct logger_start start; /* not on the stack, which children do not get */
	int ends[2];
	long result = sys(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
	if (result) {
		note(l, "making the logger's socket failed: errno %d", (int)-result);
		return;
	}
	start = (struct logger_start){ends[1], l->log_fd};
	int32_t pid = spawn(l, run_logger, &start, SIGCHLD, -1);
	sys_close(ends[1]);
	if (pid < 0) {
		note(l, "starting the logger failed: errno %d", (int)-pid);
		sys_close(ends[0]);
		return;
	}
	l->logger_fd = ends[0];
	l->logger_pid = pid;
	watch(l, l->logger_fd, WATCH_LOGGER, 0, EPOLLIN);
}

/*
 * The logger's holder never waits for a disk, so this blocking send waits for a processor at most. It keeps the
 * descriptors too: kept here, every later container would inherit and close them.
 */
static long send_streams(struct launcher *l, const struct slot *s, const int *fds)
{
	struct logger_add add = {.number = s->number};
	memcpy(add.id, s->id, sizeof add.id);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(LOGGER_FDS * sizeof(int))];
	} control;
	memset(&control, 0, sizeof control);
	struct iovec part = {&add, sizeof add};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	message.msg_control = &control;
	message.msg_controllen = sizeof control;
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(LOGGER_FDS * sizeof(int));
	memcpy(CMSG_DATA(c), fds, LOGGER_FDS * sizeof(int));
	return sys(SYS_sendmsg, l->logger_fd, &message, MSG_NOSIGNAL);
}

void logger_add(struct launcher *l, struct slot *s, const int *fds)
{
	for (int tries = 0; tries < 2; tries++) {
		if (l->logger_fd < 0)
			logger_start(l);
		if (l->logger_fd < 0)
			break;
		if (send_streams(l, s, fds) > 0) {
			s->logging = 1;
			return;
		}
		logger_lost(l);
	}
	note(l, "no logger took the output of a container with pid %d: it is lost", s->pid);
}

void logger_receive(struct launcher *l)
{
	uint32_t number;
	long got = sys(SYS_recvfrom, l->logger_fd, &number, sizeof number, MSG_DONTWAIT, NULL, NULL);
	if (got == -EAGAIN || got == -EINTR)
		return;
	if (got != sizeof number) {
		logger_lost(l);
		return;
	}
	struct slot *s = slot_find(l, number);
	if (s && s->logging)
		child_log_done(l, s);
}

/* Its holder has died, and with it the only reading ends: the containers it served go on without a log. */
void logger_lost(struct launcher *l)
{
	note(l, "the logger has ended unexpectedly");
	unwatch_and_close(l, l->logger_fd);
	l->logger_fd = -1;
	for (uint32_t i = 1; i <= l->slot_used; i++)
		if (l->slots[i].state && l->slots[i].logging)
			child_log_done(l, &l->slots[i]);
}
