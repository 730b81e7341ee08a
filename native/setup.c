/*
 * The operations of a plan that shape the container: mounts, names, masks. They run in the container's first process,
 * as root of its namespaces, before any of its code does.
 *
 * Nothing is looked up by a path of the host. Within the container every target is opened by openat2 below its root
 * (what an earlier run or the project left there may be hostile) and mounted on by descriptor.
 */
#include "container.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

struct shed shed;

int open_in_root(const struct container *c, const char *path, bool follow)
{
	struct reg_open_how how = {
	    .flags = O_PATH | O_CLOEXEC,
	    .resolve = REG_RESOLVE_IN_ROOT | REG_RESOLVE_NO_MAGICLINKS | (follow ? 0 : REG_RESOLVE_NO_SYMLINKS),
	};
	long fd;
	int tries = 8; /* EAGAIN: something was renamed while a ".." of a link was resolved */
	do
		fd = sys(SYS_openat2, c->root_fd, path, &how, sizeof how);
	while (fd == -EAGAIN && --tries);
	return (int)fd;
}

/*
 * Ids of the file system only: capabilities over files go with them and come back with 0 (capabilities(7), "Effect of user
 * ID changes on capabilities"), those over mounts stay. The kernel reports a failure by not changing anything.
 */
static int set_rights(uint32_t uid, uint32_t gid)
{
	sys(SYS_setfsgid, gid);
	sys(SYS_setfsuid, uid);
	return sys(SYS_setfsuid, -1) == (long)uid && sys(SYS_setfsgid, -1) == (long)gid ? 0 : -EPERM;
}

/*
 * What a caller who is not root names is looked up and made with the caller's rights: a path may lead through one of the
 * caller's mounts, and there anything else would be root's hand in a directory of the host.
 */
static int do_rights(struct container *c, const struct plan_op *op)
{
	long result = sys(SYS_setgroups, op->group_count, op->groups);
	c->lent = true;
	c->lent_uid = op->uid;
	c->lent_gid = op->gid;
	return result ? (int)result : set_rights(op->uid, op->gid);
}

static int end_rights(struct container *c)
{
	if (!c->lent)
		return 0;
	c->lent = false;
	int result = set_rights(0, 0);
	/* A change of credentials has cleared it (commit_creds in the kernel). */
	sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return result;
}

/* Directories of an overlay have its own device number (ovl_getattr), so no mount within it is mistaken for it. */
static bool is_own_root(const struct container *c, int directory)
{
	struct stat root, status;
	return !fstat(c->root_fd, &root) && !fstat(directory, &status) && root.st_dev == status.st_dev;
}

static int make_here(int parent, const char *name, bool file)
{
	if (!file)
		return (int)sys(SYS_mkdirat, parent, name, 0755);
	long fd = sys(SYS_openat, parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0)
		sys_close((int)fd);
	return fd < 0 ? (int)fd : 0;
}

/* Makes the last component of the prefix in shed.path; `name` points to it. The container's own root is root's. */
static int make_component(const struct container *c, int parent, const char *name, bool file)
{
	if (!c->lent || !is_own_root(c, parent))
		return make_here(parent, name, file);
	int result = set_rights(0, 0);
	if (result)
		return result;
	int made = make_here(parent, name, file);
	result = set_rights(c->lent_uid, c->lent_gid);
	return made ? made : result;
}

/*
 * Walks down component by component, so that each is made inside the directory that was opened, not inside whatever
 * the path leads to by then.
 */
int make_in_root(const struct container *c, const char *path, bool follow, bool file)
{
	int fd = open_in_root(c, path, follow);
	if (fd != -ENOENT)
		return fd;
	size_t length = strlen(path);
	memcpy(shed.path, path, length + 1);
	int parent = c->root_fd;
	for (char *name = shed.path + 1;;) {
		char *end = strchr(name, '/');
		if (end)
			*end = 0;
		fd = open_in_root(c, shed.path, follow);
		if (fd == -ENOENT) {
			int made = make_component(c, parent, name, file && !end);
			fd = made && made != -EEXIST ? made : open_in_root(c, shed.path, follow);
		}
		if (parent != c->root_fd)
			sys_close(parent);
		if (fd < 0 || !end)
			return fd;
		parent = fd;
		*end = '/';
		name = end + 1;
	}
}

static int open_target(const struct container *c, const struct plan_op *op)
{
	bool follow = op->flags & REG_MOUNT_FOLLOW_LINKS;
	if (op->flags & (REG_MOUNT_MAKE_DIRECTORIES | REG_MOUNT_MAKE_FILE))
		return make_in_root(c, op->path, follow, op->flags & REG_MOUNT_MAKE_FILE);
	return open_in_root(c, op->path, follow);
}

static int attach(int tree, int target)
{
	return (int)sys(SYS_move_mount, tree, "", target, "", REG_MOVE_F_EMPTY_PATH | REG_MOVE_T_EMPTY_PATH);
}

/*
 * The new root is attached now and entered when everything is in place: until then the launcher's root, where fixtures
 * and masks come from, is neither gone nor stacked on the new one, where a link to ".." would lead into it.
 */
static int do_root(struct container *c, const struct plan_op *op)
{
	c->cover = op->flags & REG_ROOT_COVER;
	c->root_index = op->index;
	c->root_fd = c->fds[op->fd];
	long host = sys(SYS_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host < 0)
		return (int)host;
	c->host_fd = (int)host;
	return (int)sys(SYS_move_mount, c->root_fd, "", c->host_fd, c->cover ? "" : "stage",
			REG_MOVE_F_EMPTY_PATH | (c->cover ? REG_MOVE_T_EMPTY_PATH : 0));
}

/*
 * Covering leaves the launcher's root underneath for good: empty, read-only, and no way leads up to it (".." stops at the
 * root of a mount that nothing contains); the kernel's initramfs hands over to every system's root in this way.
 */
static int enter_root(const struct container *c)
{
	long result = sys(SYS_fchdir, c->root_fd);
	if (result)
		return (int)result;
	if (c->cover)
		return (int)sys(SYS_chroot, ".");
	result = sys(SYS_pivot_root, ".", ".");
	return result ? (int)result : (int)sys(SYS_umount2, ".", MNT_DETACH);
}

static int do_mount(struct container *c, const struct plan_op *op)
{
	int target = open_target(c, op);
	if (target < 0)
		return target;
	int result = attach(c->fds[op->fd], target);
	sys_close(target);
	return result;
}

static int do_fsmount(struct container *c, const struct plan_op *op)
{
	int target = open_target(c, op);
	if (target < 0)
		return target;
	long result = sys(SYS_fchdir, target);
	if (!result)
		result = sys(SYS_mount, op->type, ".", op->type, op->number, *op->data ? op->data : NULL);
	sys_close(target);
	return (int)result;
}

static int do_fixture(struct container *c, const struct plan_op *op)
{
	int target = open_target(c, op);
	if (target < 0)
		return target;
	const char *which = op->number == REG_FIXTURE_DEV ? "dev" : "sys";
	long result = sys(SYS_move_mount, c->host_fd, which, target, "", REG_MOVE_T_EMPTY_PATH);
	sys_close(target);
	return (int)result;
}

static bool is_missing(int error)
{
	return error == -ENOENT || error == -ENOTDIR;
}

/* What a mask shows is a clone out of the launcher's root: the empty file "null" or the directory "empty". */
static int do_mask(struct container *c, const struct plan_op *op)
{
	int target = open_in_root(c, op->path, false);
	if (target < 0)
		return is_missing(target) ? 0 : target;
	struct stat status;
	int result;
	if (fstat(target, &status)) {
		result = -EIO;
	} else {
		const char *source = S_ISDIR(status.st_mode) ? "empty" : "null";
		long tree = sys(SYS_open_tree, c->host_fd, source, REG_OPEN_TREE_CLONE | REG_OPEN_TREE_CLOEXEC);
		result = tree < 0 ? (int)tree : attach((int)tree, target);
		if (tree >= 0)
			sys_close((int)tree);
	}
	sys_close(target);
	return result;
}

/* A clone of the tree at target with its mounts read-only; nothing else of their flags changes. */
static long read_only_clone(const struct container *c, int target)
{
	const unsigned flags = REG_OPEN_TREE_CLONE | REG_OPEN_TREE_CLOEXEC | REG_AT_EMPTY_PATH | REG_AT_RECURSIVE;
	struct reg_mount_attr attr = {.set = REG_ATTR_RDONLY};
	if (c->has_open_tree_attr)
		return sys(SYS_open_tree_attr, target, "", flags, &attr, sizeof attr);
	long tree = sys(SYS_open_tree, target, "", flags);
	if (tree < 0)
		return tree;
	long result = sys(SYS_mount_setattr, tree, "", REG_AT_EMPTY_PATH | REG_AT_RECURSIVE, &attr, sizeof attr);
	if (!result)
		return tree;
	sys_close((int)tree);
	return result;
}

static int do_protect(struct container *c, const struct plan_op *op)
{
	int target = open_in_root(c, op->path, false);
	if (target < 0)
		return is_missing(target) ? 0 : target;
	long tree = read_only_clone(c, target);
	int result = tree < 0 ? (int)tree : attach((int)tree, target);
	if (tree >= 0)
		sys_close((int)tree);
	sys_close(target);
	return result;
}

static int do_readonly(struct container *c, const struct plan_op *op)
{
	int target = open_in_root(c, op->path, false);
	if (target < 0)
		return target;
	struct reg_mount_attr attr = {.set = REG_ATTR_RDONLY};
	long result = sys(SYS_mount_setattr, target, "", REG_AT_EMPTY_PATH, &attr, sizeof attr);
	sys_close(target);
	return (int)result;
}

/* The program enters it; but it is made here, in the plan's order: what comes after may make its place read-only. */
static int make_workdir(const struct container *c, const struct plan_op *op)
{
	if (!(op->flags & REG_WORKDIR_MAKE))
		return 0;
	int fd = make_in_root(c, op->path, true, false);
	if (fd < 0)
		return fd;
	sys_close(fd);
	return 0;
}

/*
 * Into a control group of version 1, by its file `tasks`: what is written to `cgroup.procs` instead waits for the kernel's
 * readers, 15 ms when nothing else happens.
 */
static int do_cgroup(struct container *c, const struct plan_op *op)
{
	long result = sys(SYS_write, c->fds[op->fd], "0", 1);
	c->grouped = true;
	return result < 0 ? (int)result : 0;
}

static int do_operation(struct container *c, const struct plan_op *op)
{
	switch (op->op) {
	case REG_OP_CGROUP:
		return do_cgroup(c, op);
	case REG_OP_ROOT:
		return do_root(c, op);
	case REG_OP_MOUNT:
		return do_mount(c, op);
	case REG_OP_FSMOUNT:
		return do_fsmount(c, op);
	case REG_OP_FIXTURE:
		return do_fixture(c, op);
	case REG_OP_MASK:
		return do_mask(c, op);
	case REG_OP_PROTECT:
		return do_protect(c, op);
	case REG_OP_READONLY:
		return do_readonly(c, op);
	case REG_OP_HOSTNAME:
		return (int)sys(SYS_sethostname, op->data, op->data_length);
	case REG_OP_WORKDIR:
		return make_workdir(c, op);
	case REG_OP_RIGHTS:
		return do_rights(c, op);
	case REG_OP_EXITFILE:
		c->exit_fd = c->fds[op->fd];
		return 0;
	default: /* the program's own: program.c */
		return 0;
	}
}

int setup_run(struct container *c, struct plan plan)
{
	struct plan_op *op = &c->failed;
	long result = 0;
	while (!result && plan_next(&plan, op) > 0) {
		if (c->grouped && op->op != REG_OP_CGROUP) {
			/* The namespace's root is where its process is when it is made: outside is out of sight from here on. */
			result = sys(SYS_unshare, 0x02000000 /* CLONE_NEWCGROUP */);
			c->grouped = false;
		}
		if (!result)
			result = do_operation(c, op);
	}
	if (!result)
		result = end_rights(c);
	if (!result) {
		op->index = c->root_index;
		result = enter_root(c);
	}
	return (int)result;
}
