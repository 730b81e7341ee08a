/*
 * The plan of docs/protocol.md: reading it, and carrying it out in a fresh child.
 *
 * The plan is hostile until read: every length, count, index and string is checked before use, and a plan that is
 * wrong anywhere is refused before its first operation has had an effect.
 */
#ifndef REG_PLAN_H
#define REG_PLAN_H

#include "protocol.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_PATH_MAX 4096u
#define PLAN_GROUPS_MAX 65536u /* NGROUPS_MAX */
#define PLAN_STRINGS_MAX 65536u /* argv and env together */

/* One operation, decoded. Pointers point into the plan; paths are absolute, normalised and end in NUL. */
struct plan_op {
	uint32_t index; /* 0-based position: what FAILED reports */
	uint16_t op, flags;
	uint32_t fd;          /* ROOT MOUNT EXITFILE TERMINAL CGROUP, EXEC with DESCRIPTOR: index of a descriptor, known to exist */
	uint32_t stdio[3];    /* STDIO */
	uint32_t number;      /* FSMOUNT: MS_ flags; FIXTURE: which; RLIMIT: resource */
	const char *path;     /* MOUNT FSMOUNT FIXTURE MASK PROTECT READONLY WORKDIR */
	const char *type;     /* FSMOUNT */
	const char *data;     /* FSMOUNT; HOSTNAME: the name */
	uint32_t data_length; /* HOSTNAME: without NUL */
	uint64_t soft, hard;  /* RLIMIT */
	uint64_t mask;        /* CAPS */
	uint16_t rows, columns; /* TERMINAL */
	uint32_t uid, gid;    /* USER RIGHTS */
	uint32_t group_count;
	const uint8_t *groups; /* USER RIGHTS: group_count × u32, perhaps unaligned */
	uint32_t argc, envc;   /* EXEC */
	const char *strings;   /* EXEC: argc + envc strings, one after another */
};

struct plan {
	const uint8_t *bytes;
	uint32_t length;
	uint32_t offset;   /* of the next operation */
	uint32_t index;    /* of the next operation */
	uint32_t fd_count; /* how many descriptors the plan may name */
};

struct plan plan_of(const uint8_t *bytes, uint32_t length, uint32_t fd_count);

/* 1 and *op filled; 0 at the end; -EBADMSG when the bytes are no plan, op->index being where. */
int plan_next(struct plan *plan, struct plan_op *op);

/*
 * Reads the whole plan: 0 when every operation is well formed, CGROUP comes before all others, ROOT before any
 * path, no path comes without it, and EXEC is there, once, last. -EBADMSG otherwise; *index is the operation that is wrong. The plan of a process that
 * `joins` a container finds its root made: it has no ROOT, nor anything else that shapes a container.
 */
int plan_check(struct plan plan, bool joins, uint32_t *index);

#endif
