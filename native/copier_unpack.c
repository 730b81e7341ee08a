/*
 * Makes files of a tar stream that anybody may have written. Nothing outside the destination is touched, and within it only
 * what begins with the name that was asked for: names are relative and without "..", and no link is followed below the
 * destination, also not one that was there before or appears meanwhile (openat2(2)). A file is made anew, never written into.
 */
#include "copier.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/openat2.h */
struct open_how {
	uint64_t flags, mode, resolve;
};
#define RESOLVE_NO_MAGICLINKS 0x02u
#define RESOLVE_NO_SYMLINKS 0x04u
#define RESOLVE_BENEATH 0x08u

#define DIRECTORIES_MAX (128u << 20) /* bytes of their names that are kept */

/* A directory gets its mode and time when it has its content. */
struct later {
	struct later *before;
	uint32_t mode, uid, gid;
	int64_t mtime;
	char name[];
};

static struct {
	const struct order *order;
	struct tar tar;
	struct entry entry;
	int base;			  /* the directory that everything goes into */
	char renamed[COPIER_NAME_MAX + 1]; /* what the first component becomes; "" when it stays */
	struct later *directories;
	size_t kept;
	bool failed;
} u;

static void say(const char *what, const char *name, int error)
{
	/* What took the destination's own name is the destination. */
	copier_say(what, u.order->label, strcmp(name, u.renamed) ? name : "", error);
	u.failed = true;
}

/* Opens beneath the destination. */
static int open_beneath(const char *name, int flags)
{
	struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW),
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
	int fd;
	do /* it may lose a race against somebody's rename */
		fd = (int)syscall(SYS_openat2, u.base, name, &how, sizeof how);
	while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd;
}

/* Makes the directories above a name that an archive does not mention. */
static int make_directories(char *name)
{
	for (char *slash = strchr(name, '/'); ; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = 0;
		int fd = open_beneath(name, O_PATH | O_DIRECTORY);
		if (fd < 0 && errno == ENOENT) {
			char *last = strrchr(name, '/');
			if (last)
				*last = 0;
			int parent = open_beneath(last ? name : ".", O_PATH | O_DIRECTORY);
			if (last)
				*last = '/';
			if (parent >= 0) {
				if (!mkdirat(parent, last ? last + 1 : name, 0755) || errno == EEXIST)
					fd = open_beneath(name, O_PATH | O_DIRECTORY);
				int error = errno;
				close(parent);
				errno = error;
			}
		}
		if (slash)
			*slash = '/';
		if (fd < 0 || !slash)
			return fd;
		close(fd);
	}
}

/* The directory that a name is in, and its last component in *last. */
static int open_parent(char *name, const char **last)
{
	char *slash = strrchr(name, '/');
	*last = slash ? slash + 1 : name;
	if (!slash)
		return open_beneath(".", O_PATH | O_DIRECTORY);
	*slash = 0;
	int fd = open_beneath(name, O_PATH | O_DIRECTORY);
	if (fd < 0 && errno == ENOENT)
		fd = make_directories(name);
	*slash = '/';
	return fd;
}

static bool set_owner(int fd, const char *name, int flags, uint32_t uid, uint32_t gid)
{
	struct stat s;
	if (!u.order->owners || (!fstatat(fd, name, &s, flags) && s.st_uid == uid && s.st_gid == gid))
		return true;
	return !fchownat(fd, name, uid, gid, flags);
}

/* What is in the way of a file or link: only another one of these. */
static bool clear_place(int parent, const char *last)
{
	struct stat s;
	if (fstatat(parent, last, &s, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT;
	if (S_ISDIR(s.st_mode))
		return errno = EISDIR, false;
	if (!S_ISREG(s.st_mode) && !S_ISLNK(s.st_mode))
		return errno = EEXIST, false;
	return !unlinkat(parent, last, 0);
}

/* False when it is no use to go on. */
static bool write_content(int fd)
{
	static uint8_t buffer[1 << 16];
	ssize_t got;
	while ((got = tar_data(&u.tar, buffer, sizeof buffer)) > 0)
		for (ssize_t at = 0; at < got;) {
			ssize_t n = write(fd, buffer + at, (size_t)(got - at));
			if (n < 0 && errno != EINTR) {
				say("cannot write to", u.entry.name, errno);
				return false;
			}
			at += n > 0 ? n : 0;
		}
	return got == 0;
}

static bool make_file(int parent, const char *last)
{
	if (!clear_place(parent, last)) {
		say("cannot write to", u.entry.name, errno);
		return true;
	}
	int fd = openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		say("cannot write to", u.entry.name, errno);
		return true;
	}
	bool whole = write_content(fd);
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = u.entry.mtime}};
	/* A stranger's archive makes nothing that runs with its owner's rights, unless the owner is to be kept, too. */
	if (!whole)
		unlinkat(parent, last, 0);
	else if (!set_owner(fd, "", AT_EMPTY_PATH, u.entry.uid, u.entry.gid) ||
		 fchmod(fd, u.entry.mode & (u.order->owners ? 07777 : 0777)) || futimens(fd, times))
		say("cannot set owner, mode and time in", u.entry.name, errno);
	if (close(fd) && whole)
		say("cannot write to", u.entry.name, errno);
	return whole;
}

static void make_link(int parent, const char *last)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = u.entry.mtime}};
	if (!*u.entry.link || !clear_place(parent, last) || symlinkat(u.entry.link, parent, last))
		say("cannot make the link in", u.entry.name, *u.entry.link ? errno : EINVAL);
	else if (!set_owner(parent, last, AT_SYMLINK_NOFOLLOW, u.entry.uid, u.entry.gid) ||
		 utimensat(parent, last, times, AT_SYMLINK_NOFOLLOW))
		say("cannot set owner and time in", u.entry.name, errno);
}

/* Another name of a file in the destination. */
static void make_hard_link(int parent, const char *last)
{
	const char *name;
	struct stat s, there;
	int from = open_parent(u.entry.link, &name);
	if (from < 0 || fstatat(from, name, &s, AT_SYMLINK_NOFOLLOW))
		say("cannot find what is linked in", u.entry.name, errno);
	else if (!S_ISREG(s.st_mode))
		say("cannot make the link in", u.entry.name, EINVAL);
	else if (!fstatat(parent, last, &there, AT_SYMLINK_NOFOLLOW) && there.st_dev == s.st_dev && there.st_ino == s.st_ino)
		; /* they are one already */
	else if (!clear_place(parent, last) || linkat(from, name, parent, last, 0))
		say("cannot make the link in", u.entry.name, errno);
	if (from >= 0)
		close(from);
}

/* False when it is no use to go on. */
static bool make_directory(int parent, const char *last)
{
	size_t length = strlen(u.entry.name) + 1;
	struct stat s;
	/* A link to a directory that is there stays a link: what is beneath it is refused one by one. */
	if (mkdirat(parent, last, 0700) &&
	    (errno != EEXIST || fstatat(parent, last, &s, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(s.st_mode))) {
		say("cannot make the directory in", u.entry.name, errno);
		return true;
	}
	u.kept += sizeof(struct later) + length;
	struct later *later = u.kept > DIRECTORIES_MAX ? NULL : malloc(sizeof *later + length);
	if (!later) {
		say("there are too many directories in the archive for", "", 0);
		return false;
	}
	*later = (struct later){u.directories, u.entry.mode, u.entry.uid, u.entry.gid, u.entry.mtime};
	memcpy(later->name, u.entry.name, length);
	u.directories = later;
	return true;
}

/* Inner ones first: an outer one's mode may close the way. */
static void finish_directories(void)
{
	for (struct later *l = u.directories; l; l = l->before) {
		struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = l->mtime}};
		int fd = open_beneath(l->name, O_RDONLY | O_DIRECTORY);
		if (fd < 0 || !set_owner(fd, "", AT_EMPTY_PATH, l->uid, l->gid) ||
		    fchmod(fd, l->mode & (u.order->owners ? 07777 : 01777)) || futimens(fd, times))
			say("cannot set owner, mode and time in", l->name, errno);
		if (fd >= 0)
			close(fd);
	}
}

/* The name in the destination of a name in the archive, in place; false when it is not one that was asked for. */
static bool place(char *name)
{
	const char *first = u.order->name;
	size_t n = strlen(first), renamed = strlen(u.renamed);
	if (!*first)
		return true;
	bool content = !strcmp(first, ".");
	if (!content && (strncmp(name, first, n) || (name[n] && name[n] != '/')))
		return false;
	if (!renamed)
		return true;
	const char *rest = content ? name : name + n;
	char changed[COPIER_PATH_MAX];
	if (renamed + strlen(rest) + 2 > sizeof changed)
		return false;
	strcpy(changed, u.renamed);
	if (content && strcmp(rest, ".") != 0)
		strcat(changed, "/");
	if (!content || strcmp(rest, ".") != 0)
		strcat(changed, rest);
	strcpy(name, changed);
	return true;
}

/* False when it is no use to go on. */
static bool make_entry(void)
{
	if (!place(u.entry.name) || (u.entry.type == TAR_HARD_LINK && !place(u.entry.link))) {
		say("the archive has a name that was not asked for; nothing more is copied to", u.entry.name, 0);
		return false;
	}
	if (!strcmp(u.entry.name, ".")) {
		if (u.entry.type != TAR_DIRECTORY)
			say("the archive's top is no directory; it cannot be copied to", "", 0);
		return u.entry.type == TAR_DIRECTORY;
	}
	const char *last;
	int parent = open_parent(u.entry.name, &last);
	bool go_on = true;
	if (parent < 0) {
		say("cannot reach the place in", u.entry.name, errno);
		return true;
	}
	if (u.entry.type == TAR_FILE)
		go_on = make_file(parent, last);
	else if (u.entry.type == TAR_DIRECTORY)
		go_on = make_directory(parent, last);
	else if (u.entry.type == TAR_LINK)
		make_link(parent, last);
	else if (u.entry.type == TAR_HARD_LINK)
		make_hard_link(parent, last);
	else
		say("left out what is no file, directory or link for", u.entry.name, 0);
	close(parent);
	return go_on;
}

/* The destination does not exist, or is a file: what is copied takes its name. */
static bool replace(const char *path)
{
	char parent[PATH_MAX];
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	size_t start = n;
	while (start && path[start - 1] != '/')
		start--;
	if (n - start > COPIER_NAME_MAX || start + 2 > sizeof parent || n == start)
		return errno = ENAMETOOLONG, false;
	memcpy(u.renamed, path + start, n - start);
	if (!strcmp(u.renamed, ".") || !strcmp(u.renamed, ".."))
		return errno = ENOENT, false;
	memcpy(parent, start ? path : ".", start ? start : 1);
	parent[start ? start : 1] = 0;
	u.base = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return u.base >= 0;
}

/* Docker's rules: what there is at the destination decides what becomes of the source's name. */
static bool choose_place(void)
{
	const char *path = u.order->path;
	size_t n = strlen(path);
	bool slash = path[n - 1] == '/' || (n > 1 && path[n - 1] == '.' && path[n - 2] == '/');
	bool directory = u.entry.type == TAR_DIRECTORY;
	static char real[PATH_MAX];
	struct stat s;
	bool link = u.order->wary && !slash && !lstat(path, &s) && S_ISLNK(s.st_mode);
	u.base = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | (link ? O_NOFOLLOW : 0));
	if (u.base >= 0)
		return true;
	if (link && !stat(path, &s) && S_ISDIR(s.st_mode)) {
		say("it is a link to a directory, end it with / to copy there:", "", 0);
		return false;
	}
	if (errno == ENOENT && (directory || !slash) && *u.order->name) {
		if (replace(path))
			return true;
		say(errno == ENOENT ? "there is no such directory above" : "cannot reach", "", errno == ENOENT ? 0 : errno);
	} else if (errno == ENOENT) {
		say("the destination directory must exist:", "", 0);
	} else if (errno != ENOTDIR) {
		say("cannot open", "", errno);
	} else if (slash || !*u.order->name || stat(path, &s)) {
		say("the destination must be a directory:", "", 0);
	} else if (directory) {
		say("cannot copy a directory to the file", "", 0);
	} else if (!S_ISREG(s.st_mode)) {
		say("cannot copy to what is no file or directory:", "", 0);
	} else if (link ? !replace(path) : !realpath(path, real) || !replace(real)) {
		say("cannot reach", "", errno);
	} else {
		return true;
	}
	return false;
}

static ssize_t read_input(void *from, void *to, size_t n)
{
	ssize_t got;
	(void)from;
	do
		got = read(0, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

int copier_unpack(const struct order *order)
{
	u.order = order;
	u.tar.read = read_input;
	u.base = -1;
	int got = tar_next(&u.tar, &u.entry);
	if (!got && !u.tar.begun && *order->name)
		return 1; /* the other side has failed, and said why */
	if (got >= 0 && !choose_place())
		return 1;
	bool go_on = true;
	while (got > 0 && (go_on = make_entry()))
		got = tar_next(&u.tar, &u.entry);
	if (u.tar.why)
		copier_say("cannot read the archive for", order->label, u.tar.why, 0), u.failed = true;
	finish_directories();
	/* Whoever writes more behind an archive's end, as tar(1) does, is not to fail. */
	static char rest[8192];
	while (!got && !*order->name && read_input(NULL, rest, sizeof rest) > 0)
		;
	return u.failed || !go_on;
}
