/*
 * Any bytes as a plan: reading stays within them, and what plan_check accepts holds what setup.c and program.c rely on.
 * The first byte is how many descriptors there are; its highest bit says that the process joins a container.
 */
#include <stdlib.h>

#include "../plan.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* setup.c, which needs a root, does not run for it. */
static void check_joining(const struct plan_op *op)
{
	require(op->op == REG_OP_STDIO || op->op == REG_OP_WORKDIR || (op->op >= REG_OP_RLIMIT && op->op != REG_OP_EXITFILE));
	require(op->op != REG_OP_WORKDIR || !op->flags);
}

static void check_op(const struct plan_op *op, uint32_t fd_count)
{
	if (op->path)
		require(op->path[0] == '/' && strlen(op->path) < PLAN_PATH_MAX && !strstr(op->path, "/../"));
	if (op->op == REG_OP_ROOT || op->op == REG_OP_MOUNT || op->op == REG_OP_EXITFILE ||
	    op->op == REG_OP_TERMINAL || (op->op == REG_OP_EXEC && op->flags & REG_EXEC_DESCRIPTOR))
		require(op->fd < fd_count);
	if (op->op == REG_OP_STDIO)
		require(op->stdio[0] < fd_count && op->stdio[1] < fd_count && op->stdio[2] < fd_count);
	if (op->op == REG_OP_USER && op->group_count)
		require(op->groups[0] + op->groups[op->group_count * 4 - 1] >= 0);
	if (op->op != REG_OP_EXEC)
		return;
	const char *at = op->strings;
	for (uint32_t n = op->argc + op->envc; n; n--)
		at += strlen(at) + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	uint32_t fd_count = (data[0] & 127) % (REG_MESSAGE_FDS + 1), index = 0;
	bool joins = data[0] & 128;
	struct plan plan = plan_of(data + 1, (uint32_t)size - 1, fd_count);
	bool valid = !plan_check(plan, joins, &index);
	struct plan_op op;
	uint32_t count = 0;
	int got;
	for (; (got = plan_next(&plan, &op)) > 0; count++) {
		check_op(&op, fd_count);
		if (valid && joins)
			check_joining(&op);
	}
	require(!valid || got == 0);
	require(valid || index <= count);
	return 0;
}
