/*
 * A process that joins a container, from its clone to the program.
 *
 * The launcher has cloned it into the container's pid namespace, so the container's processes see it from its first
 * instruction on, while it still has the launcher's rights and descriptors of the host. They reach neither: it is not
 * dumpable and has capabilities that nothing in a container has, so ptrace(2), process_vm_writev(2), pidfd_getfd(2) and
 * /proc/PID/{mem,fd,exe,root,cwd} are refused (ptrace_may_access in the kernel; CVE-2016-9962 was a runtime that was
 * dumpable here). Before its rights go so do the descriptors (close_the_rest). What /proc/self/exe leads to is a sealed
 * copy in memory (launcher_seal.c). To kill or stop it is all that is left to a container's root.
 */
#include "container.h"

#include <sys/prctl.h>

#define NAMESPACES (0x00020000 | 0x02000000 | 0x04000000 | 0x08000000) /* CLONE_NEW NS CGROUP UTS IPC */

/* They come first, as in every plan. */
static int enter_control_groups(struct container *c, struct plan plan)
{
	long result = 0;
	while (result >= 0 && plan_next(&plan, &c->failed) > 0 && c->failed.op == REG_OP_CGROUP)
		result = sys(SYS_write, c->fds[c->failed.fd], "0", 1);
	return result < 0 ? (int)result : 0;
}

int join_run(struct container *c, struct plan plan)
{
	long result = enter_control_groups(c, plan);
	if (result)
		return (int)result;
	c->failed.index = UINT32_MAX; /* no operation is to blame */
	result = sys(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (!result)
		result = sys(SYS_setns, c->join_fd, NAMESPACES); /* all or none; the root and the directory are the container's then */
	if (result)
		return (int)result;
	long root = sys(SYS_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return (int)root;
	c->root_fd = (int)root;
	return 0;
}
