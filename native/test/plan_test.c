/* Reading plans: what is well formed is read as meant, everything else is refused where it is wrong. */
#include "harness.h"
#include "launcher_kit.h"
#include "logger_file.h"

#include "../plan.c"
#include "../logger_file.c"

static struct kit_plan p;

static void fresh(void)
{
	p.length = p.fd_count = 0;
}

static void root(void)
{
	kit_begin(&p, REG_OP_ROOT, 0);
	kit_u32(&p, 0);
	kit_end(&p);
}

static void execute(void)
{
	kit_exec(&p, (char *[]){"a", "", "ccc", NULL}, (char *[]){"X=1", NULL});
}

static bool joins;

/* The index where the plan is wrong, or -1. */
static int wrong_at(uint32_t fd_count)
{
	uint32_t index = 99;
	int result = plan_check(plan_of(p.bytes, p.length, fd_count), joins, &index);
	CHECK(result == 0 || result == -EBADMSG);
	return result ? (int)index : -1;
}

static void every_operation_is_read_as_it_was_written(void)
{
	struct plan_op op;
	fresh();
	kit_begin(&p, REG_OP_CGROUP, 0), kit_u32(&p, 1), kit_end(&p);
	kit_begin(&p, REG_OP_STDIO, 0), kit_u32(&p, 2), kit_u32(&p, 1), kit_u32(&p, 0), kit_end(&p);
	kit_begin(&p, REG_OP_ROOT, REG_ROOT_COVER), kit_u32(&p, 2), kit_end(&p);
	kit_begin(&p, REG_OP_MOUNT, 7), kit_u32(&p, 1), kit_string(&p, "/a/b"), kit_end(&p);
	kit_fsmount(&p, 14, "proc", "/proc", "x=y");
	kit_fixture(&p, REG_FIXTURE_SYS, "/sys");
	kit_path_op(&p, REG_OP_MASK, 0, "/m");
	kit_path_op(&p, REG_OP_PROTECT, 0, "/p");
	kit_path_op(&p, REG_OP_READONLY, 0, "/");
	kit_begin(&p, REG_OP_HOSTNAME, 0), kit_string(&p, "host"), kit_end(&p);
	kit_path_op(&p, REG_OP_WORKDIR, 1, "/w");
	kit_begin(&p, REG_OP_RLIMIT, 0), kit_u32(&p, 7), kit_u64(&p, 1ull << 40), kit_u64(&p, 3), kit_end(&p);
	kit_user(&p, 10, 20);
	kit_caps(&p, 0x123456789abull);
	kit_begin(&p, REG_OP_NO_NEW_PRIVS, 0), kit_end(&p);
	kit_begin(&p, REG_OP_EXITFILE, 0), kit_u32(&p, 2), kit_end(&p);
	kit_begin(&p, REG_OP_TERMINAL, 5), kit_u32(&p, 1), kit_u32(&p, 24 | 80 << 16), kit_end(&p);
	execute();
	CHECK(wrong_at(3) == -1);
	struct plan plan = plan_of(p.bytes, p.length, 3);
	CHECK(plan_next(&plan, &op) == 1 && op.op == REG_OP_CGROUP && op.fd == 1);
	CHECK(plan_next(&plan, &op) == 1 && op.stdio[0] == 2 && op.stdio[1] == 1 && op.stdio[2] == 0);
	CHECK(plan_next(&plan, &op) == 1 && op.op == REG_OP_ROOT && op.flags == REG_ROOT_COVER && op.fd == 2 && op.index == 2);
	CHECK(plan_next(&plan, &op) == 1 && op.fd == 1 && op.flags == 7 && !strcmp(op.path, "/a/b"));
	CHECK(plan_next(&plan, &op) == 1 && op.number == 14 && !strcmp(op.type, "proc") && !strcmp(op.data, "x=y"));
	CHECK(plan_next(&plan, &op) == 1 && op.number == REG_FIXTURE_SYS && !strcmp(op.path, "/sys"));
	for (int i = 0; i < 3; i++)
		CHECK(plan_next(&plan, &op) == 1 && op.op == REG_OP_MASK + i && op.path[0] == '/');
	CHECK(plan_next(&plan, &op) == 1 && !strcmp(op.data, "host") && op.data_length == 4);
	CHECK(plan_next(&plan, &op) == 1 && op.flags == 1 && !strcmp(op.path, "/w"));
	CHECK(plan_next(&plan, &op) == 1 && op.number == 7 && op.soft == 1ull << 40 && op.hard == 3);
	CHECK(plan_next(&plan, &op) == 1 && op.uid == 10 && op.gid == 20 && op.group_count == 1);
	CHECK(plan_next(&plan, &op) == 1 && op.mask == 0x123456789abull);
	CHECK(plan_next(&plan, &op) == 1 && op.op == REG_OP_NO_NEW_PRIVS);
	CHECK(plan_next(&plan, &op) == 1 && op.fd == 2);
	CHECK(plan_next(&plan, &op) == 1 && op.fd == 1 && op.flags == 5 && op.rows == 24 && op.columns == 80);
	CHECK(plan_next(&plan, &op) == 1 && op.argc == 3 && op.envc == 1 && !memcmp(op.strings, "a\0\0ccc\0X=1", 11));
	CHECK(plan_next(&plan, &op) == 0);
}

static void a_program_may_be_a_descriptor(void)
{
	char *const argv[] = {"a", NULL}, *const none[] = {NULL};
	fresh(), root();
	kit_exec_descriptor(&p, 0, argv, none);
	struct plan plan = plan_of(p.bytes, p.length, p.fd_count);
	struct plan_op op;
	CHECK(wrong_at(p.fd_count) == -1 && plan_next(&plan, &op) == 1);
	CHECK(plan_next(&plan, &op) == 1 && op.flags == REG_EXEC_DESCRIPTOR && op.fd == p.fd_count - 1 && op.argc == 1 && !strcmp(op.strings, "a"));
	fresh(), root();
	kit_begin(&p, REG_OP_EXEC, REG_EXEC_DESCRIPTOR), kit_u32(&p, 1), kit_u32(&p, 1), kit_u32(&p, 0), kit_string(&p, "a"), kit_end(&p);
	CHECK(wrong_at(1) == 1 && wrong_at(2) == -1);
	fresh(), root();
	kit_begin(&p, REG_OP_EXEC, 2), kit_u32(&p, 1), kit_u32(&p, 0), kit_string(&p, "a"), kit_end(&p);
	CHECK(wrong_at(9) == 1);
}

static void every_cut_of_a_plan_is_refused(void)
{
	fresh();
	root();
	kit_path_op(&p, REG_OP_MASK, 0, "/etc/x");
	kit_fsmount(&p, 0, "tmpfs", "/tmp", "a");
	kit_user(&p, 1, 1);
	execute();
	uint32_t whole = p.length;
	CHECK(wrong_at(1) == -1);
	for (p.length = 0; p.length < whole; p.length++) {
		uint8_t *copy = malloc(p.length + 1); /* a sanitizer sees one byte too far */
		uint32_t index;
		memcpy(copy, p.bytes, p.length);
		CHECK(plan_check(plan_of(copy, p.length, 1), false, &index) == -EBADMSG);
		free(copy);
	}
}

static void paths_are_absolute_and_normal(void)
{
	static const char *const bad[] = {"",	   "a",	    "a/b",  "./a",    "//",   "/a/",  "/a//b", "/.",   "/..",
					  "/a/..", "/../a", "/a/.", "/a/./b", "/a/../b", "/./a", "a/../", "/"};
	static const char *const good[] = {"/a", "/a/b", "/...", "/a/..b", "/.a/b.", "/a b"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		fresh();
		root();
		kit_path_op(&p, REG_OP_MASK, 0, bad[i]);
		execute();
		CHECK(wrong_at(1) == 1);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		fresh();
		root();
		kit_path_op(&p, REG_OP_MASK, 0, good[i]);
		execute();
		CHECK(wrong_at(1) == -1);
	}
	char longest[4200];
	memset(longest, 'a', sizeof longest);
	for (int i = 0; i < 4200; i += 100)
		longest[i] = '/';
	longest[4095] = 0;
	fresh(), root(), kit_path_op(&p, REG_OP_MASK, 0, longest), execute();
	CHECK(wrong_at(1) == -1);
	longest[4095] = 'b', longest[4096] = 0;
	fresh(), root(), kit_path_op(&p, REG_OP_MASK, 0, longest), execute();
	CHECK(wrong_at(1) == 1);
}

static void the_order_of_operations_is_checked(void)
{
	fresh(), execute();
	CHECK(wrong_at(1) == 1); /* no root: noticed at the end */
	fresh(), kit_path_op(&p, REG_OP_MASK, 0, "/a"), root(), execute();
	CHECK(wrong_at(1) == 0);
	fresh(), kit_begin(&p, REG_OP_TERMINAL, 1), kit_u32(&p, 0), kit_u32(&p, 0), kit_end(&p), root(), execute();
	CHECK(wrong_at(1) == 0);
	fresh(), root(), root(), execute();
	CHECK(wrong_at(1) == 1);
	fresh(), root(), execute(), execute();
	CHECK(wrong_at(1) == 2);
	fresh(), root();
	CHECK(wrong_at(1) == 1);
	fresh();
	CHECK(wrong_at(1) == 0);
}

static void control_groups_are_joined_before_anything_else(void)
{
	fresh(), root(), kit_begin(&p, REG_OP_CGROUP, 0), kit_u32(&p, 0), kit_end(&p), execute();
	CHECK(wrong_at(1) == 1);
	for (uint32_t fd = 0; fd < 3; fd++) {
		fresh(), kit_begin(&p, REG_OP_CGROUP, 0), kit_u32(&p, 1), kit_end(&p);
		kit_begin(&p, REG_OP_CGROUP, 0), kit_u32(&p, fd), kit_end(&p), root(), execute();
		CHECK(wrong_at(2) == (fd < 2 ? -1 : 1));
	}
	fresh(), kit_begin(&p, REG_OP_CGROUP, 1), kit_u32(&p, 0), kit_end(&p), root(), execute();
	CHECK(wrong_at(1) == 0);
}

static void who_joins_a_container_shapes_none(void)
{
	joins = true;
	fresh(), kit_path_op(&p, REG_OP_WORKDIR, 0, "/w"), kit_user(&p, 1, 1), kit_caps(&p, 3), execute();
	CHECK(wrong_at(1) == -1);
	fresh(), kit_path_op(&p, REG_OP_WORKDIR, REG_WORKDIR_MAKE, "/w"), execute();
	CHECK(wrong_at(1) == 0);
	fresh(), root(), execute();
	CHECK(wrong_at(1) == 0);
	fresh(), kit_begin(&p, REG_OP_MOUNT, 0), kit_u32(&p, 0), kit_string(&p, "/m"), kit_end(&p), execute();
	CHECK(wrong_at(1) == 0);
	fresh(), kit_fsmount(&p, 0, "proc", "/proc", ""), execute();
	CHECK(wrong_at(1) == 0);
	fresh(), kit_fixture(&p, REG_FIXTURE_DEV, "/dev"), execute();
	CHECK(wrong_at(1) == 0);
	for (uint16_t op = REG_OP_MASK; op <= REG_OP_READONLY; op++) {
		fresh(), kit_path_op(&p, op, 0, "/m"), execute();
		CHECK(wrong_at(1) == 0);
	}
	fresh(), kit_begin(&p, REG_OP_HOSTNAME, 0), kit_string(&p, "host"), kit_end(&p), execute();
	CHECK(wrong_at(1) == 0);
	fresh(), kit_begin(&p, REG_OP_EXITFILE, 0), kit_u32(&p, 0), kit_end(&p), execute();
	CHECK(wrong_at(1) == 0);
	fresh(), kit_caps(&p, 3);
	CHECK(wrong_at(1) == 1);
	joins = false;
}

static void numbers_out_of_range_are_refused(void)
{
	fresh(), root(), execute();
	CHECK(wrong_at(0) == 0);
	fresh(), root(), kit_begin(&p, REG_OP_EXEC, 0), kit_u32(&p, 0), kit_u32(&p, 0), kit_end(&p);
	CHECK(wrong_at(1) == 1);
	fresh(), root(), kit_begin(&p, REG_OP_EXEC, 0), kit_u32(&p, 0xffffffff), kit_u32(&p, 2), kit_string(&p, "a"), kit_end(&p);
	CHECK(wrong_at(1) == 1);
	fresh(), root(), kit_begin(&p, REG_OP_EXEC, 0), kit_u32(&p, 1), kit_u32(&p, 0), kit_string(&p, "a"), kit_string(&p, "b");
	kit_end(&p);
	CHECK(wrong_at(1) == 1);
	fresh(), root(), kit_begin(&p, REG_OP_USER, 0), kit_u32(&p, 1), kit_u32(&p, 1), kit_u32(&p, 0x40000001), kit_end(&p);
	execute();
	CHECK(wrong_at(1) == 1);
	fresh(), root(), kit_fixture(&p, 3, "/dev"), execute();
	CHECK(wrong_at(1) == 1);
	fresh(), root(), kit_path_op(&p, REG_OP_MASK, 1, "/a"), execute();
	CHECK(wrong_at(1) == 1);
	for (uint16_t flags = 0; flags <= 8; flags += 8) { /* none, and one that there is not */
		fresh(), root(), kit_begin(&p, REG_OP_TERMINAL, flags), kit_u32(&p, 0), kit_u32(&p, 0), kit_end(&p), execute();
		CHECK(wrong_at(1) == 1);
	}
	fresh(), root(), kit_begin(&p, REG_OP_TERMINAL, 1), kit_u32(&p, 1), kit_u32(&p, 0), kit_end(&p), execute();
	CHECK(wrong_at(1) == 1);
	for (uint16_t op = REG_OP_TERMINAL + 1; op < 64; op++) {
		fresh(), root(), kit_begin(&p, op, 0), kit_end(&p), execute();
		CHECK(wrong_at(1) == 1);
	}
	fresh(), root(), kit_begin(&p, REG_OP_HOSTNAME, 0);
	kit_string(&p, "a-name-of-65-characters-is-one-too-many-for-the-kernel-that-has-64");
	kit_end(&p), execute();
	CHECK(wrong_at(1) == 1);
}

static void records_end_where_lines_do(void)
{
	static char bytes[40000];
	bool ends;
	CHECK(log_record("ab\ncd", 5, &ends) == 2 && ends);
	CHECK(log_record("\n", 1, &ends) == 0 && ends);
	CHECK(log_record("ab", 2, &ends) == 2 && !ends);
	memset(bytes, 'x', sizeof bytes);
	CHECK(log_record(bytes, sizeof bytes, &ends) == LOG_LINE_MAX && !ends);
	bytes[LOG_LINE_MAX] = '\n'; /* exactly a full line */
	CHECK(log_record(bytes, sizeof bytes, &ends) == LOG_LINE_MAX && ends);
}

static void dates_are_civil(void)
{
	static const struct {
		uint64_t days;
		const char *date;
	} known[] = {{0, "1970-01-01"},	   {58, "1970-02-28"},	  {59, "1970-03-01"},	 {11016, "2000-02-29"},
		     {11017, "2000-03-01"}, {19723, "2024-01-01"}, {19782, "2024-02-29"}, {20088, "2024-12-31"},
		     {47540, "2100-02-28"}, {47541, "2100-03-01"}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char text[11] = "0000-00-00";
		put_date(text, known[i].days);
		if (strcmp(text, known[i].date))
			printf("    day %u is %s\n", (unsigned)known[i].days, text);
		CHECK(!strcmp(text, known[i].date));
	}
}

static const struct test tests[] = {
	TEST(every_operation_is_read_as_it_was_written),
	TEST(a_program_may_be_a_descriptor),
	TEST(every_cut_of_a_plan_is_refused),
	TEST(paths_are_absolute_and_normal),
	TEST(the_order_of_operations_is_checked),
	TEST(control_groups_are_joined_before_anything_else),
	TEST(who_joins_a_container_shapes_none),
	TEST(numbers_out_of_range_are_refused),
	TEST(records_end_where_lines_do),
	TEST(dates_are_civil),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("plan", argc, argv, tests);
}
