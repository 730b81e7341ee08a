/* A small engine for tests and benchmarks of the launcher: plans, mounts, messages. Everything exits on a surprise. */
#ifndef REG_LAUNCHER_KIT_H
#define REG_LAUNCHER_KIT_H

#include "protocol.h"
#include "sys.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define KIT __attribute__((unused)) static

#define KIT_DIE(...) (fprintf(stderr, "%s:%d: ", __FILE__, __LINE__), fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))
#define KIT_MUST(call) \
	({ \
		long kit_result = (long)(call); \
		if (kit_result < 0) \
			KIT_DIE("%s: %s", #call, strerror(errno)); \
		(int)kit_result; \
	})

/* --- plans --- */

struct kit_plan {
	uint8_t bytes[60000];
	uint32_t length, start;
	int fds[REG_MESSAGE_FDS];
	uint32_t fd_count;
};

KIT void kit_raw(struct kit_plan *p, const void *bytes, size_t length)
{
	if (p->length + length > sizeof p->bytes)
		KIT_DIE("the plan is too long");
	memcpy(p->bytes + p->length, bytes, length);
	p->length += (uint32_t)length;
}

KIT void kit_u32(struct kit_plan *p, uint32_t value)
{
	kit_raw(p, &value, sizeof value);
}

KIT void kit_u64(struct kit_plan *p, uint64_t value)
{
	kit_raw(p, &value, sizeof value);
}

KIT void kit_string(struct kit_plan *p, const char *text)
{
	kit_raw(p, text, strlen(text) + 1);
}

KIT void kit_begin(struct kit_plan *p, uint16_t op, uint16_t flags)
{
	struct reg_operation head = {op, flags, 0};
	p->start = p->length;
	kit_raw(p, &head, sizeof head);
}

KIT void kit_end(struct kit_plan *p)
{
	uint32_t length = p->length - p->start - REG_OPERATION_SIZE;
	memcpy(p->bytes + p->start + 4, &length, sizeof length);
	while (p->length % REG_PLAN_ALIGN)
		p->bytes[p->length++] = 0;
}

/* The plan owns the descriptor from now on. */
KIT uint32_t kit_fd(struct kit_plan *p, int fd)
{
	if (fd < 0)
		KIT_DIE("no descriptor: %s", strerror(errno));
	p->fds[p->fd_count] = fd;
	return p->fd_count++;
}

KIT void kit_path_op(struct kit_plan *p, uint16_t op, uint16_t flags, const char *path)
{
	kit_begin(p, op, flags);
	kit_string(p, path);
	kit_end(p);
}

KIT void kit_fd_op(struct kit_plan *p, uint16_t op, uint16_t flags, int fd)
{
	kit_begin(p, op, flags);
	kit_u32(p, kit_fd(p, fd));
	kit_end(p);
}

KIT void kit_stdio(struct kit_plan *p, int in, int out, int err)
{
	kit_begin(p, REG_OP_STDIO, 0);
	kit_u32(p, kit_fd(p, in));
	kit_u32(p, kit_fd(p, out));
	kit_u32(p, kit_fd(p, err));
	kit_end(p);
}

KIT void kit_mount(struct kit_plan *p, uint16_t flags, int fd, const char *path)
{
	kit_begin(p, REG_OP_MOUNT, flags);
	kit_u32(p, kit_fd(p, fd));
	kit_string(p, path);
	kit_end(p);
}

KIT void kit_fsmount(struct kit_plan *p, uint32_t ms_flags, const char *type, const char *path, const char *data)
{
	kit_begin(p, REG_OP_FSMOUNT, 0);
	kit_u32(p, ms_flags);
	kit_string(p, type);
	kit_string(p, path);
	kit_string(p, data);
	kit_end(p);
}

KIT void kit_fixture(struct kit_plan *p, uint32_t which, const char *path)
{
	kit_begin(p, REG_OP_FIXTURE, 0);
	kit_u32(p, which);
	kit_string(p, path);
	kit_end(p);
}

KIT void kit_user(struct kit_plan *p, uint32_t uid, uint32_t gid)
{
	kit_begin(p, REG_OP_USER, 0);
	kit_u32(p, uid);
	kit_u32(p, gid);
	kit_u32(p, 1);
	kit_u32(p, gid);
	kit_end(p);
}

KIT void kit_caps(struct kit_plan *p, uint64_t mask)
{
	kit_begin(p, REG_OP_CAPS, 0);
	kit_u64(p, mask);
	kit_end(p);
}

/* fd: the program, or -1. */
KIT void kit_exec_descriptor(struct kit_plan *p, int fd, char *const *argv, char *const *env)
{
	uint32_t argc = 0, envc = 0;
	while (argv[argc])
		argc++;
	while (env[envc])
		envc++;
	kit_begin(p, REG_OP_EXEC, fd < 0 ? 0 : REG_EXEC_DESCRIPTOR);
	if (fd >= 0)
		kit_u32(p, kit_fd(p, fd));
	kit_u32(p, argc);
	kit_u32(p, envc);
	for (uint32_t i = 0; i < argc; i++)
		kit_string(p, argv[i]);
	for (uint32_t i = 0; i < envc; i++)
		kit_string(p, env[i]);
	kit_end(p);
}

KIT void kit_exec(struct kit_plan *p, char *const *argv, char *const *env)
{
	kit_exec_descriptor(p, -1, argv, env);
}

/* Docker's default capabilities less MKNOD and NET_RAW. */
#define KIT_CAPS 0xa00405fbull & ~(1ull << 13)

/* What the engine hides of /proc. */
KIT void kit_proc(struct kit_plan *p)
{
	static const char *const masked[] = {"/proc/asound",	  "/proc/acpi",	      "/proc/kcore",	   "/proc/keys",
					     "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
					     "/proc/scsi"};
	static const char *const kept[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
	kit_fsmount(p, MS_NOSUID | MS_NODEV | MS_NOEXEC, "proc", "/proc", "");
	for (size_t i = 0; i < sizeof masked / sizeof *masked; i++)
		kit_path_op(p, REG_OP_MASK, 0, masked[i]);
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		kit_path_op(p, REG_OP_PROTECT, 0, kept[i]);
}

/* --- mounts --- */

KIT void kit_config(int fs, const char *key, const char *value)
{
	KIT_MUST(syscall(SYS_fsconfig, fs, REG_FSCONFIG_SET_STRING, key, value, 0));
}

KIT int kit_fs_done(int fs, unsigned attributes)
{
	KIT_MUST(syscall(SYS_fsconfig, fs, REG_FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	int mnt = KIT_MUST(syscall(SYS_fsmount, fs, REG_FSMOUNT_CLOEXEC, attributes));
	close(fs);
	return mnt;
}

/* A detached overlay of lower with a fresh upper in dir/. */
KIT int kit_overlay(const char *lower, const char *dir)
{
	char upper[4300], work[4300];
	snprintf(upper, sizeof upper, "%s/u", dir);
	snprintf(work, sizeof work, "%s/w", dir);
	KIT_MUST(mkdir(dir, 0755));
	KIT_MUST(mkdir(upper, 0755));
	KIT_MUST(mkdir(work, 0755));
	int fs = KIT_MUST(syscall(SYS_fsopen, "overlay", REG_FSOPEN_CLOEXEC));
	kit_config(fs, "lowerdir", lower);
	kit_config(fs, "upperdir", upper);
	kit_config(fs, "workdir", work);
	KIT_MUST(syscall(SYS_fsconfig, fs, 0 /* SET_FLAG */, "volatile", NULL, 0));
	return kit_fs_done(fs, REG_ATTR_NOSUID | REG_ATTR_NODEV);
}

KIT int kit_clone_tree(const char *path, unsigned attributes)
{
	int tree = KIT_MUST(syscall(SYS_open_tree, AT_FDCWD, path, REG_OPEN_TREE_CLONE | REG_OPEN_TREE_CLOEXEC));
	struct reg_mount_attr attr = {.set = attributes, .propagation = MS_PRIVATE};
	KIT_MUST(syscall(SYS_mount_setattr, tree, "", REG_AT_EMPTY_PATH, &attr, sizeof attr));
	return tree;
}

/* --- the conversation --- */

struct kit_message {
	uint32_t type, arg;
	uint8_t payload[256];
	uint32_t length;
};

KIT uint32_t kit_payload(const struct kit_message *m, int index)
{
	uint32_t value = 0;
	memcpy(&value, m->payload + 4 * index, sizeof value);
	return value;
}

KIT void kit_send(int socket, uint32_t type, uint32_t arg, const void *payload, size_t length, const int *fds, uint32_t count)
{
	struct reg_header header = {type, arg};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * 253)];
	} control;
	memset(&control, 0, sizeof control);
	struct iovec parts[2] = {{&header, sizeof header}, {(void *)(uintptr_t)payload, length}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		struct cmsghdr *c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
	}
	KIT_MUST(sendmsg(socket, &message, MSG_NOSIGNAL));
}

/* False when nothing came in time, or the other end closed. */
KIT bool kit_receive(int socket, struct kit_message *m, int timeout_ms)
{
	struct pollfd poll_fd = {socket, POLLIN, 0};
	if (poll(&poll_fd, 1, timeout_ms) != 1)
		return false;
	uint8_t bytes[512];
	ssize_t got = recv(socket, bytes, sizeof bytes, 0);
	if (got < (ssize_t)REG_HEADER_SIZE)
		return false;
	memcpy(&m->type, bytes, 4);
	memcpy(&m->arg, bytes + 4, 4);
	m->length = (uint32_t)got - REG_HEADER_SIZE;
	memcpy(m->payload, bytes + 8, m->length < sizeof m->payload ? m->length : sizeof m->payload);
	return true;
}

KIT void kit_id(char *id, uint32_t number)
{
	snprintf(id, REG_CONTAINER_ID_SIZE + 1, "%064x", number);
}

/* Sends the plan and closes its descriptors. With LOG the last three are the logger's; with JOIN `container` is a slot. */
KIT void kit_start_in(int socket, uint32_t slot, uint32_t flags, uint32_t container, struct kit_plan *p)
{
	static uint8_t payload[sizeof p->bytes + 128];
	char id[REG_CONTAINER_ID_SIZE + 1];
	uint32_t head = 8 + REG_CONTAINER_ID_SIZE;
	kit_id(id, slot);
	memcpy(payload, &flags, 4);
	memcpy(payload + 4, &p->length, 4);
	memcpy(payload + 8, id, REG_CONTAINER_ID_SIZE);
	if (flags & REG_START_JOIN) {
		memcpy(payload + head, &container, 4);
		head += 4;
	}
	memcpy(payload + head, p->bytes, p->length);
	kit_send(socket, REG_LAUNCHER_START, slot, payload, head + p->length, p->fds, p->fd_count);
	for (uint32_t i = 0; i < p->fd_count; i++)
		close(p->fds[i]);
	p->fd_count = 0;
}

KIT void kit_start(int socket, uint32_t slot, uint32_t flags, struct kit_plan *p)
{
	kit_start_in(socket, slot, flags, 0, p);
}

KIT int kit_connect(const char *runtime)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (snprintf(address.sun_path, sizeof address.sun_path, "%s/launcher.sock", runtime) >= (int)sizeof address.sun_path)
		KIT_DIE("the path of the runtime directory is too long");
	int fd = KIT_MUST(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	KIT_MUST(connect(fd, (struct sockaddr *)&address, sizeof address));
	return fd;
}

/* Says hello; returns the launcher's pid. */
KIT int kit_hello(int socket)
{
	struct kit_message m;
	if (!kit_receive(socket, &m, 5000) || m.type != REG_LAUNCHER_HELLO || m.arg != REG_LAUNCHER_VERSION)
		KIT_DIE("the launcher did not say hello");
	kit_send(socket, REG_LAUNCHER_HELLO, REG_LAUNCHER_VERSION, "test", 5, NULL, 0);
	return (int)kit_payload(&m, 0);
}

/* Runs the launcher's starter; its exit status. */
KIT int kit_launch(const char *binary, const char *runtime)
{
	pid_t pid = KIT_MUST(fork());
	if (pid == 0) {
		execl(binary, binary, "--runtime", runtime, NULL);
		_exit(127);
	}
	int status;
	KIT_MUST(waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
