/*
 * reg-copier: one side of `reg cp`. `pack` writes a file or a tree as a tar stream (POSIX.1-2001 pax over ustar), `unpack`
 * makes files of one. Each side runs with no more rights than its place gives: the caller's, or those of the container's own
 * user within the container. Neither trusts what it reads: the other end may be anybody's.
 */
#ifndef REG_COPIER_H
#define REG_COPIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COPIER_PATH_MAX 4096 /* with the ending NUL, of a name in an archive and of a link's target */
#define COPIER_NAME_MAX 255
#define TAR_BLOCK 512u

/* What the engine orders: see main() in copier.c. */
struct order {
	bool owners;  /* -a: owners, and set-user-ID bits with them */
	bool follow;  /* -L: the source itself may be a link */
	bool wary;    /* a destination that is a link is not followed: a container may have put it into the caller's project */
	const char *name;  /* what every entry's name begins with, "." for a directory's content, "" for any archive */
	const char *label; /* what messages call the path */
	const char *path;
};

/* Return the exit code: 0, or 1 after a line on standard error. */
int copier_pack(const struct order *order);
int copier_unpack(const struct order *order);

/* One line on standard error, without control characters; no more than a few of them are written. `error` 0 for none. */
void copier_say(const char *what, const char *label, const char *name, int error);
/* Ends the lines: how many were left out. */
void copier_said(void);

/* copier_tar.c: the format. */

#define TAR_FILE '0'
#define TAR_HARD_LINK '1'
#define TAR_LINK '2'
#define TAR_DIRECTORY '5'

struct entry {
	char name[COPIER_PATH_MAX]; /* relative, no empty, "." or ".." component; "." alone for the top */
	char link[COPIER_PATH_MAX]; /* LINK: as it is; HARD_LINK: like name */
	char type;		    /* one of the above, or what else the archive has */
	uint32_t mode;		    /* permission bits, 07777 */
	uint32_t uid, gid;
	uint64_t size; /* bytes of data; 0 but for a FILE */
	int64_t mtime; /* seconds since 1970 */
};

/* An archive that is read; set read and from, the rest 0. */
struct tar {
	ssize_t (*read)(void *from, void *to, size_t n); /* like read(2) */
	void *from;
	uint64_t left;	 /* of the entry's data */
	unsigned filler; /* bytes after the data, to the next block */
	bool begun;	 /* something was read */
	const char *why; /* what is wrong */
};

/* Goes to the next entry: 1, 0 at the archive's end, -1 with why. */
int tar_next(struct tar *t, struct entry *e);
/* At most n bytes of the entry's data: 0 at its end, -1 with why. */
ssize_t tar_data(struct tar *t, void *to, size_t n);

/* The headers of an entry, whole blocks; returns their length. */
#define TAR_HEADERS_MAX (2 * COPIER_PATH_MAX + 4 * TAR_BLOCK)
size_t tar_headers(const struct entry *e, uint8_t to[TAR_HEADERS_MAX]);

#endif
