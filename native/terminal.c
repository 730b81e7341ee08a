/*
 * The container's terminal: made by the program's process within the container's own devpts, its other side handed to the
 * client through the socket that the client gave for it. See ARCHITECTURE.md, "Terminals".
 */
#include "container.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

#define GROUP_TTY 5

/* The master: whatever a container put in its place is no terminal, which the first ioctl on it finds out. */
static int open_master(const struct container *c)
{
	struct reg_open_how how = {
	    .flags = O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK,
	    .resolve = REG_RESOLVE_IN_ROOT | REG_RESOLVE_NO_MAGICLINKS | REG_RESOLVE_NO_SYMLINKS,
	};
	return (int)sys(SYS_openat2, c->root_fd, "/dev/pts/ptmx", &how, sizeof how);
}

/* The side that the program has, as its user's own. */
static int open_peer(int master, const struct plan_op *op, const struct plan_op *user)
{
	const struct {
		uint16_t rows, columns, x, y;
	} size = {op->rows, op->columns, 0, 0}; /* struct winsize */
	int unlocked = 0;
	long result = sys(SYS_ioctl, master, TIOCSPTLCK, &unlocked);
	if (!result)
		result = sys(SYS_ioctl, master, TIOCSWINSZ, &size);
	if (result)
		return (int)result;
	int peer = (int)sys(SYS_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (peer < 0)
		return peer;
	result = sys(SYS_fchown, peer, user->op ? user->uid : 0u, GROUP_TTY);
	if (!result)
		result = sys(SYS_fchmod, peer, 0620);
	if (!result)
		return peer;
	sys_close(peer);
	return (int)result;
}

/* A client that does not take it loses its own container, and nobody's time. */
static int hand_over(int socket, int master)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = 0;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	memset(&control, 0, sizeof control);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &master, sizeof master);
	long result = sys(SYS_sendmsg, socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	return result < 0 ? (int)result : 0;
}

int terminal_take(const struct container *c, const struct plan_op *op, const struct plan_op *user)
{
	int master = open_master(c);
	if (master < 0)
		return master;
	int peer = open_peer(master, op, user);
	long result = peer < 0 ? peer : sys(SYS_ioctl, peer, TIOCSCTTY, 0);
	for (int i = 0; i < 3 && result >= 0; i++)
		if (op->flags & REG_TERMINAL_INPUT << i)
			result = sys(SYS_dup3, peer, i, 0);
	if (result >= 0)
		result = hand_over(c->fds[op->fd], master);
	if (peer >= 0)
		sys_close(peer);
	sys_close(master);
	return result < 0 ? (int)result : 0;
}
