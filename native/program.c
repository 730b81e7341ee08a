/*
 * The last part of a plan: a process becomes the container's program. With an init this runs in a child that shares the
 * init's memory until exec (vfork): it writes there as little as it can, and a descriptor it moves is its own.
 */
#include "container.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* What is done in an order of its own, after the rest; .op is 0 when the plan has none. */
struct last {
	struct plan_op terminal, user, caps, no_new_privs, exec, workdir;
	bool lent; /* the plan has RIGHTS */
};

static int do_stdio(const struct container *c, const struct plan_op *op)
{
	for (int i = 0; i < 3; i++) {
		long result = sys(SYS_dup3, c->fds[op->stdio[i]], i, 0);
		if (result < 0)
			return (int)result;
	}
	return 0;
}

static int do_workdir(const struct container *c, const struct plan_op *op)
{
	int fd = open_in_root(c, op->path, true);
	if (fd < 0)
		return fd;
	long result = sys(SYS_fchdir, fd);
	sys_close(fd);
	return (int)result;
}

/*
 * A directory is a way past those above it, so a caller who is not root must have the right to go there. The container's root
 * is opened anew: what was open is closed by now.
 */
static int enter_as_user(struct container *c, const struct plan_op *op)
{
	long root = sys(SYS_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return (int)root;
	c->root_fd = (int)root;
	int result = do_workdir(c, op);
	sys_close((int)root);
	return result;
}

static int do_rlimit(const struct plan_op *op)
{
	uint64_t limit[2] = {op->soft, op->hard}; /* struct rlimit64 */
	return (int)sys(SYS_prlimit64, 0, op->number, limit, NULL);
}

/* The kernel answers EINVAL to the first capability that it does not know. */
static int limit_bounding_set(uint64_t mask)
{
	for (int cap = 0; cap < 64; cap++) {
		if (mask >> cap & 1)
			continue;
		long result = sys(SYS_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
		if (result)
			return result == -EINVAL && cap > 0 ? 0 : (int)result;
	}
	return 0;
}

static int set_capabilities(uint64_t mask)
{
	struct reg_cap_header header = {REG_CAP_VERSION_3, 0};
	uint32_t low = (uint32_t)mask, high = (uint32_t)(mask >> 32);
	struct reg_cap_data data[2] = {{low, low, 0}, {high, high, 0}};
	return (int)sys(SYS_capset, &header, data);
}

/* All ids at once, by raw calls: the libc's would walk threads. */
static int set_user(const struct plan_op *user)
{
	long result = sys(SYS_setgroups, user->group_count, user->groups);
	if (!result)
		result = sys(SYS_setresgid, user->gid, user->gid, user->gid);
	if (!result)
		result = sys(SYS_setresuid, user->uid, user->uid, user->uid);
	return (int)result;
}

/*
 * The bounding set needs CAP_SETPCAP and the groups CAP_SETGID, so they go before what takes these away. A uid other
 * than 0 leaves the process without permitted capabilities by itself.
 */
static int take_rights(struct container *c, const struct last *rights)
{
	int result = 0;
	if (rights->caps.op) {
		c->failed.index = rights->caps.index;
		result = limit_bounding_set(rights->caps.mask);
	}
	if (!result && rights->user.op) {
		c->failed.index = rights->user.index;
		result = set_user(&rights->user);
	}
	if (!result && rights->caps.op) {
		/* Another user has none left but what a launcher's ancestor may have made inheritable. */
		bool other = rights->user.op && rights->user.uid;
		c->failed.index = rights->caps.index;
		result = set_capabilities(other ? 0 : rights->caps.mask & c->permitted);
	}
	if (!result && rights->workdir.op) {
		c->failed.index = rights->workdir.index;
		result = enter_as_user(c, &rights->workdir);
	}
	if (!result && rights->no_new_privs.op) {
		c->failed.index = rights->no_new_privs.index;
		result = (int)sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	}
	return result;
}

/*
 * Only the program's streams are left when it is looked up, and without an init the two that tell the launcher of it.
 * Close-on-exec would be too late: the kernel walks the program's path before it closes anything, and a path, or a link or
 * an interpreter's name that the container wrote, may go through /proc/self/fd and a directory of the host (as in CVE-2024-21626).
 */
static int close_the_rest(struct container *c, const struct plan_op *exec)
{
	int keep = c->init ? FD_REPORT : FD_FIRST_FREE, fd = c->fds[exec->fd];
	bool descriptor = exec->flags & REG_EXEC_DESCRIPTOR;
	if (c->started_fd >= 0) {
		long result = sys(SYS_dup3, c->started_fd, FD_EXIT_CODE, O_CLOEXEC);
		if (result < 0)
			return (int)result;
		c->started_fd = FD_EXIT_CODE;
	}
	/* A program that is a descriptor has no path to be walked; it is closed when it is executed. */
	if (descriptor && fd != keep) {
		long result = sys(SYS_dup3, fd, keep, O_CLOEXEC);
		if (result < 0)
			return (int)result;
	}
	return (int)sys(SYS_close_range, keep + descriptor, ~0u, 0);
}

static const char *find_path(char **env)
{
	for (; *env; env++)
		if (!strncmp(*env, "PATH=", 5))
			return *env + 5;
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* As execvp does, except that nothing is handed to a shell. */
static int execute(const char *name, char **argv, char **env)
{
	if (!*name)
		return -ENOENT;
	if (strchr(name, '/'))
		return (int)sys(SYS_execve, name, argv, env);
	size_t name_length = strlen(name);
	if (name_length > 255)
		return -ENAMETOOLONG;
	bool denied = false;
	for (const char *at = find_path(env);; at++) {
		size_t length = strcspn(at, ":");
		if (length < PLAN_PATH_MAX) {
			memcpy(shed.path, at, length);
			shed.path[length] = '/';
			memcpy(shed.path + length + (length > 0), name, name_length + 1);
			long result = sys(SYS_execve, shed.path, argv, env);
			if (result == -EACCES)
				denied = true;
			else if (result != -ENOENT && result != -ENOTDIR)
				return (int)result;
		}
		at += length;
		if (!*at)
			return denied ? -EACCES : -ENOENT;
	}
}

static char **pointer_array(uint32_t count)
{
	if (count <= POINTERS_MAX)
		return shed.pointers;
	long at = sys(SYS_mmap, 0, (count + 2) * sizeof(char *), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	return at < 0 && at > -4096 ? NULL : (char **)at;
}

static char *point(char **pointers, uint32_t count, char *string)
{
	for (; count; count--) {
		*pointers++ = string;
		string += strlen(string) + 1;
	}
	*pointers = NULL;
	return string;
}

static int do_exec(struct container *c, const struct plan_op *op)
{
	char **argv = pointer_array(op->argc + op->envc);
	if (!argv)
		return -ENOMEM;
	char **env = argv + op->argc + 1;
	point(env, op->envc, point(argv, op->argc, (char *)(uintptr_t)op->strings));
	c->reached = true;
	if (c->started_fd >= 0) {
		outlive_launcher();
		if (sys(SYS_write, c->started_fd, "", 1) < 0) /* nobody is left to know of this container */
			sys_exit(1);
	}
	if (op->flags & REG_EXEC_DESCRIPTOR)
		return (int)sys(SYS_execveat, c->init ? FD_REPORT : FD_FIRST_FREE, "", argv, env, REG_AT_EMPTY_PATH);
	return execute(argv[0], argv, env);
}

static int do_operation(struct container *c, const struct plan_op *op, struct last *last)
{
	switch (op->op) {
	case REG_OP_STDIO:
		return do_stdio(c, op);
	case REG_OP_WORKDIR:
		if (!last->lent)
			return do_workdir(c, op);
		last->workdir = *op;
		return 0;
	case REG_OP_RLIMIT:
		return do_rlimit(op);
	case REG_OP_TERMINAL:
		last->terminal = *op;
		return 0;
	case REG_OP_RIGHTS:
		last->lent = true;
		return 0;
	case REG_OP_USER:
		last->user = *op;
		return 0;
	case REG_OP_CAPS:
		last->caps = *op;
		return 0;
	case REG_OP_NO_NEW_PRIVS:
		last->no_new_privs = *op;
		return 0;
	case REG_OP_EXEC:
		last->exec = *op;
		return 0;
	default: /* setup.c has done it */
		return 0;
	}
}

int program_run(struct container *c, struct plan plan)
{
	struct last last = {.terminal = {.op = 0}, .user = {.op = 0}, .caps = {.op = 0}, .no_new_privs = {.op = 0}, .workdir = {.op = 0}};
	struct plan_op op;
	int result = 0;
	while (!result && plan_next(&plan, &op) > 0) {
		c->failed.index = op.index;
		result = do_operation(c, &op, &last);
	}
	if (!result && last.terminal.op) {
		c->failed.index = last.terminal.index;
		result = terminal_take(c, &last.terminal, &last.user);
	}
	if (!result) {
		c->failed.index = last.exec.index;
		result = close_the_rest(c, &last.exec);
	}
	if (!result)
		result = take_rights(c, &last);
	if (result)
		return result;
	c->failed.index = last.exec.index;
	/* A change of rights may have made the memory readable to others (fs.suid_dumpable): an init's is the same memory, and
	   others already see a process that joins. */
	if (c->init || c->join_fd >= 0)
		sys(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	uint64_t none = 0;
	sys(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, REG_SIGSET_SIZE);
	return do_exec(c, &last.exec);
}
