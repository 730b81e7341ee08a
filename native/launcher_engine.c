/*
 * The conversation with the engine, launcher's side. Sending never blocks: what the socket does not take waits in a
 * bounded queue, and an engine that lets it run full is disconnected. It finds everything again by LIST.
 */
#include "launcher.h"

#include <sys/epoll.h>
#include <unistd.h>

void engine_drop(struct launcher *l, const char *why)
{
	if (l->engine_fd < 0)
		return;
	note(l, "engine disconnected: %s", why);
	unwatch_and_close(l, l->engine_fd);
	l->engine_fd = -1;
	l->queue_length = 0;
	l->listing = l->want_write = l->greeted = false;
}

static void want_write(struct launcher *l, bool want)
{
	if (l->want_write == want)
		return;
	l->want_write = want;
	rewatch(l, l->engine_fd, WATCH_ENGINE, 0, EPOLLIN | (want ? EPOLLOUT : 0));
}

/* False when the socket is full. */
static bool try_send(struct launcher *l, const void *bytes, uint32_t length)
{
	long sent = sys(SYS_sendto, l->engine_fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	if (sent >= 0)
		return true;
	if (sent == -EAGAIN || sent == -EINTR || sent == -ENOBUFS)
		return false;
	engine_drop(l, "it hung up");
	return true;
}

void engine_send(struct launcher *l, uint32_t type, uint32_t arg, const void *payload, uint32_t length)
{
	if (l->engine_fd < 0)
		return;
	struct queued message = {.length = REG_HEADER_SIZE + length};
	struct reg_header header = {type, arg};
	if (message.length > sizeof message.bytes)
		return;
	memcpy(message.bytes, &header, sizeof header);
	if (length)
		memcpy(message.bytes + sizeof header, payload, length);
	if (!l->queue_length && try_send(l, message.bytes, message.length))
		return;
	if (l->queue_length == QUEUE_MAX) {
		engine_drop(l, "it does not read");
		return;
	}
	l->queue[(l->queue_head + l->queue_length++) % QUEUE_MAX] = message;
	want_write(l, true);
}

/* LIST is answered as the queue drains: a thousand containers do not count as an engine that does not read. */
static void continue_list(struct launcher *l)
{
	while (l->listing && l->engine_fd >= 0 && l->queue_length < QUEUE_MAX / 2) {
		if (l->list_next > l->slot_used) {
			l->listing = false;
			engine_send(l, REG_LAUNCHER_LISTED, l->list_count, NULL, 0);
			return;
		}
		const struct slot *s = &l->slots[l->list_next++];
		if (!s->state)
			continue;
		struct {
			char id[REG_CONTAINER_ID_SIZE];
			uint32_t pid, state;
			int32_t code;
			uint32_t flags;
		} item = {.pid = (uint32_t)s->pid, .state = s->state, .code = s->code, .flags = s->flags};
		memcpy(item.id, s->id, sizeof item.id);
		l->list_count++;
		engine_send(l, REG_LAUNCHER_ITEM, s->number, &item, sizeof item);
	}
}

void engine_flush(struct launcher *l)
{
	while (l->queue_length) {
		const struct queued *message = &l->queue[l->queue_head];
		if (!try_send(l, message->bytes, message->length))
			return;
		if (l->engine_fd < 0)
			return;
		l->queue_head = (l->queue_head + 1) % QUEUE_MAX;
		l->queue_length--;
	}
	continue_list(l);
	if (l->engine_fd >= 0)
		want_write(l, l->queue_length > 0);
}

void engine_greet(struct launcher *l)
{
	struct {
		uint32_t pid, running;
		char build[64];
	} hello = {.pid = (uint32_t)getpid(), .running = l->running, .build = REG_BUILD_ID};
	engine_send(l, REG_LAUNCHER_HELLO, REG_LAUNCHER_VERSION, &hello,
		    (uint32_t)(offsetof(__typeof__(hello), build) + strlen(hello.build) + 1));
}

void engine_accept(struct launcher *l)
{
	long fd = sys(SYS_accept4, l->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	struct ucred {
		int32_t pid;
		uint32_t uid, gid;
	} peer = {0, 0, 0};
	socklen_t size = sizeof peer;
	if (sys(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || (peer.uid && peer.uid != geteuid())) {
		note(l, "refused a connection from uid %u", peer.uid);
		sys_close((int)fd);
		return;
	}
	engine_drop(l, "a newer one has connected");
	l->engine_fd = (int)fd;
	watch(l, l->engine_fd, WATCH_ENGINE, 0, EPOLLIN);
	engine_greet(l);
}

static uint32_t u32_at(uint32_t offset)
{
	uint32_t value;
	memcpy(&value, shed.message + offset, sizeof value);
	return value;
}

static void forget(struct launcher *l, uint32_t number)
{
	struct slot *s = slot_find(l, number);
	if (!s)
		return;
	if (s->state == REG_STATE_GONE || s->state == REG_STATE_FAILED)
		slot_remove(l, s);
	else
		s->forgotten = s->state == REG_STATE_EXITED;
}

static void hello(struct launcher *l, uint32_t version)
{
	l->greeted = version == REG_LAUNCHER_VERSION;
	if (!l->greeted)
		engine_drop(l, "it speaks another version of the protocol");
}

/* The descriptors that a handler keeps are -1 afterwards. */
static void dispatch(struct launcher *l, uint32_t length, int *fds, uint32_t fd_count)
{
	uint32_t type = u32_at(0), arg = u32_at(4);
	if (!l->greeted && type != REG_LAUNCHER_HELLO) {
		engine_drop(l, "it did not say hello");
		return;
	}
	switch (type) {
	case REG_LAUNCHER_HELLO:
		hello(l, arg);
		break;
	case REG_LAUNCHER_START:
		child_start(l, arg, length, fds, fd_count);
		break;
	case REG_LAUNCHER_SIGNAL:
		if (length >= REG_HEADER_SIZE + 4)
			child_signal(l, arg, (int)u32_at(8));
		break;
	case REG_LAUNCHER_FORGET:
		forget(l, arg);
		break;
	case REG_LAUNCHER_ADOPT:
		child_adopt(l, arg, length, fds, fd_count);
		break;
	case REG_LAUNCHER_LIST:
		l->listing = true;
		l->list_next = 1;
		l->list_count = 0;
		continue_list(l);
		break;
	case REG_LAUNCHER_UPGRADE:
		if (fd_count == 1 && l->upgrade_fd < 0) {
			l->upgrade_fd = fds[0];
			fds[0] = -1;
		} else {
			engine_send(l, REG_LAUNCHER_BUSY, 0, NULL, 0);
		}
		break;
	case REG_LAUNCHER_QUIT:
		if (l->running)
			engine_send(l, REG_LAUNCHER_BUSY, 0, NULL, 0);
		else
			l->quitting = true;
		break;
	default:
		if (!(type & REG_TYPE_OPTIONAL))
			engine_drop(l, "it sent a message of unknown type");
	}
}

/* Descriptors arrive as the lowest free numbers, mostly in a row: then one call closes them all. */
static void close_all(const int *fds, uint32_t count)
{
	for (uint32_t i = 0; i < count;) {
		uint32_t run = 1;
		while (fds[i] >= 0 && i + run < count && fds[i + run] == fds[i] + (int)run)
			run++;
		if (fds[i] >= 0)
			sys(SYS_close_range, fds[i], fds[i] + (int)run - 1, 0);
		i += run;
	}
}

void engine_receive(struct launcher *l)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * REG_MESSAGE_FDS)];
	} control;
	struct iovec part = {shed.message, sizeof shed.message};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	message.msg_control = &control;
	message.msg_controllen = sizeof control;
	long got = sys(SYS_recvmsg, l->engine_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got == -EAGAIN || got == -EINTR)
		return;
	if (got <= 0) {
		engine_drop(l, "it closed the connection");
		return;
	}
	int fds[REG_MESSAGE_FDS];
	uint32_t count = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			count = (uint32_t)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
			memcpy(fds, CMSG_DATA(c), count * sizeof(int));
			break;
		}
	if (got < (long)REG_HEADER_SIZE || message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		engine_drop(l, "its message was too short, too long or had too many descriptors");
	else
		dispatch(l, (uint32_t)got, fds, count);
	close_all(fds, count);
}
