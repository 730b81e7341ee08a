/* Containers begin, end and fail as the protocol says, with an init and without. */
#include "launcher_fixture.h"

static void exit_codes_come_back(void)
{
	begin();
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		CHECK(RUN(init, NULL, "exit", "0")->code == 0);
		CHECK(RUN(init, NULL, "exit", "7")->code == 7);
		CHECK(RUN(init, NULL, "exit", "255")->code == 255);
	}
	CHECK(RUN(REG_START_INIT, NULL, "raise", "9")->code == 137);
	CHECK(RUN(REG_START_INIT, NULL, "raise", "15")->code == 143);
	finish();
}

static void output_is_the_programs_own(void)
{
	begin();
	CHECK(!strcmp(RUN(REG_START_INIT, NULL, "echo", "one", "error", "two")->output, "one\ntwo\n"));
	finish();
}

static void the_init_is_pid_1_and_without_it_the_program_is(void)
{
	begin();
	CHECK(!strcmp(RUN(REG_START_INIT, NULL, "pid", "cat", "/proc/1/comm")->output, "pid 2\nreg-init\n"));
	CHECK(!strcmp(RUN(0, NULL, "pid", "cat", "/proc/1/comm")->output, "pid 1\nprobe\n"));
	finish();
}

static void signal_and_await(uint32_t flags, int signal_number, int code, char *const *argv)
{
	int reader;
	uint32_t slot = start(flags, NULL, &reader, argv);
	await(REG_LAUNCHER_STARTED, slot);
	char ready[6];
	CHECK(read(reader, ready, 6) == 6);
	send_u32(REG_LAUNCHER_SIGNAL, slot, (uint32_t)signal_number);
	struct kit_message m = await(REG_LAUNCHER_EXITED, slot);
	CHECK((int)kit_payload(&m, 0) == code);
	await(REG_LAUNCHER_GONE, slot);
	forget(slot);
	close(reader);
}

static void signals_reach_the_program(void)
{
	begin();
	signal_and_await(REG_START_INIT, SIGTERM, 143, ARGV("echo", "ready", "pause"));
	signal_and_await(REG_START_INIT, SIGUSR1, 42, ARGV("trap", "10", "42", "echo", "ready", "pause"));
	signal_and_await(REG_START_INIT, SIGINT, 130, ARGV("echo", "ready", "pause"));
	signal_and_await(REG_START_INIT, 63, 191, ARGV("echo", "ready", "pause"));
	signal_and_await(REG_START_INIT, SIGKILL, 137, ARGV("echo", "ready", "pause"));
	signal_and_await(0, SIGTERM, 5, ARGV("trap", "15", "5", "echo", "ready", "pause"));
	signal_and_await(0, SIGKILL, 137, ARGV("echo", "ready", "pause"));
	finish();
}

static char state_of_child(uint32_t init_pid)
{
	char path[64], text[512];
	unsigned child = 0;
	snprintf(path, sizeof path, "/proc/%u/task/%u/children", init_pid, init_pid);
	FILE *children = fopen(path, "re");
	CHECK(children && fscanf(children, "%u", &child) == 1);
	fclose(children);
	snprintf(path, sizeof path, "/proc/%u/stat", child);
	FILE *stat = fopen(path, "re");
	CHECK(stat && fgets(text, sizeof text, stat));
	fclose(stat);
	return strrchr(text, ')')[2];
}

static void stop_stops_the_program_and_not_its_init(void)
{
	begin();
	int reader;
	uint32_t slot = start(REG_START_INIT, NULL, &reader, ARGV("echo", "ready", "pause"));
	struct kit_message m = await(REG_LAUNCHER_STARTED, slot);
	char ready[6];
	CHECK(read(reader, ready, 6) == 6);
	send_u32(REG_LAUNCHER_SIGNAL, slot, SIGSTOP);
	for (int tries = 0; state_of_child(kit_payload(&m, 0)) != 'T'; tries++) {
		CHECK(tries < 1000);
		usleep(10000);
	}
	send_u32(REG_LAUNCHER_SIGNAL, slot, SIGCONT);
	send_u32(REG_LAUNCHER_SIGNAL, slot, SIGTERM);
	await(REG_LAUNCHER_GONE, slot);
	forget(slot);
	finish();
}

static void the_end_of_the_program_ends_its_orphans(void)
{
	begin();
	struct outcome *o = RUN(REG_START_INIT, NULL, "orphan", "1000", "sleep", "0.05", "exit", "3");
	CHECK(o->code == 3);
	finish();
}

static void orphans_are_reaped(void)
{
	begin();
	struct outcome *o = RUN(REG_START_INIT, NULL, "orphan", "0", "orphan", "0", "sleep", "0.3", "list", "/proc");
	/* the program has waited for 3 and 5, whose children are the init's */
	CHECK(strstr(o->output, "\n2\n") && !strstr(o->output, "\n4\n") && !strstr(o->output, "\n6\n"));
	finish();
}

static void give_exit_file(struct kit_plan *p)
{
	kit_fd_op(p, REG_OP_EXITFILE, 0, open("code", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

static void the_exit_code_is_written_down(void)
{
	static const char *const codes[] = {"0", "9", "42", "255"};
	begin();
	for (int i = 0; i < 4; i++) {
		char text[8] = "", expected[8];
		RUN(REG_START_INIT, give_exit_file, "exit", (char *)(uintptr_t)codes[i]);
		int fd = open("code", O_RDONLY | O_CLOEXEC);
		CHECK(read(fd, text, sizeof text - 1) > 0);
		close(fd);
		snprintf(expected, sizeof expected, "%s\n", codes[i]);
		CHECK(!strcmp(text, expected));
	}
	finish();
}

static void check_failure(uint32_t flags, shaper *shape, char *const *argv, uint32_t operation, int error)
{
	struct outcome *o = run(flags, shape, argv);
	if (!o->failed || o->operation != operation || o->error != error)
		printf("    failed %d operation %u: %s\n", o->failed, o->operation, strerror(o->error));
	CHECK(o->failed && o->operation == operation && o->error == error);
}

static void a_program_that_cannot_be_executed_is_said_to(void)
{
	begin();
	copy_file("lower/bin/probe", "lower/bin/locked");
	CHECK(!chmod("lower/bin/locked", 0644));
	int script = open("lower/bin/script", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CHECK(write(script, "echo hello\n", 11) == 11);
	close(script);
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		check_failure(init, NULL, (char *[]){"missing", NULL}, 3, ENOENT);
		check_failure(init, NULL, (char *[]){"/bin/missing", NULL}, 3, ENOENT);
		check_failure(init, NULL, (char *[]){"", NULL}, 3, ENOENT);
		check_failure(init, NULL, (char *[]){"locked", NULL}, 3, EACCES);
		check_failure(init, NULL, (char *[]){"/bin", NULL}, 3, EACCES);
		check_failure(init, NULL, (char *[]){"/bin/script", NULL}, 3, ENOEXEC);
		check_failure(init, NULL, (char *[]){"script", NULL}, 3, ENOEXEC);
	}
	finish();
}

static void mount_nowhere(struct kit_plan *p)
{
	kit_mount(p, 0, kit_clone_tree("lower/etc", 0), "/no/such/place");
}

static void mount_over_a_link(struct kit_plan *p)
{
	CHECK(!symlink("/etc", "lower/linked") || errno == EEXIST);
	kit_mount(p, 0, kit_clone_tree("lower/etc", 0), "/linked");
}

static void bad_user(struct kit_plan *p)
{
	kit_user(p, 1000, 1000);
	kit_begin(p, REG_OP_RLIMIT, 0);
	kit_u32(p, 99);
	kit_u64(p, 1);
	kit_u64(p, 1);
	kit_end(p);
}

static void the_operation_that_fails_is_named(void)
{
	begin();
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		check_failure(init, mount_nowhere, ARGV("exit", "0"), 3, ENOENT);
		check_failure(init, mount_over_a_link, ARGV("exit", "0"), 3, ELOOP);
		check_failure(init, bad_user, ARGV("exit", "0"), 4, EINVAL);
	}
	finish();
}

/* Starts a plan given as bytes. */
static void check_hostile(const void *bytes, size_t length, uint32_t operation)
{
	static struct kit_plan p;
	struct kit_message m;
	p.length = p.fd_count = 0;
	kit_raw(&p, bytes, length);
	kit_start(engine, ++last_slot, REG_START_INIT, &p);
	CHECK(kit_receive(engine, &m, LONG_MS));
	CHECK(m.type == REG_LAUNCHER_FAILED && m.arg == last_slot);
	CHECK(kit_payload(&m, 0) == operation && kit_payload(&m, 1) == EBADMSG);
	forget(last_slot);
}

static void a_hostile_plan_costs_one_child(void)
{
	static const uint8_t huge[] = {1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, cut[] = {1, 0, 0},
			     root[] = {2, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0}, unknown[] = {60, 0, 0, 0, 0, 0, 0, 0};
	begin();
	check_hostile("", 0, 0);
	check_hostile(huge, sizeof huge, 0);
	check_hostile(cut, sizeof cut, 0);
	check_hostile(root, sizeof root, 0);
	check_hostile(unknown, sizeof unknown, 0);
	uint8_t noise[4096];
	srand(1);
	for (int round = 0; round < 50; round++) {
		struct kit_message m;
		static struct kit_plan p;
		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = (uint8_t)rand();
		p.length = p.fd_count = 0;
		kit_raw(&p, noise, sizeof noise);
		kit_start(engine, ++last_slot, REG_START_INIT, &p);
		CHECK(kit_receive(engine, &m, LONG_MS) && m.type == REG_LAUNCHER_FAILED);
		forget(last_slot);
	}
	CHECK(RUN(REG_START_INIT, NULL, "exit", "4")->code == 4);
	finish();
}

static void a_plan_longer_than_a_message_comes_in_a_memfd(void)
{
	begin();
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		static struct kit_plan p;
		static char text[50000], payload[8 + REG_CONTAINER_ID_SIZE + 1], head[REG_OPERATION_SIZE];
		int pair[2], memfd = memfd_create("plan", MFD_CLOEXEC);
		memset(text, 'a', sizeof text - 1);
		CHECK(!pipe2(pair, O_CLOEXEC));
		plan_begin(&p, pair[1]);
		CHECK(write(memfd, p.bytes, p.length) == (ssize_t)p.length);
		uint32_t plan_length, argc = 3, envc = 2, length = 8 + 7 + 5 + 2 + 2 * sizeof text;
		struct reg_operation operation = {REG_OP_EXEC, 0, length};
		memcpy(head, &operation, sizeof operation);
		uint32_t padding = (4 - length % 4) % 4;
		CHECK(write(memfd, head, sizeof head) == sizeof head && write(memfd, &argc, 4) == 4 && write(memfd, &envc, 4) == 4);
		CHECK(write(memfd, "/bin/p\0exit\0", 12) == 12 && write(memfd, "6", 2) == 2);
		CHECK(write(memfd, text, sizeof text) == sizeof text && write(memfd, text, sizeof text) == sizeof text);
		CHECK(write(memfd, "\0\0\0", padding) == (ssize_t)padding);
		CHECK(symlink("probe", "lower/bin/p") == 0 || errno == EEXIST);
		uint32_t flags = init | REG_START_MEMFD;
		plan_length = (uint32_t)lseek(memfd, 0, SEEK_CUR);
		memcpy(payload, &flags, 4);
		memcpy(payload + 4, &plan_length, 4);
		kit_id(payload + 8, last_slot);
		int fds[8] = {memfd};
		memcpy(fds + 1, p.fds, p.fd_count * sizeof(int));
		kit_send(engine, REG_LAUNCHER_START, last_slot, payload, 8 + REG_CONTAINER_ID_SIZE, fds, p.fd_count + 1);
		struct kit_message m = await(REG_LAUNCHER_EXITED, last_slot);
		CHECK(kit_payload(&m, 0) == 6);
		await(REG_LAUNCHER_GONE, last_slot);
		forget(last_slot);
		for (uint32_t i = 0; i <= p.fd_count; i++)
			close(fds[i]);
	}
	finish();
}

static void a_message_that_contradicts_itself_ends_the_conversation(void)
{
	begin();
	struct kit_message m;
	kit_send(engine, REG_LAUNCHER_START, 1, "short", 5, NULL, 0);
	CHECK(!kit_receive(engine, &m, LONG_MS));
	connect_engine();
	kit_send(engine, 77, 1, NULL, 0, NULL, 0);
	CHECK(!kit_receive(engine, &m, LONG_MS));
	connect_engine();
	kit_send(engine, 77 | REG_TYPE_OPTIONAL, 1, NULL, 0, NULL, 0);
	CHECK(RUN(REG_START_INIT, NULL, "exit", "0")->code == 0);
	finish();
}

static void a_second_launcher_gives_way_and_a_newer_engine_takes_over(void)
{
	begin();
	CHECK(kit_launch(launcher_binary, "run") == 3);
	int old = engine;
	struct kit_message m;
	engine = -1;
	connect_engine();
	CHECK(!kit_receive(old, &m, LONG_MS));
	close(old);
	CHECK(kit_launch(launcher_binary, "no/such/directory") == 1);
	finish();
}

static const struct test tests[] = {
	TEST(exit_codes_come_back),
	TEST(output_is_the_programs_own),
	TEST(the_init_is_pid_1_and_without_it_the_program_is),
	TEST(signals_reach_the_program),
	TEST(stop_stops_the_program_and_not_its_init),
	TEST(the_end_of_the_program_ends_its_orphans),
	TEST(orphans_are_reaped),
	TEST(the_exit_code_is_written_down),
	TEST(a_program_that_cannot_be_executed_is_said_to),
	TEST(the_operation_that_fails_is_named),
	TEST(a_hostile_plan_costs_one_child),
	TEST(a_plan_longer_than_a_message_comes_in_a_memfd),
	TEST(a_message_that_contradicts_itself_ends_the_conversation),
	TEST(a_second_launcher_gives_way_and_a_newer_engine_takes_over),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("launcher", argc, argv, tests);
}
