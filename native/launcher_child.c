/*
 * Containers as their parent sees them: begun by START, heard of through reports, pipes and signals, reaped.
 *
 * A report carries its sender's pid, verified by the kernel. It was sent before its sender ended, so draining the
 * reports after wait has named a pid and before the pid is let go loses none and mistakes none.
 */
#include "launcher.h"
#include "logger.h"

#include <sys/wait.h>

#define SIGNAL_CARRIER 64 /* init.c */

#define CLONE_CONTAINER (0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x20000000) /* NS CGROUP UTS IPC PID */

static void send_code(struct launcher *l, uint32_t type, const struct slot *s)
{
	engine_send(l, type, s->number, &s->code, sizeof s->code);
}

static void started(struct launcher *l, struct slot *s)
{
	slot_set_state(l, s, REG_STATE_RUNNING);
	uint32_t pid = (uint32_t)s->pid;
	engine_send(l, REG_LAUNCHER_STARTED, s->number, &pid, sizeof pid);
}

static void exited(struct launcher *l, struct slot *s, int32_t code)
{
	if (s->state != REG_STATE_RUNNING)
		return;
	s->code = code;
	slot_set_state(l, s, REG_STATE_EXITED);
	if (code >= 0)
		send_code(l, REG_LAUNCHER_EXITED, s);
}

static void failed(struct launcher *l, struct slot *s)
{
	slot_set_state(l, s, REG_STATE_FAILED);
	uint32_t where[2] = {s->operation, (uint32_t)s->error};
	engine_send(l, REG_LAUNCHER_FAILED, s->number, where, sizeof where);
}

static void gone_if_done(struct launcher *l, struct slot *s)
{
	if (s->state != REG_STATE_EXITED || !s->reaped || s->logging)
		return;
	slot_set_state(l, s, REG_STATE_GONE);
	send_code(l, REG_LAUNCHER_GONE, s);
	if (s->forgotten)
		slot_remove(l, s);
}

void child_log_done(struct launcher *l, struct slot *s)
{
	s->logging = 0;
	gone_if_done(l, s);
}

void child_adopted_gone(struct launcher *l, struct slot *s, int32_t code)
{
	s->reaped = 1;
	exited(l, s, code);
	gone_if_done(l, s);
}

/* EPERM-like refusals of a container that never was: it is FAILED at once, and remembered like any other. */
static void refuse(struct launcher *l, struct slot *s, int error)
{
	s->operation = NO_OPERATION;
	s->error = error;
	failed(l, s);
}

bool child_is_id(const char *id)
{
	for (uint32_t i = 0; i < REG_CONTAINER_ID_SIZE; i++)
		if (!((id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'f')))
			return false;
	return true;
}

static int run_container(void *argument)
{
	container_run(argument);
}

struct start {
	struct reg_header header;
	uint32_t flags, plan_length;
	char id[REG_CONTAINER_ID_SIZE];
};

/* With JOIN the container's slot is between this and the plan. */
static uint32_t head_length(const struct start *start)
{
	return (uint32_t)sizeof *start + (start->flags & REG_START_JOIN ? 4 : 0);
}

/* Descriptors that come before the plan's. */
static uint32_t leading(const struct start *start)
{
	return (start->flags & REG_START_MEMFD ? 1u : 0) + (start->flags & REG_START_CGROUP ? 1u : 0);
}

/* False when the message contradicts itself. */
static bool read_start(const struct start *start, uint32_t length, uint32_t fd_count)
{
	const uint32_t of_containers = REG_START_INIT | REG_START_LOG;
	if (length < sizeof *start || length < head_length(start) || !child_is_id(start->id) ||
	    start->flags & ~(of_containers | REG_START_MEMFD | REG_START_JOIN | REG_START_CGROUP) ||
	    (start->flags & REG_START_JOIN && start->flags & of_containers))
		return false;
	uint32_t needed = (start->flags & REG_START_LOG ? LOGGER_FDS : 0) + leading(start);
	if (fd_count < needed || start->plan_length > REG_LOGICAL_MAX)
		return false;
	return start->flags & REG_START_MEMFD ? start->plan_length > 0
					      : start->plan_length == length - head_length(start);
}

/* Fills in what the child needs; the logger's descriptors are not the plan's. */
static void prepare(struct launcher *l, const struct start *start, const int *fds, uint32_t fd_count)
{
	struct container *c = &shed.container;
	uint32_t first = leading(start);
	c->plan = shed.message + head_length(start);
	c->plan_length = start->plan_length;
	c->memfd = start->flags & REG_START_MEMFD ? fds[0] : -1;
	c->group_fd = start->flags & REG_START_CGROUP ? fds[first - 1] : -1;
	c->started_fd = c->join_fd = -1;
	c->init = start->flags & REG_START_INIT;
	c->has_open_tree_attr = l->has_open_tree_attr;
	c->permitted = l->permitted;
	c->fd_count = fd_count - first - (start->flags & REG_START_LOG ? LOGGER_FDS : 0);
	memcpy(c->fds, fds + first, c->fd_count * sizeof *fds);
}

static int clone_container(struct launcher *l, struct slot *s, int namespaces)
{
	int ends[2] = {-1, -1};
	if (!s->init) {
		long result = sys(SYS_pipe2, ends, O_CLOEXEC);
		if (result)
			return (int)result;
		shed.container.started_fd = ends[1];
	}
	int32_t pid = spawn(l, run_container, &shed.container, namespaces | SIGCHLD, shed.container.group_fd);
	if (ends[1] >= 0)
		sys_close(ends[1]);
	if (pid < 0) {
		if (ends[0] >= 0)
			sys_close(ends[0]);
		return pid;
	}
	slot_set_pid(l, s, pid);
	slot_set_state(l, s, REG_STATE_STARTING);
	s->fd = ends[0];
	if (s->fd >= 0) /* only its closing matters, not the byte before */
		watch(l, s->fd, WATCH_STARTED, slot_index(l, s), 0);
	return 0;
}

static int clone_joining(struct launcher *l, struct slot *s, uint32_t container)
{
	int fd = join_aim(l, container);
	if (fd < 0)
		return fd;
	shed.container.join_fd = fd;
	return join_done(l, fd, clone_container(l, s, 0));
}

void child_start(struct launcher *l, uint32_t number, uint32_t length, int *fds, uint32_t fd_count)
{
	const struct start *start = (const struct start *)shed.message;
	if (!read_start(start, length, fd_count) || slot_find(l, number)) {
		engine_drop(l, "it sent a START that is malformed or for a slot in use");
		return;
	}
	struct slot *s = slot_add(l, number, start->id);
	if (!s) {
		uint32_t where[2] = {NO_OPERATION, EAGAIN};
		engine_send(l, REG_LAUNCHER_FAILED, number, where, sizeof where);
		return;
	}
	s->init = start->flags & REG_START_INIT;
	s->flags = start->flags & REG_START_JOIN ? REG_SLOT_JOINED : 0;
	prepare(l, start, fds, fd_count);
	uint32_t container;
	memcpy(&container, shed.message + sizeof *start, sizeof container);
	int error = s->flags ? clone_joining(l, s, container) : clone_container(l, s, CLONE_CONTAINER);
	if (error)
		refuse(l, s, -error);
	else if (start->flags & REG_START_LOG)
		logger_add(l, s, fds + fd_count - LOGGER_FDS);
}

void child_signal(struct launcher *l, uint32_t number, int signal_number)
{
	struct slot *s = slot_find(l, number);
	if (!s || s->reaped || s->state == REG_STATE_GONE || s->state == REG_STATE_FAILED || signal_number < 1 ||
	    signal_number > 64)
		return;
	if (s->flags & REG_SLOT_ADOPTED) {
		sys(SYS_pidfd_send_signal, s->fd, signal_number, NULL, 0);
	} else if (s->init && signal_number == SIGSTOP) {
		siginfo_t info = {0};
		info.si_signo = SIGNAL_CARRIER;
		info.si_code = SI_QUEUE;
		info.si_value.sival_int = signal_number;
		sys(SYS_rt_sigqueueinfo, s->pid, SIGNAL_CARRIER, &info);
	} else {
		sys(SYS_kill, s->pid, signal_number);
	}
}

static void handle_report(struct launcher *l, int32_t pid, const struct report *report)
{
	struct slot *s = slot_of_pid(l, pid);
	if (!s || s->reported)
		return;
	switch (report->kind) {
	case REPORT_STARTED:
		if (s->state == REG_STATE_STARTING && s->init)
			started(l, s);
		break;
	case REPORT_FAILED:
		if (s->state != REG_STATE_STARTING)
			break;
		s->reported = 1;
		s->operation = report->a;
		s->error = (int32_t)report->b;
		break;
	case REPORT_EXITED:
		if (s->state != REG_STATE_RUNNING || !s->init)
			break;
		s->reported = 1;
		exited(l, s, (int32_t)(report->a & 0xff));
		break;
	default:
		note(l, "process %d sent a report of unknown kind", pid);
		return;
	}
	if (s->reported && !s->reaped) {
		s->by_exit = l->exiting;
		l->exiting = slot_index(l, s);
	}
}

/* One, or until none is left. */
void child_reports(struct launcher *l, bool all)
{
	do {
		struct {
			int32_t pid;
			uint32_t uid, gid;
		} sender;
		union {
			struct cmsghdr header;
			char space[CMSG_SPACE(sizeof sender)];
		} control;
		struct report report;
		struct iovec part = {&report, sizeof report};
		struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
		long got = sys(SYS_recvmsg, l->report_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (got < 0)
			return;
		struct cmsghdr *c = CMSG_FIRSTHDR(&message);
		if (got != sizeof report || !c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS)
			continue;
		memcpy(&sender, CMSG_DATA(c), sizeof sender);
		handle_report(l, sender.pid, &report);
	} while (all);
}

/*
 * Without an init: the child's end of the pipe is closed. Either exec did it, and a byte was written just before, or
 * the child has ended during set-up. A failed exec has sent a report before it ended.
 */
void child_started_pipe(struct launcher *l, struct slot *s)
{
	char byte;
	long got = sys(SYS_read, s->fd, &byte, 1);
	unwatch_and_close(l, s->fd);
	s->fd = -1;
	child_reports(l, true);
	if (got == 1 && !s->reported && s->state == REG_STATE_STARTING)
		started(l, s);
}

static void reaped(struct launcher *l, struct slot *s, int status)
{
	s->reaped = 1;
	child_reports(l, true);
	if (s->fd >= 0)
		child_started_pipe(l, s);
	slot_drop_pid(l, s);
	if (s->state == REG_STATE_STARTING) {
		if (!s->reported) {
			s->operation = NO_OPERATION;
			s->error = EINTR;
			note(l, "process %d ended while its container was set up, wait status %d", s->pid, status);
		}
		failed(l, s);
		return;
	}
	exited(l, s, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	gone_if_done(l, s);
}

/* Waits for this one process if it has ended. */
static bool try_reap(struct launcher *l, int32_t pid)
{
	int status;
	if (sys(SYS_wait4, pid, &status, WNOHANG, NULL) != pid)
		return false;
	if (pid == l->logger_pid) {
		l->logger_pid = 0;
		return true;
	}
	struct slot *s = slot_of_pid(l, pid);
	if (s)
		reaped(l, s, status);
	return true;
}

/* Reaps what has reported an exit and has ended; keeps the rest. */
static void reap_exiting(struct launcher *l)
{
	uint32_t chain = l->exiting;
	l->exiting = 0;
	while (chain) {
		struct slot *s = &l->slots[chain];
		uint32_t next = s->by_exit;
		if (!s->reaped && !try_reap(l, s->pid)) {
			s->by_exit = l->exiting;
			l->exiting = chain;
		}
		chain = next;
	}
}

/*
 * A child has ended: the signal names one, and signals that come together are one signal. The others are mostly among
 * those that have reported their exit; a sweep a little later finds the rest. Asking the kernel for any child that has
 * ended walks all of them: too much to do at each exit.
 */
void child_ended(struct launcher *l, int32_t pid)
{
	if (pid > 0)
		try_reap(l, pid);
	reap_exiting(l);
	l->sweep = true;
}

void child_sweep(struct launcher *l)
{
	l->sweep = false;
	int status;
	long pid;
	while ((pid = sys(SYS_wait4, -1, &status, WNOHANG, NULL)) > 0) {
		struct slot *s = slot_of_pid(l, (int32_t)pid);
		if (s)
			reaped(l, s, status);
		else if (pid == l->logger_pid)
			l->logger_pid = 0;
		reap_exiting(l); /* no slot that is reaped stays in the chain: it may be another's next */
	}
}
