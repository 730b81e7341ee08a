/*
 * One container as the child that becomes it sees it. What is here is inherited from the launcher by fork; the functions
 * run in the child and do not return unless said.
 */
#ifndef REG_CONTAINER_H
#define REG_CONTAINER_H

#include "plan.h"
#include "sys.h"

/* The launcher keeps these numbers so; descriptors of a plan are above them. */
#define FD_REPORT 3    /* sends reports to the launcher */
#define FD_EXIT_CODE 4 /* in an init: the exit file, if any */
#define FD_FIRST_FREE 5

/* What a container tells the launcher; the kernel adds the sender's pid. */
struct report {
	uint32_t kind;
	uint32_t a, b;
};
#define REPORT_STARTED 1u
#define REPORT_FAILED 2u /* a operation, b errno */
#define REPORT_EXITED 3u /* a exit code */

struct container {
	const uint8_t *plan; /* NULL: it is in the memfd */
	uint32_t plan_length;
	int memfd;      /* or -1 */
	int group_fd;   /* where it is made: a directory of version 2 control groups, or -1 */
	int started_fd; /* without INIT: tells the launcher that exec was reached, by a byte and by closing; else -1 */
	int join_fd;    /* a pidfd: the process joins the container of that one, whose pid namespace it is in already; else -1 */
	bool init;
	bool has_open_tree_attr;
	uint64_t permitted; /* capabilities the launcher has */
	uint32_t fd_count;
	int fds[REG_MESSAGE_FDS];

	/* Found on the way. */
	int root_fd, host_fd, exit_fd;
	bool cover;
	bool lent; /* by RIGHTS: paths are looked up with the user's rights */
	uint32_t lent_uid, lent_gid;
	bool grouped; /* has joined control groups, its namespace has not yet */
	uint32_t root_index;
	void *mapped;        /* the plan's copy out of the memfd */
	struct plan_op failed;
	/* Written by the program's process, which shares this memory. */
	volatile int error;
	volatile bool reached; /* exec was tried */
};

#define POINTERS_MAX 1022u

/*
 * What a container needs until its program runs and never again: an init unmaps it as a whole. The launcher receives
 * into `message`, so a child finds its plan here, in pages that it shares with the launcher until one of them writes.
 * `container` is beside the message's beginning because both are written once a start: one page to copy, not two.
 */
struct shed {
	struct container container;
	uint8_t message[REG_MESSAGE_MAX] __attribute__((aligned(8)));
	char path[PLAN_PATH_MAX + 256];
	char *pointers[POINTERS_MAX + 2];
} __attribute__((aligned(4096)));

extern struct shed shed;

/* Carries out the plan in a fresh child. Signals are blocked, descriptors as the launcher has them. */
_Noreturn void container_run(struct container *container);

/* The operations on mounts and names. 0, or -errno with container->failed.index set. */
int setup_run(struct container *container, struct plan plan);

/* In place of setup_run: enters the other namespaces of the container that is joined, and its root. -errno. */
int join_run(struct container *container, struct plan plan);

/* Becomes the program. Returns -errno with container->failed.index set when it cannot. */
int program_run(struct container *container, struct plan plan);

/*
 * Gives the process, which is root and leads a session without a terminal, one of the container's own: as its controlling
 * terminal, at the descriptors that the operation names, and as `user`'s file. The other side goes to the client. 0 or -errno.
 */
int terminal_take(const struct container *c, const struct plan_op *op, const struct plan_op *user);

/* Runs the program as a child and stays as PID 1. */
_Noreturn void init_run(struct container *container, struct plan plan);

/* Opens path within the container's root as O_PATH; links are refused unless `follow`. -errno. */
int open_in_root(const struct container *container, const char *path, bool follow);

/* The same, making what is missing: directories, and as the last component a file when `file`. */
int make_in_root(const struct container *container, const char *path, bool follow, bool file);

/* False when the launcher has ended. */
bool report(uint32_t kind, uint32_t a, uint32_t b, int send_flags);

/* From here on the container lives on when the launcher is killed. Its root is in place: so it can be found again. */
void outlive_launcher(void);

#endif
