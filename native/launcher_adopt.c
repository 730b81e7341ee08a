/*
 * Containers whose launcher died: no children of ours, known by a pidfd that the engine found. Their end is an event of
 * the pidfd; the code, when no init wrote it down, is the kernel's to say, and nobody's to guess.
 */
#include "launcher.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

void child_adopt(struct launcher *l, uint32_t number, uint32_t length, int *fds, uint32_t fd_count)
{
	struct {
		struct reg_header header;
		char id[REG_CONTAINER_ID_SIZE];
		uint32_t pid, flags;
	} adopt;
	memcpy(&adopt, shed.message, sizeof adopt);
	if (length < sizeof adopt || adopt.flags & ~REG_SLOT_JOINED || fd_count != 1 || slot_find(l, number)) {
		engine_drop(l, "it sent an ADOPT that is malformed or for a slot in use");
		return;
	}
	struct slot *s = child_is_id(adopt.id) ? slot_add(l, number, adopt.id) : NULL;
	if (!s) {
		uint32_t where[2] = {NO_OPERATION, child_is_id(adopt.id) ? EAGAIN : EINVAL};
		engine_send(l, REG_LAUNCHER_FAILED, number, where, sizeof where);
		return;
	}
	s->flags = (uint8_t)(REG_SLOT_ADOPTED | adopt.flags);
	s->pid = (int32_t)adopt.pid;
	s->fd = fds[0];
	fds[0] = -1;
	slot_set_state(l, s, REG_STATE_RUNNING);
	watch(l, s->fd, WATCH_PIDFD, slot_index(l, s), EPOLLIN);
}

/* linux/pidfd.h, kernel 6.15 */
struct pidfd_info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, ids[8];
	int32_t exit_code;
};
#define PIDFD_INFO_EXIT 8u
#define PIDFD_GET_INFO _IOWR(0xff, 11, struct pidfd_info)

static int32_t code_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The code of a process that has been waited for, whoever did; -1 when it has not, or the kernel does not say. */
static int32_t code_of_reaped(int pidfd)
{
	struct pidfd_info info = {.mask = PIDFD_INFO_EXIT};
	if (sys(SYS_ioctl, pidfd, PIDFD_GET_INFO, &info) || !(info.mask & PIDFD_INFO_EXIT))
		return -1;
	return code_of(info.exit_code);
}

/* A /proc in no namespace: the launcher's own root has none. -1 when it cannot be had. */
static int processes(struct launcher *l)
{
	if (l->proc_fd >= 0)
		return l->proc_fd;
	int fs = (int)sys(SYS_fsopen, "proc", REG_FSOPEN_CLOEXEC);
	if (fs < 0)
		return -1;
	long result = sys(SYS_fsconfig, fs, REG_FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!result)
		result = sys(SYS_fsmount, fs, REG_FSMOUNT_CLOEXEC, REG_ATTR_RDONLY | REG_ATTR_NOSUID | REG_ATTR_NOEXEC);
	sys_close(fs);
	if (result >= 0)
		l->proc_fd = (int)result;
	else
		note(l, "no /proc to read exit codes from: errno %d", (int)-result);
	return l->proc_fd;
}

/* Below /proc; NUL-ended. */
static bool read_process(int proc, int32_t pid, const char *name, bool link, char *text, size_t size)
{
	char path[40], *at = path + 11;
	uint32_t rest = (uint32_t)pid;
	do
		*--at = (char)('0' + rest % 10);
	while (rest /= 10);
	memcpy(path + 11, name, strlen(name) + 1);
	long got;
	if (link) {
		got = sys(SYS_readlinkat, proc, at, text, size - 1);
	} else {
		long fd = sys(SYS_openat, proc, at, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return false;
		got = sys(SYS_read, fd, text, size - 1);
		sys_close((int)fd);
	}
	text[got > 0 ? got : 0] = 0;
	return got > 0;
}

/*
 * The code of a process that nobody has waited for yet: its parent is the host's init now, which may take its time. It
 * is the last field of stat (proc_pid_stat(5)), but for a reader who may not look it is 0: so the namespace's link, which
 * asks for the same right, is read, too. -1 when it is no zombie (any more).
 */
static int32_t code_of_zombie(struct launcher *l, int pidfd, int32_t pid)
{
	char text[1024], link[64];
	int proc = processes(l);
	if (proc < 0 || !read_process(proc, pid, "/ns/pid", true, link, sizeof link) ||
	    !read_process(proc, pid, "/stat", false, text, sizeof text))
		return -1;
	if (sys(SYS_pidfd_send_signal, pidfd, 0, NULL, 0)) /* waited for meanwhile: the number may be another's */
		return -1;
	const char *state = strrchr(text, ')'), *last = strrchr(text, ' ');
	if (!state || last <= state || (state[2] != 'Z' && state[2] != 'X'))
		return -1;
	int status = 0;
	for (last++; *last >= '0' && *last <= '9'; last++)
		status = status * 10 + *last - '0';
	return code_of(status);
}

/* In this order: a zombie may be waited for between the two questions, but not the other way round. */
static int32_t exit_code_of(struct launcher *l, const struct slot *s)
{
	int32_t code = code_of_zombie(l, s->fd, s->pid);
	return code >= 0 ? code : code_of_reaped(s->fd);
}

static void adopted_gone(struct launcher *l, struct slot *s, int32_t code)
{
	unwatch_and_close(l, s->fd);
	s->fd = -1;
	child_adopted_gone(l, s, code);
}

/* Where the code is not to be had from a zombie it comes with the reaping, which a sluggish host init may leave undone. */
void child_pidfd(struct launcher *l, struct slot *s, uint32_t events)
{
	int32_t code = exit_code_of(l, s);
	if (code >= 0 || events & EPOLLHUP) {
		if (s->hangup)
			l->hangups--;
		s->hangup = 0;
		adopted_gone(l, s, code);
	} else if (!s->hangup) {
		s->hangup = 50; /* sweeps: a second */
		l->hangups++;
		rewatch(l, s->fd, WATCH_PIDFD, slot_index(l, s), 0);
	}
}

void child_hangups(struct launcher *l)
{
	for (uint32_t i = 1; i <= l->slot_used && l->hangups; i++) {
		struct slot *s = &l->slots[i];
		if (!s->hangup)
			continue;
		int32_t code = exit_code_of(l, s);
		if (code < 0 && --s->hangup)
			continue;
		s->hangup = 0;
		l->hangups--;
		adopted_gone(l, s, code);
	}
}
