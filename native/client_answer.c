#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "client.h"

static bool send_part(int sock, struct reg_header header, const uint32_t *prefix, const void *payload, size_t length,
		      const int *fds, unsigned n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec parts[3] = {{&header, sizeof header}, {(void *)prefix, prefix ? 4 : 0}, {(void *)payload, length}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};

	if (n) {
		struct cmsghdr *c = &control.align;

		memset(&control, 0, sizeof control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(n * sizeof(int));
	}
	for (;;) {
		if (sendmsg(sock, &message, MSG_NOSIGNAL) >= 0)
			return true;
		if (errno != EINTR)
			return false;
	}
}

bool send_message(int sock, uint32_t type, uint32_t arg, const uint32_t *prefix, const void *payload, size_t length,
		  const int *fds, unsigned n)
{
	const char *at = payload;

	for (;;) {
		size_t room = REG_MESSAGE_MAX - REG_HEADER_SIZE - (prefix ? 4 : 0);
		size_t part = length < room ? length : room;
		struct reg_header header = {type | (part < length ? REG_TYPE_MORE : 0), arg};

		if (!send_part(sock, header, prefix, at, part, fds, n))
			return false;
		at += part;
		length -= part;
		if (!length)
			return true;
		prefix = NULL;
		n = 0;
	}
}

bool answer_open(int sock, const struct message *m)
{
	int fd = openat(AT_FDCWD, m->text, (int)(m->flags | O_CLOEXEC | O_NOCTTY), (mode_t)m->mode);
	uint32_t error = fd < 0 ? (uint32_t)errno : 0;
	bool sent = send_message(sock, REG_CLIENT_FD, m->arg, &error, NULL, 0, &fd, fd < 0 ? 0 : 1);

	if (fd >= 0)
		close(fd);
	return sent;
}

/* An empty new path takes the file away. */
bool answer_rename(int sock, const struct message *m)
{
	int result = *m->token ? renameat(AT_FDCWD, m->text, AT_FDCWD, m->token) : unlinkat(AT_FDCWD, m->text, 0);
	uint32_t error = result < 0 ? (uint32_t)errno : 0;

	return send_message(sock, REG_CLIENT_DONE, m->arg, &error, NULL, 0, NULL, 0);
}

bool answer_variable(int sock, const struct message *m)
{
	const char *value = strchr(m->text, '=') ? NULL : getenv(m->text);
	size_t length = value ? strlen(value) + 1 : 0;

	/* The kernel's own bound on one string is 128 KiB (MAX_ARG_STRLEN), so an answer always fits. */
	if (length > REG_LOGICAL_MAX)
		value = NULL, length = 0;
	return send_message(sock, REG_CLIENT_ENV, value != NULL, NULL, value, length, NULL, 0);
}

/* The kernel's record of one directory entry (getdents64(2)). */
struct record {
	uint64_t inode;
	int64_t next;
	uint16_t length;
	uint8_t type;
	char name[];
};

static char type_letter(int directory, const struct record *r)
{
	struct stat s;
	uint8_t type = r->type;

	if (type == DT_UNKNOWN && !fstatat(directory, r->name, &s, AT_SYMLINK_NOFOLLOW))
		type = IFTODT(s.st_mode);
	return type == DT_DIR ? 'd' : type == DT_REG ? 'f' : type == DT_LNK ? 'l' : 'o';
}

/* Reads a whole directory into `to`; returns 0 or an errno, EFBIG when it does not fit. */
static uint32_t read_directory(int directory, char *to, size_t size, size_t *used)
{
	_Alignas(8) char records[16384];

	for (;;) {
		long got = syscall(SYS_getdents64, directory, records, sizeof records);

		if (got <= 0)
			return got < 0 ? (uint32_t)errno : 0;
		for (long at = 0; at < got;) {
			const struct record *r = (const struct record *)(records + at);
			size_t length = strlen(r->name) + 1;

			at += r->length;
			if (!strcmp(r->name, ".") || !strcmp(r->name, ".."))
				continue;
			if (length + 1 > size - *used)
				return EFBIG;
			to[*used] = type_letter(directory, r);
			memcpy(to + *used + 1, r->name, length);
			*used += length + 1;
		}
	}
}

bool answer_list(int sock, const struct message *m)
{
	/* Untouched pages of the buffer cost nothing: it may as well be as large as an answer can be. */
	size_t size = REG_LOGICAL_MAX - 4, used = 0;
	char *names = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int directory = openat(AT_FDCWD, m->text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint32_t error;
	bool sent;

	if (directory < 0)
		error = (uint32_t)errno;
	else if (names == MAP_FAILED)
		error = ENOMEM;
	else
		error = read_directory(directory, names, size, &used);
	sent = send_message(sock, REG_CLIENT_NAMES, m->arg, &error, names, error ? 0 : used, NULL, 0);
	if (directory >= 0)
		close(directory);
	if (names != MAP_FAILED)
		munmap(names, size);
	return sent;
}

/* Reads to the end of a file, which may be a pipe that others still write; returns 0 or an errno, EFBIG when `to` is full before. */
static uint32_t read_file(int file, char *to, size_t size, size_t *used)
{
	while (*used < size) {
		ssize_t got = read(file, to + *used, size - *used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? (uint32_t)errno : 0;
		*used += (size_t)got;
	}
	return EFBIG;
}

bool answer_read(int sock, const struct message *m)
{
	size_t size = (size_t)m->flags + 1, used = 0;
	char *content = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int file = openat(AT_FDCWD, m->text, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint32_t error;
	bool sent;

	if (file < 0)
		error = (uint32_t)errno;
	else if (content == MAP_FAILED)
		error = ENOMEM;
	else
		error = read_file(file, content, size, &used);
	sent = send_message(sock, REG_CLIENT_CONTENT, m->arg, &error, content, error ? 0 : used, NULL, 0);
	if (file >= 0)
		close(file);
	if (content != MAP_FAILED)
		munmap(content, size);
	return sent;
}
