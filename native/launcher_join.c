/*
 * Cloning into a container's pid namespace. setns(2) with CLONE_NEWPID changes where children are born, not where the
 * caller is; so the launcher aims at the container for the moment of one clone, and the new process is a child of its own
 * like any other.
 */
#include "launcher.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#define PID_NAMESPACE 0x20000000 /* CLONE_NEWPID */

static bool has_ended(int pidfd)
{
	struct pollfd process = {.fd = pidfd, .events = POLLIN};
	struct timespec at_once = {.tv_sec = 0};
	return sys(SYS_ppoll, &process, 1, &at_once, NULL, REG_SIGSET_SIZE) == 1;
}

/*
 * A descriptor of the container's first process. Its number is that process for as long as it is not reaped, and only we do
 * that; an adopted one is known by its descriptor.
 */
static int open_first(struct launcher *l, uint32_t number)
{
	const struct slot *s = slot_find(l, number);
	if (!s || s->state != REG_STATE_RUNNING || s->reaped || s->flags & REG_SLOT_JOINED)
		return -ESRCH;
	return (int)(s->flags & REG_SLOT_ADOPTED ? sys(SYS_fcntl, s->fd, F_DUPFD_CLOEXEC, FD_FIRST_FREE)
						 : sys(SYS_pidfd_open, s->pid, 0));
}

int join_aim(struct launcher *l, uint32_t number)
{
	long result = l->own_fd >= 0 ? l->own_fd : sys(SYS_pidfd_open, getpid(), 0);
	if (result < 0)
		return (int)result;
	l->own_fd = (int)result;
	int fd = open_first(l, number);
	if (fd < 0)
		return fd;
	result = sys(SYS_setns, fd, PID_NAMESPACE);
	if (!result)
		return fd;
	sys_close(fd);
	return (int)result;
}

int join_return(struct launcher *l)
{
	if (!l->astray)
		return 0;
	long result = sys(SYS_setns, l->own_fd, PID_NAMESPACE);
	l->astray = result != 0;
	return (int)result;
}

int join_done(struct launcher *l, int fd, int error)
{
	if (error && has_ended(fd))
		error = -ESRCH; /* the kernel says ENOMEM of a namespace whose first process has ended */
	sys_close(fd);
	l->astray = true;
	if (join_return(l))
		note(l, "the way back from a container's pid namespace failed for want of memory");
	return error;
}
