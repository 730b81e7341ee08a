/*
 * reg-reader GROUP TREE...
 *
 * Reads files in so that they are in memory, charged to a control group that is none of their users': whoever touches a page
 * first pays for it. GROUP is the file that a process joins a group by, `tasks` of version 1 or `cgroup.procs` of version 2.
 * Prints "BYTES FILES". Exit status 1, and a line on stderr, when something could not be read.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 64 /* deeper than any environment, and than a hostile tree gets us */

static char buffer[1 << 17];
static uint64_t bytes, files;

static int failed(const char *what, const char *name)
{
	fprintf(stderr, "reg-reader: %s %s: %s\n", what, name, strerror(errno));
	return 1;
}

/* What is in memory already and not in use is let go first: it would stay charged to whoever brought it in. */
static int read_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME);
	if (fd < 0)
		return failed("cannot open", name);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	ssize_t got;
	while ((got = read(fd, buffer, sizeof buffer)) > 0)
		bytes += (uint64_t)got;
	int result = got < 0 ? failed("cannot read", name) : 0;
	close(fd);
	files++;
	return result;
}

/* Takes the descriptor. */
static int read_tree(int fd, const char *name, int depth)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir || depth > DEPTH_MAX) {
		if (dir) {
			closedir(dir);
			errno = ELOOP;
		}
		return failed("cannot read", name);
	}
	int result = 0;
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		const char *child = entry->d_name;
		struct stat status;
		if (!strcmp(child, ".") || !strcmp(child, ".."))
			continue;
		if (fstatat(fd, child, &status, AT_SYMLINK_NOFOLLOW))
			result |= failed("cannot look at", child);
		else if (S_ISDIR(status.st_mode))
			result |= read_tree(openat(fd, child, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), child, depth + 1);
		else if (S_ISREG(status.st_mode))
			result |= read_file(fd, child);
	}
	closedir(dir);
	return result;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: reg-reader GROUP TREE...\n");
		return 2;
	}
	int group = open(argv[1], O_WRONLY | O_CLOEXEC);
	if (group < 0 || write(group, "0", 1) != 1)
		return failed("cannot join", argv[1]);
	close(group);
	int result = 0;
	for (int i = 2; i < argc; i++)
		result |= read_tree(open(argv[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), argv[i], 0);
	printf("%" PRIu64 " %" PRIu64 "\n", bytes, files);
	return result;
}
