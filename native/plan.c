/* Reading a plan: no system call, no state, nothing but bounds. See plan.h. */
#include "plan.h"

#include <errno.h>
#include <string.h>

/* What is left of one operation's payload. `bad` is sticky: reads past the end give zeros and set it. */
struct reader {
	const uint8_t *at;
	uint32_t left;
	bool bad;
};

static const void *take(struct reader *r, uint32_t size)
{
	static const uint8_t zeros[8];
	if (r->left < size) {
		r->bad = true;
		r->left = 0;
		return size <= sizeof zeros ? zeros : NULL;
	}
	const void *at = r->at;
	r->at += size;
	r->left -= size;
	return at;
}

static uint32_t take_u32(struct reader *r)
{
	uint32_t value;
	memcpy(&value, take(r, sizeof value), sizeof value);
	return value;
}

static uint16_t take_u16(struct reader *r)
{
	uint16_t value;
	memcpy(&value, take(r, sizeof value), sizeof value);
	return value;
}

static uint64_t take_u64(struct reader *r)
{
	uint64_t value;
	memcpy(&value, take(r, sizeof value), sizeof value);
	return value;
}

static const char *take_string(struct reader *r, uint32_t limit)
{
	const uint8_t *end = r->left ? memchr(r->at, 0, r->left) : NULL;
	if (!end || end - r->at >= (ptrdiff_t)limit) {
		r->bad = true;
		return "";
	}
	return take(r, (uint32_t)(end - r->at) + 1);
}

/* Absolute, without empty, "." and ".." components: what the kernel then resolves cannot climb by itself. */
static bool is_normal_path(const char *path, bool root_allowed)
{
	if (path[0] != '/')
		return false;
	if (!path[1])
		return root_allowed;
	for (const char *at = path; *at;) {
		const char *name = at + 1;
		size_t length = strcspn(name, "/");
		if (length == 0 || length > 255 || (length == 1 && name[0] == '.') ||
		    (length == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		at = name + length;
	}
	return true;
}

static const char *take_path(struct reader *r, bool root_allowed)
{
	const char *path = take_string(r, PLAN_PATH_MAX);
	if (!r->bad && !is_normal_path(path, root_allowed))
		r->bad = true;
	return path;
}

static uint32_t take_fd(struct reader *r, uint32_t fd_count)
{
	uint32_t fd = take_u32(r);
	if (fd >= fd_count)
		r->bad = true;
	return fd;
}

static void take_user(struct reader *r, struct plan_op *op)
{
	op->uid = take_u32(r);
	op->gid = take_u32(r);
	op->group_count = take_u32(r);
	if (op->group_count > PLAN_GROUPS_MAX || op->group_count > r->left / 4 || op->uid == UINT32_MAX ||
	    op->gid == UINT32_MAX) {
		r->bad = true;
		return;
	}
	op->groups = take(r, op->group_count * 4);
}

static void take_exec(struct reader *r, struct plan_op *op, uint32_t fd_count)
{
	if (op->flags & REG_EXEC_DESCRIPTOR)
		op->fd = take_fd(r, fd_count);
	op->argc = take_u32(r);
	op->envc = take_u32(r);
	op->strings = (const char *)r->at;
	if (op->argc == 0 || op->argc > PLAN_STRINGS_MAX || op->envc > PLAN_STRINGS_MAX - op->argc) {
		r->bad = true;
		return;
	}
	for (uint32_t n = op->argc + op->envc; n && !r->bad; n--)
		take_string(r, UINT32_MAX);
}

static void take_hostname(struct reader *r, struct plan_op *op)
{
	op->data = take_string(r, 65); /* __NEW_UTS_LEN is 64 */
	op->data_length = (uint32_t)strlen(op->data);
	if (!op->data_length)
		r->bad = true;
}

static void take_payload(struct reader *r, struct plan_op *op, uint32_t fd_count)
{
	uint16_t allowed = 0;
	switch (op->op) {
	case REG_OP_STDIO:
		for (int i = 0; i < 3; i++)
			op->stdio[i] = take_fd(r, fd_count);
		break;
	case REG_OP_ROOT:
		allowed = REG_ROOT_COVER;
		op->fd = take_fd(r, fd_count);
		break;
	case REG_OP_MOUNT:
		allowed = REG_MOUNT_MAKE_DIRECTORIES | REG_MOUNT_MAKE_FILE | REG_MOUNT_FOLLOW_LINKS;
		op->fd = take_fd(r, fd_count);
		op->path = take_path(r, false);
		break;
	case REG_OP_FSMOUNT:
		allowed = REG_MOUNT_MAKE_DIRECTORIES | REG_MOUNT_FOLLOW_LINKS;
		op->number = take_u32(r);
		op->type = take_string(r, 64);
		op->path = take_path(r, false);
		op->data = take_string(r, 4096);
		break;
	case REG_OP_FIXTURE:
		allowed = REG_MOUNT_MAKE_DIRECTORIES | REG_MOUNT_FOLLOW_LINKS;
		op->number = take_u32(r);
		op->path = take_path(r, false);
		r->bad |= op->number != REG_FIXTURE_DEV && op->number != REG_FIXTURE_SYS;
		break;
	case REG_OP_MASK:
	case REG_OP_PROTECT:
		op->path = take_path(r, false);
		break;
	case REG_OP_READONLY:
		op->path = take_path(r, true);
		break;
	case REG_OP_HOSTNAME:
		take_hostname(r, op);
		break;
	case REG_OP_WORKDIR:
		allowed = REG_WORKDIR_MAKE;
		op->path = take_path(r, true);
		break;
	case REG_OP_RLIMIT:
		op->number = take_u32(r);
		op->soft = take_u64(r);
		op->hard = take_u64(r);
		break;
	case REG_OP_USER:
	case REG_OP_RIGHTS:
		take_user(r, op);
		break;
	case REG_OP_CAPS:
		op->mask = take_u64(r);
		break;
	case REG_OP_NO_NEW_PRIVS:
		break;
	case REG_OP_EXITFILE:
	case REG_OP_CGROUP:
		op->fd = take_fd(r, fd_count);
		break;
	case REG_OP_EXEC:
		allowed = REG_EXEC_DESCRIPTOR;
		take_exec(r, op, fd_count);
		break;
	case REG_OP_TERMINAL:
		allowed = REG_TERMINAL_INPUT | REG_TERMINAL_OUTPUT | REG_TERMINAL_ERROR;
		op->fd = take_fd(r, fd_count);
		op->rows = take_u16(r);
		op->columns = take_u16(r);
		r->bad |= !op->flags;
		break;
	default:
		r->bad = true;
	}
	if (op->flags & ~allowed)
		r->bad = true;
}

struct plan plan_of(const uint8_t *bytes, uint32_t length, uint32_t fd_count)
{
	return (struct plan){.bytes = bytes, .length = length, .fd_count = fd_count};
}

int plan_next(struct plan *plan, struct plan_op *op)
{
	memset(op, 0, sizeof *op);
	op->index = plan->index;
	uint32_t left = plan->length - plan->offset;
	if (!left)
		return 0;
	struct reg_operation head;
	if (left < sizeof head)
		return -EBADMSG;
	memcpy(&head, plan->bytes + plan->offset, sizeof head);
	left -= (uint32_t)sizeof head;
	if (head.length > left)
		return -EBADMSG;
	uint32_t padding = (REG_PLAN_ALIGN - head.length % REG_PLAN_ALIGN) % REG_PLAN_ALIGN;
	if (padding > left - head.length)
		return -EBADMSG;
	op->op = head.op;
	op->flags = head.flags;
	struct reader reader = {.at = plan->bytes + plan->offset + sizeof head, .left = head.length};
	take_payload(&reader, op, plan->fd_count);
	if (reader.bad || reader.left)
		return -EBADMSG;
	plan->offset += (uint32_t)sizeof head + head.length + padding;
	plan->index++;
	return 1;
}

static bool uses_paths(uint16_t op)
{
	return (op >= REG_OP_MOUNT && op <= REG_OP_READONLY) || op == REG_OP_WORKDIR || op == REG_OP_TERMINAL;
}

static bool shapes_container(const struct plan_op *op)
{
	return (op->op >= REG_OP_ROOT && op->op <= REG_OP_HOSTNAME) || op->op == REG_OP_EXITFILE ||
	       (op->op == REG_OP_WORKDIR && op->flags & REG_WORKDIR_MAKE);
}

int plan_check(struct plan plan, bool joins, uint32_t *index)
{
	struct plan_op op;
	bool grouped = true, rooted = joins, executes = false;
	int got;
	while ((got = plan_next(&plan, &op)) > 0) {
		*index = op.index;
		grouped &= op.op == REG_OP_CGROUP;
		if (executes || (op.op == REG_OP_CGROUP && !grouped) || (op.op == REG_OP_ROOT && rooted) || (uses_paths(op.op) && !rooted) || (joins && shapes_container(&op)))
			return -EBADMSG;
		rooted |= op.op == REG_OP_ROOT;
		executes = op.op == REG_OP_EXEC;
	}
	*index = op.index;
	return got < 0 || !executes || !rooted ? -EBADMSG : 0;
}
