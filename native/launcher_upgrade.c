/*
 * An upgrade in place: the state goes into a memfd, the process executes the new launcher, children and connections
 * stay. The new executable is first asked, in a process of its own, whether it understands the state: there is no way
 * back from an exec.
 *
 * The state is a header and the slots in use. A later launcher that changes either keeps reading this version.
 */
#include "launcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE_MAGIC 0x5245474cu
#define STATE_VERSION 2u /* 1 had no slots that joined */
#define FDS_KEPT 7

struct state {
	uint32_t magic, version, slot_size, slot_count;
	int32_t fds[FDS_KEPT]; /* report log listen lock runtime engine logger */
	int32_t hierarchy_fds[HIERARCHIES_MAX];
	int32_t logger_pid;
	uint32_t greeted;
	char cgroup[32];
};

static void kept_fds(struct launcher *l, int *fds[FDS_KEPT])
{
	int *all[FDS_KEPT] = {&l->report_fd,  &l->log_fd,    &l->listen_fd, &l->lock_fd,
			      &l->runtime_fd, &l->engine_fd, &l->logger_fd};
	memcpy(fds, all, sizeof all);
}

static void set_inherited(struct launcher *l, int state_fd, bool inherited)
{
	int flags = inherited ? 0 : FD_CLOEXEC;
	int *fds[FDS_KEPT];
	kept_fds(l, fds);
	for (int i = 0; i < FDS_KEPT; i++)
		fcntl(*fds[i], F_SETFD, flags);
	for (int i = 0; i < HIERARCHIES_MAX; i++)
		fcntl(l->hierarchy_fds[i], F_SETFD, flags);
	fcntl(FD_REPORT, F_SETFD, flags);
	fcntl(FD_EXIT_CODE, F_SETFD, flags);
	fcntl(state_fd, F_SETFD, flags);
	for (uint32_t i = 1; i <= l->slot_used; i++)
		if (l->slots[i].state && l->slots[i].fd >= 0)
			fcntl(l->slots[i].fd, F_SETFD, flags);
}

static bool write_all(int fd, const void *bytes, size_t length)
{
	return write(fd, bytes, length) == (ssize_t)length;
}

static int write_state(struct launcher *l)
{
	int fd = memfd_create("launcher-state", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	struct state state = {.magic = STATE_MAGIC, .version = STATE_VERSION, .slot_size = sizeof(struct slot)};
	state.logger_pid = l->logger_pid;
	state.greeted = l->greeted;
	memcpy(state.cgroup, l->cgroup, sizeof state.cgroup);
	int *fds[FDS_KEPT];
	kept_fds(l, fds);
	for (int i = 0; i < FDS_KEPT; i++)
		state.fds[i] = *fds[i];
	for (int i = 0; i < HIERARCHIES_MAX; i++)
		state.hierarchy_fds[i] = l->hierarchy_fds[i];
	for (uint32_t i = 1; i <= l->slot_used; i++)
		state.slot_count += l->slots[i].state != 0;
	bool done = write_all(fd, &state, sizeof state);
	for (uint32_t i = 1; done && i <= l->slot_used; i++)
		if (l->slots[i].state)
			done = write_all(fd, &l->slots[i], sizeof l->slots[i]);
	if (done)
		return fd;
	close(fd);
	return -1;
}

static void exec_new(int executable, const char *option, int state_fd)
{
	char number[16];
	snprintf(number, sizeof number, "%d", state_fd);
	char *argv[] = {"reg-launcher", (char *)(uintptr_t)option, number, NULL}, *env[] = {NULL};
	sys(SYS_execveat, executable, "", argv, env, REG_AT_EMPTY_PATH);
}

static int check_executable, check_state;

static int run_check(void *argument)
{
	(void)argument;
	fcntl(check_state, F_SETFD, 0);
	exec_new(check_executable, "--resume-check", check_state);
	return 127;
}

/* Asks the executable itself, for five seconds at most. */
static bool is_able(struct launcher *l, int executable, int state_fd)
{
	check_executable = executable;
	check_state = state_fd;
	int32_t pid = spawn(l, run_check, NULL, SIGCHLD, -1);
	if (pid < 0)
		return false;
	int status = -1;
	for (int tries = 0; waitpid(pid, &status, WNOHANG) == 0; tries++) {
		if (tries == 2500)
			kill(pid, SIGKILL);
		usleep(2000);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Returns only when the old launcher goes on. */
void upgrade(struct launcher *l)
{
	int given = l->upgrade_fd, executable = seal_copy(given), state_fd = write_state(l);
	l->upgrade_fd = -1;
	close(given);
	if (state_fd >= 0 && executable >= 0 && is_able(l, executable, state_fd)) {
		set_inherited(l, state_fd, true);
		exec_new(executable, "--resume", state_fd);
		set_inherited(l, state_fd, false);
	}
	note(l, "upgrade refused: the executable does not take over this launcher's state");
	if (state_fd >= 0)
		close(state_fd);
	if (executable >= 0)
		close(executable);
	l->sweep = true; /* a child may have ended meanwhile */
	engine_send(l, REG_LAUNCHER_BUSY, 0, NULL, 0);
}

static int read_state(int state_fd, struct state *state)
{
	if (pread(state_fd, state, sizeof *state, 0) != sizeof *state)
		return -EBADMSG;
	bool known = state->magic == STATE_MAGIC && state->version >= 1 && state->version <= STATE_VERSION;
	return known && state->slot_size == sizeof(struct slot) && state->slot_count <= SLOTS_MAX ? 0 : -EBADMSG;
}

int upgrade_check(int state_fd)
{
	struct state state;
	return read_state(state_fd, &state) ? 1 : 0;
}

static void restore_slot(struct launcher *l, const struct slot *old)
{
	struct slot *s = slot_add(l, old->number, old->id);
	uint32_t chain = s->by_number;
	*s = *old;
	s->by_number = chain;
	s->by_pid = s->by_exit = 0;
	s->state = 0;
	slot_set_state(l, s, old->state);
	if (!(s->flags & REG_SLOT_ADOPTED) && !s->reaped && s->state != REG_STATE_FAILED)
		slot_set_pid(l, s, s->pid);
	s->hangup = 0;
	if (s->state == REG_STATE_EXITED && !s->reaped) {
		s->by_exit = l->exiting;
		l->exiting = slot_index(l, s);
	}
}

int upgrade_resume(struct launcher *l, int state_fd)
{
	struct state state;
	int error = read_state(state_fd, &state);
	if (error)
		return error;
	int *fds[FDS_KEPT];
	kept_fds(l, fds);
	for (int i = 0; i < FDS_KEPT; i++)
		*fds[i] = state.fds[i];
	for (int i = 0; i < HIERARCHIES_MAX; i++)
		l->hierarchy_fds[i] = state.hierarchy_fds[i];
	l->logger_pid = state.logger_pid;
	l->greeted = state.greeted;
	memcpy(l->cgroup, state.cgroup, sizeof l->cgroup);
	struct slot slot;
	for (uint32_t i = 0; i < state.slot_count; i++) {
		off_t at = (off_t)(sizeof state + i * sizeof slot);
		if (pread(state_fd, &slot, sizeof slot, at) != sizeof slot)
			return -EBADMSG;
		restore_slot(l, &slot);
	}
	set_inherited(l, state_fd, false);
	close(state_fd);
	return 0;
}
