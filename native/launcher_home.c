/*
 * Where the launcher lives: its control groups and its mount namespace. The kernel copies the mount table of the parent
 * at every clone, so the launcher's holds what a container needs and nothing else:
 *
 *   /        tmpfs, read-only: dev, sys and stage to mount on; null (an empty file) and empty to mask with
 *   /dev     tmpfs, read-only: the nodes and links every container has
 *   /sys     sysfs, read-only, what leaks the host's firmware hidden
 */
#include "launcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* FNV-1a: two runtime directories get two groups. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return hash;
}

/* The engine that starts a launcher is in reg-NAME/engine, if its starter could see to it: then reg-NAME. */
static bool name_after_engine(char *out, size_t size)
{
	FILE *groups = fopen("/proc/self/cgroup", "re");
	char line[512];
	bool found = false;
	while (groups && !found && fgets(line, sizeof line, groups)) {
		char *path = strstr(line, ":/reg-"), *end = path ? strchr(path + 2, '/') : NULL;
		found = end && !strcmp(end, "/engine\n") && (size_t)(end - path - 2) < size;
		if (found) {
			*end = 0;
			strcpy(out, path + 2);
		}
	}
	if (groups)
		fclose(groups);
	return found;
}

static void name_cgroup(struct launcher *l, const char *runtime_path)
{
	char *out = l->cgroup;
	if (name_after_engine(out, sizeof l->cgroup))
		return;
	uint64_t hash = hash_of(runtime_path);
	memcpy(out, "reg-", 4);
	for (int i = 0; i < 16; i++)
		out[4 + i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
	out[20] = 0;
}

/* The child writes 0, itself, to version 1's `tasks`: writing a pid to `cgroup.procs` waits for an RCU grace period. */
static int enter(int dir)
{
	int fd = openat(dir, "tasks", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		fd = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	long result = sys(SYS_write, fd, "0", 1);
	close(fd);
	return result < 0 ? (int)result : 0;
}

/*
 * The group we are in, when it is one that systemd has handed over (Delegate=; it marks such a directory, systemd's
 * CGROUP_DELEGATION.md), else -1: groups elsewhere are systemd's alone to make.
 */
static int open_delegated(int root)
{
	FILE *groups = fopen("/proc/self/cgroup", "re");
	char line[4096], mark;
	int fd = -1;
	while (groups && fd < 0 && fgets(line, sizeof line, groups)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "0::/", 4) || !line[4])
			continue;
		fd = openat(root, line + 4, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || (fgetxattr(fd, "trusted.delegate", &mark, 1) == 1 && mark == '1'))
			break;
		close(fd);
		fd = -1;
	}
	if (groups)
		fclose(groups);
	return fd;
}

static int open_top(const char *hierarchy, bool second_version)
{
	int root = open(hierarchy, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int own = root >= 0 && second_version ? open_delegated(root) : -1;
	if (own < 0)
		return root;
	close(root);
	return own;
}

static void join(struct launcher *l, const char *hierarchy, bool second_version)
{
	int slot = 0;
	while (slot < HIERARCHIES_MAX && l->hierarchy_fds[slot] >= 0)
		slot++;
	if (slot == HIERARCHIES_MAX)
		return;
	int top = open_top(hierarchy, second_version);
	char path[48];
	snprintf(path, sizeof path, "%s/launcher", l->cgroup);
	int error = 0, own = -1;
	if (top < 0 || (mkdirat(top, l->cgroup, 0755) && errno != EEXIST) || (mkdirat(top, path, 0755) && errno != EEXIST) ||
	    (own = openat(top, path, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		error = -errno;
	if (!error)
		error = enter(own);
	if (own >= 0)
		close(own);
	if (error) {
		note(l, "joining %s/%s failed: errno %d; the launcher stays in the engine's group there", hierarchy, path, -error);
		if (top >= 0)
			close(top);
		return;
	}
	l->hierarchy_fds[slot] = top;
}

/* A line of mountinfo: "… mountpoint options optional… - type source super-options". */
static void consider(struct launcher *l, char *line)
{
	char *field[5] = {line};
	char *tail = strstr(line, " - ");
	if (!tail)
		return;
	*tail = 0;
	tail += 3;
	for (int i = 1; i < 5; i++) {
		char *space = strchr(field[i - 1], ' ');
		if (!space)
			return;
		*space = 0;
		field[i] = space + 1;
	}
	field[4][strcspn(field[4], " ")] = 0;
	bool first_version = !strncmp(tail, "cgroup ", 7);
	bool wanted = !strncmp(tail, "cgroup2 ", 8);
	if (first_version) {
		char *options = strrchr(tail, ' ');
		for (char *option = options ? strtok(options + 1, ",\n") : NULL; option; option = strtok(NULL, ",\n"))
			wanted |= !strcmp(option, "memory") || !strcmp(option, "name=systemd");
	}
	if (wanted)
		join(l, field[4], !first_version);
}

void home_join_cgroups(struct launcher *l, const char *runtime_path)
{
	name_cgroup(l, runtime_path);
	for (int i = 0; i < HIERARCHIES_MAX; i++)
		l->hierarchy_fds[i] = -1;
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	if (!mounts) {
		note(l, "reading /proc/self/mountinfo failed: errno %d; the launcher stays in the engine's control groups", errno);
		return;
	}
	char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, mounts) > 0)
		consider(l, line);
	free(line);
	fclose(mounts);
}

void home_leave_cgroups(struct launcher *l)
{
	char path[48];
	snprintf(path, sizeof path, "%s/launcher", l->cgroup);
	for (int i = 0; i < HIERARCHIES_MAX && l->hierarchy_fds[i] >= 0; i++) {
		int top = l->hierarchy_fds[i];
		enter(top);
		unlinkat(top, path, AT_REMOVEDIR);
		unlinkat(top, l->cgroup, AT_REMOVEDIR); /* stays while the engine has groups beside ours */
	}
}

/* A detached tmpfs, or -1. */
static int make_tmpfs(const char *mode, unsigned attributes)
{
	int fs = (int)sys(SYS_fsopen, "tmpfs", REG_FSOPEN_CLOEXEC);
	if (fs < 0) {
		errno = -fs;
		return -1;
	}
	long result = sys(SYS_fsconfig, fs, REG_FSCONFIG_SET_STRING, "mode", mode, 0);
	if (!result)
		result = sys(SYS_fsconfig, fs, REG_FSCONFIG_SET_STRING, "size", "64k", 0);
	if (!result)
		result = sys(SYS_fsconfig, fs, REG_FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!result)
		result = sys(SYS_fsmount, fs, REG_FSMOUNT_CLOEXEC, attributes);
	close(fs);
	if (result < 0) {
		errno = (int)-result;
		return -1;
	}
	return (int)result;
}

static int fill_root(int root)
{
	return mkdirat(root, "stage", 0755) || mkdirat(root, "dev", 0755) || mkdirat(root, "sys", 0755) ||
	       mkdirat(root, "empty", 0555) || mknodat(root, "null", S_IFREG | 0444, 0);
}

/* `console` is a second null: the machine's console is not a container's to write on. */
static int fill_dev(int dev)
{
	static const struct {
		const char *name;
		unsigned major, minor;
	} nodes[] = {{"null", 1, 3},   {"zero", 1, 5}, {"full", 1, 7},   {"random", 1, 8},
		     {"urandom", 1, 9}, {"tty", 5, 0},  {"console", 1, 3}};
	static const char *const links[][2] = {{"ptmx", "pts/ptmx"},
					       {"fd", "/proc/self/fd"},
					       {"stdin", "/proc/self/fd/0"},
					       {"stdout", "/proc/self/fd/1"},
					       {"stderr", "/proc/self/fd/2"}};
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		if (mknodat(dev, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)))
			return -1;
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlinkat(links[i][1], dev, links[i][0]))
			return -1;
	return mkdirat(dev, "pts", 0755) || mkdirat(dev, "shm", 0755) || mkdirat(dev, "mqueue", 0755);
}

/* Hides a directory of /sys when the kernel has it. */
static int hide(const char *path)
{
	int tree = (int)sys(SYS_open_tree, AT_FDCWD, "/empty", REG_OPEN_TREE_CLONE | REG_OPEN_TREE_CLOEXEC);
	if (tree < 0) {
		errno = -tree;
		return -1;
	}
	long result = sys(SYS_move_mount, tree, "", AT_FDCWD, path, REG_MOVE_F_EMPTY_PATH);
	close(tree);
	errno = (int)-result;
	return result && result != -ENOENT ? -1 : 0;
}

/* umask is 0 here. Read-only in two ways: the mounts, and the file systems themselves against a remount from inside. */
const char *home_build(const char *runtime_path)
{
	const unsigned long quiet = MS_NOSUID | MS_NOEXEC;
	if (syscall(SYS_unshare, 0x00020000 /* CLONE_NEWNS */))
		return "unshare the mount namespace";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return "make its mounts private";
	int root = make_tmpfs("755", REG_ATTR_NOSUID | REG_ATTR_NODEV | REG_ATTR_NOEXEC);
	int dev = make_tmpfs("755", REG_ATTR_NOSUID | REG_ATTR_NOEXEC);
	if (root < 0 || dev < 0 || fill_root(root) || fill_dev(dev))
		return "make the root and /dev that containers start from";
	if (syscall(SYS_move_mount, root, "", AT_FDCWD, runtime_path, REG_MOVE_F_EMPTY_PATH) || fchdir(root) ||
	    syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		return "leave the host's mounts";
	if (syscall(SYS_move_mount, dev, "", AT_FDCWD, "/dev", REG_MOVE_F_EMPTY_PATH) ||
	    mount(NULL, "/dev", NULL, MS_REMOUNT | MS_RDONLY | quiet, NULL))
		return "attach /dev";
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY | MS_NODEV | quiet, NULL))
		return "make its root read-only";
	if (mount("sysfs", "/sys", "sysfs", MS_RDONLY | MS_NODEV | quiet, NULL) || hide("/sys/firmware") ||
	    hide("/sys/devices/virtual/powercap"))
		return "attach /sys";
	close(root);
	close(dev);
	return NULL;
}
