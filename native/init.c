/*
 * What stays of the launcher in a container: PID 1 of its namespace. It forwards signals to the program, reaps what the
 * program leaves behind, and when the program ends writes the exit code, reports it and ends: the kernel then kills
 * whatever still runs in the namespace.
 *
 * One of these runs in every container, so it keeps almost nothing: a few pages, two descriptors, one capability.
 */
#include "container.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The launcher's way to STOP the program: a STOP sent to the init would stop the init. Its value is the signal. */
#define SIGNAL_CARRIER 64

bool report(uint32_t kind, uint32_t a, uint32_t b, int send_flags)
{
	struct report message = {kind, a, b};
	long result;
	do
		result = sys(SYS_sendto, FD_REPORT, &message, sizeof message, MSG_NOSIGNAL | send_flags, NULL, 0);
	while (result == -EINTR);
	return result >= 0;
}

static _Noreturn void end(int status, bool has_exit_file)
{
	uint32_t code = WIFEXITED(status) ? (uint32_t)WEXITSTATUS(status) : 128u + (uint32_t)WTERMSIG(status);
	if (has_exit_file) {
		char text[4];
		size_t length = 0;
		if (code >= 100)
			text[length++] = (char)('0' + code / 100);
		if (code >= 10)
			text[length++] = (char)('0' + code / 10 % 10);
		text[length++] = (char)('0' + code % 10);
		text[length++] = '\n';
		sys(SYS_write, FD_EXIT_CODE, text, length);
	}
	/* Not waiting for a stuck launcher: it learns the code from wait as well. */
	report(REPORT_EXITED, code, 0, MSG_DONTWAIT);
	sys_exit((int)code);
}

/* Gives up what was needed to get here. CAP_KILL stays: the program may be another user's. */
static bool shed_everything(struct container *c)
{
	bool has_exit_file = c->exit_fd >= 0;
	struct reg_cap_header header = {REG_CAP_VERSION_3, 0};
	uint32_t kill_only = (uint32_t)c->permitted & 1u << REG_CAP_KILL;
	struct reg_cap_data data[2] = {{kill_only, kill_only, 0}, {0, 0, 0}};
	sys(SYS_capset, &header, data);
	sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	sys(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (has_exit_file)
		sys(SYS_dup3, c->exit_fd, FD_EXIT_CODE, O_CLOEXEC);
	else
		sys_close(FD_EXIT_CODE);
	sys(SYS_close_range, FD_FIRST_FREE, ~0u, 0);
	sys(SYS_close_range, 0, 2, 0);
	if (c->mapped)
		sys(SYS_munmap, c->mapped, c->plan_length);
	sys(SYS_munmap, &shed, sizeof shed);
	return has_exit_file;
}

static void forward(const siginfo_t *info, int signal_number, long program)
{
	if (signal_number == SIGNAL_CARRIER && info->si_code == SI_QUEUE && info->si_pid == 0)
		signal_number = info->si_value.sival_int;
	sys(SYS_kill, program, signal_number);
}

static _Noreturn void serve(long program, bool has_exit_file)
{
	const uint64_t all = ~UINT64_C(0);
	siginfo_t info;
	for (;;) {
		long got = sys(SYS_rt_sigtimedwait, &all, &info, NULL, REG_SIGSET_SIZE);
		if (got > 0 && got != SIGCHLD)
			forward(&info, (int)got, program);
		if (got != SIGCHLD)
			continue;
		int status;
		long pid;
		while ((pid = sys(SYS_wait4, -1, &status, WNOHANG, NULL)) > 0)
			if (pid == program)
				end(status, has_exit_file);
	}
}

_Noreturn void init_run(struct container *c, struct plan plan)
{
	sys(SYS_prctl, PR_SET_NAME, "reg-init", 0, 0, 0);
	pid_t program = vfork();
	if (program == 0) {
		sys(SYS_setsid);
		c->error = program_run(c, plan);
		sys_exit(127);
	}
	int error = program < 0 ? -EAGAIN : c->error;
	if (!error && !c->reached) /* killed before: no operation is to blame */
		sys_exit(1);
	if (error) {
		report(REPORT_FAILED, c->failed.index, (uint32_t)-error, 0);
		sys_exit(1);
	}
	outlive_launcher();
	if (!report(REPORT_STARTED, 0, 0, 0)) /* nobody is left to know of this container */
		sys_exit(1);
	/* The caller waits for that, and for nothing that follows. */
	bool has_exit_file = shed_everything(c);
	serve(program, has_exit_file);
}

/* A plan too long for a message: copied out of its memfd, so that the sender cannot change what was checked. */
static int load_plan(struct container *c)
{
	long at = sys(SYS_mmap, 0, c->plan_length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (at < 0 && at > -4096)
		return (int)at;
	c->mapped = (void *)at;
	c->plan = c->mapped;
	for (uint32_t done = 0; done < c->plan_length;) {
		long got = sys(SYS_pread64, c->memfd, (char *)c->mapped + done, c->plan_length - done, done);
		if (got <= 0)
			return got < 0 ? (int)got : -EBADMSG;
		done += (uint32_t)got;
	}
	return 0;
}

void outlive_launcher(void)
{
	sys(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

_Noreturn void container_run(struct container *c)
{
	/* A container that is not made yet ends with the launcher: nobody could tell later whose it is. */
	sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* A session of its own: what is sent to the launcher's process group is not meant for containers. */
	sys(SYS_setsid);
	c->exit_fd = c->root_fd = c->host_fd = -1;
	c->mapped = NULL;
	c->grouped = false;
	c->error = 0;
	c->reached = false;
	c->lent = false;
	c->failed.index = 0;
	int result = c->memfd >= 0 ? load_plan(c) : 0;
	struct plan plan = plan_of(c->plan, c->plan_length, c->fd_count);
	if (!result)
		result = plan_check(plan, c->join_fd >= 0, &c->failed.index);
	if (!result)
		result = c->join_fd >= 0 ? join_run(c, plan) : setup_run(c, plan);
	if (!result && c->init)
		init_run(c, plan);
	if (!result)
		result = program_run(c, plan);
	report(REPORT_FAILED, c->failed.index, (uint32_t)-result, 0);
	sys_exit(1);
}
