/*
 * A file or a tree as a tar stream. Links are never followed on the way, only the path that was named: every file is opened
 * through its directory's descriptor. What changes meanwhile gives an archive that is whole and a failure that is told.
 */
#include "copier.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEPTH_MAX 500	      /* a descriptor each */
#define TABLE_SIZE (1u << 16) /* files with several names; what is beyond half of it is copied once a name */

/* A file that has other names: the one it was packed under. */
struct known {
	dev_t device;
	ino_t inode;
	char *name; /* NULL: an empty place */
};

static struct {
	const struct order *order;
	struct entry entry; /* its name is where we are */
	struct known *table;
	unsigned known;
	bool failed;
	bool broken; /* nobody reads any more */
	bool begun;  /* something was written */
	size_t used;
	uint8_t out[1 << 16];
} p;

static void say(const char *what, int error)
{
	copier_say(what, p.order->label, !strcmp(p.entry.name, p.order->name) ? "" : p.entry.name, error);
	p.failed = true;
}

static void flush(void)
{
	for (size_t at = 0; at < p.used && !p.broken;) {
		ssize_t n = write(1, p.out + at, p.used - at);
		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno != EINTR) {
			if (errno != EPIPE) /* else the other side has failed, and says why */
				say("cannot write the archive of", errno);
			p.broken = true;
		}
	}
	p.used = 0;
}

static void put(const void *bytes, size_t length)
{
	p.begun = true;
	while (length && !p.broken) {
		size_t n = sizeof p.out - p.used < length ? sizeof p.out - p.used : length;
		memcpy(p.out + p.used, bytes, n);
		p.used += n;
		bytes = (const uint8_t *)bytes + n;
		length -= n;
		if (p.used == sizeof p.out)
			flush();
	}
}

static void put_headers(void)
{
	static uint8_t headers[TAR_HEADERS_MAX]; /* not on the stack: trees are deep */
	put(headers, tar_headers(&p.entry, headers));
}

static void put_zeros(uint64_t length)
{
	static const uint8_t zeros[4096];
	for (; length && !p.broken; length -= length < sizeof zeros ? length : sizeof zeros)
		put(zeros, length < sizeof zeros ? (size_t)length : sizeof zeros);
}

static void describe(const struct stat *s, char type)
{
	p.entry.type = type;
	p.entry.mode = s->st_mode & 07777;
	p.entry.uid = s->st_uid;
	p.entry.gid = s->st_gid;
	p.entry.mtime = s->st_mtime;
	p.entry.size = type == TAR_FILE ? (uint64_t)s->st_size : 0;
	p.entry.link[0] = 0;
}

/* The place of a file in the table, an empty one when it is not known yet; NULL when it is not kept. */
static struct known *find(const struct stat *s)
{
	if (s->st_nlink < 2 || (!p.table && !(p.table = calloc(TABLE_SIZE, sizeof *p.table))))
		return NULL;
	uint64_t hash = ((uint64_t)s->st_ino ^ (uint64_t)s->st_dev << 40) * 0x9e3779b97f4a7c15u;
	for (uint32_t at = (uint32_t)(hash >> 48);; at = (at + 1) % TABLE_SIZE) {
		struct known *k = &p.table[at];
		if (!k->name)
			return p.known < TABLE_SIZE / 2 ? k : NULL;
		if (k->device == s->st_dev && k->inode == s->st_ino)
			return k;
	}
}

static void pack_content(int fd)
{
	static uint8_t buffer[1 << 16];
	uint64_t left = p.entry.size;
	while (left && !p.broken) {
		ssize_t n = read(fd, buffer, left < sizeof buffer ? (size_t)left : sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			say(n < 0 ? "cannot read" : "it became shorter while it was copied:", n < 0 ? errno : 0);
			break;
		}
		put(buffer, (size_t)n);
		left -= (uint64_t)n;
	}
	put_zeros(left + -p.entry.size % TAR_BLOCK);
}

static void pack_file(int directory, const char *name, int flags)
{
	/* It may be something else by now, that would be waited for. */
	int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
	struct stat s;
	if (fd < 0 || fstat(fd, &s) || !S_ISREG(s.st_mode)) {
		say("cannot open", fd < 0 ? errno : EAGAIN);
	} else {
		struct known *k = find(&s);
		if (k && k->name) {
			describe(&s, TAR_HARD_LINK);
			strcpy(p.entry.link, k->name);
			put_headers();
		} else {
			describe(&s, TAR_FILE);
			put_headers();
			pack_content(fd);
			if (k && (k->name = strdup(p.entry.name))) {
				k->device = s.st_dev, k->inode = s.st_ino;
				p.known++;
			}
		}
	}
	if (fd >= 0)
		close(fd);
}

static void pack_link(int directory, const char *name, const struct stat *s)
{
	describe(s, TAR_LINK);
	ssize_t n = readlinkat(directory, name, p.entry.link, sizeof p.entry.link);
	if (n <= 0 || (size_t)n == sizeof p.entry.link) {
		p.entry.link[0] = 0;
		say("cannot read the link", n < 0 ? errno : ENAMETOOLONG);
		return;
	}
	p.entry.link[n] = 0;
	put_headers();
}

static void pack_any(int directory, const char *name, int flags, int depth);

/* Takes the descriptor. */
static void pack_children(int fd, int depth)
{
	DIR *list = fdopendir(fd);
	size_t end = strlen(p.entry.name);
	bool top = !strcmp(p.entry.name, ".");
	if (!list) {
		say("cannot read", errno);
		close(fd);
		return;
	}
	for (;;) {
		errno = 0;
		struct dirent *child = readdir(list);
		if (!child || p.broken)
			break;
		size_t length = strlen(child->d_name);
		if (!strcmp(child->d_name, ".") || !strcmp(child->d_name, ".."))
			continue;
		if (end + length + 2 > sizeof p.entry.name) {
			say("cannot copy what is in", ENAMETOOLONG);
			continue;
		}
		if (top) {
			memcpy(p.entry.name, child->d_name, length + 1);
		} else {
			p.entry.name[end] = '/';
			memcpy(p.entry.name + end + 1, child->d_name, length + 1);
		}
		pack_any(fd, child->d_name, O_NOFOLLOW, depth + 1);
		memcpy(p.entry.name + (top ? 0 : end), top ? "." : "", top ? 2 : 1);
	}
	if (errno && !p.broken)
		say("cannot read", errno);
	closedir(list);
}

static void pack_directory(int directory, const char *name, int flags, int depth)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	struct stat s;
	if (fd < 0 || fstat(fd, &s) || depth > DEPTH_MAX) {
		say("cannot open", depth > DEPTH_MAX ? ELOOP : errno);
		if (fd >= 0)
			close(fd);
		return;
	}
	describe(&s, TAR_DIRECTORY);
	put_headers();
	pack_children(fd, depth);
}

static void pack_any(int directory, const char *name, int flags, int depth)
{
	struct stat s;
	if (fstatat(directory, name, &s, flags ? AT_SYMLINK_NOFOLLOW : 0)) {
		say(!depth && (errno == ENOENT || errno == ENOTDIR) ? "could not find" : "cannot look at", errno);
		return;
	}
	if (S_ISDIR(s.st_mode))
		pack_directory(directory, name, flags, depth);
	else if (S_ISREG(s.st_mode))
		pack_file(directory, name, flags);
	else if (S_ISLNK(s.st_mode))
		pack_link(directory, name, &s);
	else if (!depth)
		say("cannot copy what is no file, directory or link:", 0);
	else {
		bool failed = p.failed; /* a socket in a tree is left out, and it is no failure, as tar(1) has it */
		say("left out what is no file, directory or link:", 0);
		p.failed = failed;
	}
}

int copier_pack(const struct order *order)
{
	p.order = order;
	strcpy(p.entry.name, order->name);
	pack_any(AT_FDCWD, order->path, order->follow ? 0 : O_NOFOLLOW, 0);
	/* Nothing at all tells the other side that all has been said. */
	if (p.begun)
		put_zeros(2 * TAR_BLOCK);
	flush();
	return p.failed || p.broken;
}
