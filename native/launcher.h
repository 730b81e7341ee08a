/*
 * The launcher's own parts. One process, one thread, one loop: whatever happens (the engine speaks, a container
 * reports, a child ends) is handled to its end before the next thing is looked at, and nothing it does can block on
 * an engine, a container or a disk.
 *
 * Everything below lives in one mapping that children do not inherit: a fork neither copies nor write-protects it, so
 * its size costs a start nothing.
 */
#ifndef REG_LAUNCHER_H
#define REG_LAUNCHER_H

#include "container.h"
#include "sys.h"

#ifndef REG_BUILD_ID
#define REG_BUILD_ID "0"
#endif

#define SLOTS_MAX 32768u /* live or not yet forgotten containers */
#define SLOT_HEADS 16384u /* power of two */
#define QUEUE_MAX 4096u /* messages an engine may leave unread before it is dropped */
#define QUEUED_SIZE 128u
#define HIERARCHIES_MAX 4
#define SWEEP_MS 20
#define NO_OPERATION UINT32_MAX /* of a plan */

/* One container, from START or ADOPT to FORGET. Indices are 1-based; 0 is none. */
struct slot {
	uint32_t number; /* the engine's name for it */
	uint32_t by_number, by_pid, by_exit; /* next in the chain it is in */
	int32_t pid;
	int32_t code;       /* -1 unknown */
	uint32_t operation; /* FAILED: where and why */
	int32_t error;
	int32_t fd;      /* started pipe, or an adopted one's pidfd; -1 */
	uint8_t state;   /* REG_STATE_*; 0 is free */
	uint8_t init;    /* has an init of ours */
	uint8_t flags; /* REG_SLOT_* */
	uint8_t reported; /* FAILED or EXITED has come from inside */
	uint8_t reaped;
	uint8_t logging; /* the logger has not finished */
	uint8_t forgotten;
	uint8_t hangup; /* adopted: ended, its reaping is awaited */
	char id[REG_CONTAINER_ID_SIZE];
};

struct queued {
	uint32_t length;
	uint8_t bytes[QUEUED_SIZE - 4];
};

struct launcher {
	int report_fd, log_fd, listen_fd, lock_fd, epoll_fd, signal_fd, runtime_fd, engine_fd;
	int logger_fd, upgrade_fd;
	int proc_fd, own_fd; /* /proc, our pidfd: made when first needed, or -1 */
	int32_t logger_pid;
	int hierarchy_fds[HIERARCHIES_MAX]; /* their roots, to leave our cgroup at the end */
	char cgroup[32];                    /* its name below a hierarchy's root: reg-<hash> */
	bool has_open_tree_attr, quitting, sweep, greeted;
	bool astray; /* children would be born in a container's pid namespace */
	uint64_t permitted;
	uint32_t starting, running; /* slots in these states; running includes starting */
	uint32_t queue_head, queue_length;
	bool listing, want_write;
	uint32_t list_next, list_count;
	uint32_t slot_used, slot_free; /* slots ever used; head of the free list through by_number */
	uint32_t exiting;              /* reported an exit, not reaped: chain through by_exit */
	uint32_t hangups;
	uint32_t numbers[SLOT_HEADS], pids[SLOT_HEADS];
	struct slot slots[SLOTS_MAX + 1];
	struct queued queue[QUEUE_MAX];
};

/* launcher_log.c: one line into launcher.log; %s %d %u only. */
void note(const struct launcher *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* launcher_slots.c */
struct slot *slot_add(struct launcher *l, uint32_t number, const char *id);
struct slot *slot_find(struct launcher *l, uint32_t number);
struct slot *slot_of_pid(struct launcher *l, int32_t pid);
void slot_set_pid(struct launcher *l, struct slot *s, int32_t pid);
void slot_drop_pid(struct launcher *l, struct slot *s);
void slot_set_state(struct launcher *l, struct slot *s, uint8_t state);
void slot_remove(struct launcher *l, struct slot *s);
uint32_t slot_index(const struct launcher *l, const struct slot *s);

/* launcher_home.c: cgroups, mount namespace; they say on stderr or in the log what went wrong. */
void home_join_cgroups(struct launcher *l, const char *runtime_path);
void home_leave_cgroups(struct launcher *l);
const char *home_build(const char *runtime_path); /* NULL, or the step that failed, errno set */

/* launcher_engine.c: the conversation with the engine. */
void engine_accept(struct launcher *l);
void engine_receive(struct launcher *l);
void engine_flush(struct launcher *l);
void engine_drop(struct launcher *l, const char *why);
void engine_greet(struct launcher *l);
void engine_send(struct launcher *l, uint32_t type, uint32_t arg, const void *payload, uint32_t length);

/* launcher_child.c: containers. */
bool child_is_id(const char *id);
void child_start(struct launcher *l, uint32_t number, uint32_t length, int *fds, uint32_t fd_count);
void child_signal(struct launcher *l, uint32_t number, int signal_number);
void child_reports(struct launcher *l, bool all);
void child_started_pipe(struct launcher *l, struct slot *s);
void child_ended(struct launcher *l, int32_t pid);
void child_sweep(struct launcher *l);
void child_log_done(struct launcher *l, struct slot *s);
void child_adopted_gone(struct launcher *l, struct slot *s, int32_t code);

/* launcher_spawn.c: a child in the group of version 2 that a directory's descriptor names, or in the launcher's when it is -1. */
int32_t spawn(struct launcher *l, int (*run)(void *), void *argument, int flags, int group);

/*
 * launcher_join.c: between join_aim, which gives a pidfd of the container's first process, and join_done, which takes it and
 * the clone's error, children are born in that container's pid namespace. -errno; ESRCH when the container has ended. Should
 * the way back fail (for want of memory only) nothing is cloned until join_return has found it.
 */
int join_aim(struct launcher *l, uint32_t container);
int join_done(struct launcher *l, int fd, int error);
int join_return(struct launcher *l);

/* launcher_adopt.c: containers of a launcher that died. */
void child_adopt(struct launcher *l, uint32_t number, uint32_t length, int *fds, uint32_t fd_count);
void child_pidfd(struct launcher *l, struct slot *s, uint32_t events);
void child_hangups(struct launcher *l);

/* launcher_log.c: the logger's other end. */
void logger_start(struct launcher *l);
void logger_add(struct launcher *l, struct slot *s, const int *fds);
void logger_receive(struct launcher *l);
void logger_lost(struct launcher *l);

/* launcher_seal.c: an executable nobody can write. -errno. */
int seal_copy(int executable);
bool seal_is_on(void);
int seal_execute(char *const *argv); /* ourselves, anew */

/* launcher_upgrade.c */
void upgrade(struct launcher *l);
int upgrade_resume(struct launcher *l, int state_fd);
int upgrade_check(int state_fd);

/* launcher.c */
#define WATCH_REPORT 1u
#define WATCH_LISTEN 2u
#define WATCH_SIGNAL 3u
#define WATCH_ENGINE 4u
#define WATCH_LOGGER 5u
#define WATCH_STARTED 6u /* with a slot's index */
#define WATCH_PIDFD 7u
void watch(struct launcher *l, int fd, uint32_t what, uint32_t index, uint32_t events);
void rewatch(struct launcher *l, int fd, uint32_t what, uint32_t index, uint32_t events);
void unwatch_and_close(struct launcher *l, int fd);
void launcher_loop(struct launcher *l) __attribute__((noreturn));

#endif
