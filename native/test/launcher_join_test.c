/* Processes that join a container: what they share with it, how they end, and that it cannot reach them before. */
#include "launcher_fixture.h"

static void confined(struct kit_plan *p)
{
	kit_begin(p, REG_OP_RLIMIT, 0);
	kit_u32(p, 7); /* RLIMIT_NOFILE */
	kit_u64(p, 77);
	kit_u64(p, 99);
	kit_end(p);
	kit_user(p, 0, 0);
	kit_caps(p, KIT_CAPS);
	kit_begin(p, REG_OP_NO_NEW_PRIVS, 0);
	kit_end(p);
}

static void as_user(struct kit_plan *p)
{
	kit_path_op(p, REG_OP_WORKDIR, 0, "/etc");
	kit_caps(p, KIT_CAPS);
	kit_user(p, 1234, 567);
}

/* Starts a process in the container of a slot; its output comes out of *reader. */
static uint32_t join(uint32_t container, shaper *shape, int *reader, char *const *argv)
{
	static struct kit_plan p;
	int pair[2];
	CHECK(!pipe2(pair, O_CLOEXEC));
	p.length = p.fd_count = 0;
	kit_stdio(&p, open("/dev/null", O_RDWR | O_CLOEXEC), pair[1], fcntl(pair[1], F_DUPFD_CLOEXEC, 3));
	if (shape)
		shape(&p);
	kit_exec(&p, argv, plain_env);
	kit_start_in(engine, ++last_slot, REG_START_JOIN, container, &p);
	*reader = pair[0];
	return last_slot;
}

/* Its output and exit code. */
static struct outcome *joined(uint32_t container, shaper *shape, char *const *argv)
{
	static struct outcome o;
	int reader;
	o = (struct outcome){.slot = join(container, shape, &reader, argv)};
	await(REG_LAUNCHER_STARTED, o.slot);
	read_output(&o, reader);
	struct kit_message m = await(REG_LAUNCHER_EXITED, o.slot);
	o.code = (int)kit_payload(&m, 0);
	m = await(REG_LAUNCHER_GONE, o.slot);
	CHECK((int)kit_payload(&m, 0) == o.code);
	forget(o.slot);
	return &o;
}
#define JOIN(container, shape, ...) joined(container, shape, ARGV(__VA_ARGS__))

/* The FAILED of a process that does not come to be: the errno; *operation is the plan's. */
static int refused(uint32_t container, shaper *shape, char *const *argv, uint32_t *operation)
{
	int reader;
	struct kit_message m;
	uint32_t slot = join(container, shape, &reader, argv);
	CHECK(kit_receive(engine, &m, LONG_MS));
	CHECK(m.arg == slot && m.type == REG_LAUNCHER_FAILED);
	close(reader);
	forget(slot);
	*operation = kit_payload(&m, 0);
	return (int)kit_payload(&m, 1);
}

static void end_container(uint32_t slot)
{
	send_u32(REG_LAUNCHER_SIGNAL, slot, SIGKILL);
	await(REG_LAUNCHER_GONE, slot);
	forget(slot);
}

#define WHAT_IT_IS                                                                                                             \
	"link", "/proc/self/ns/mnt", "link", "/proc/self/ns/pid", "link", "/proc/self/ns/ipc", "link", "/proc/self/ns/uts",        \
	    "link", "/proc/self/ns/cgroup", "link", "/proc/self/ns/net", "link", "/proc/self/ns/user", "link", "/proc/self/root",  \
	    "cat", "/proc/self/limits", "cat", "/proc/self/cgroup", "cat", "/proc/self/oom_score_adj", "cat",                      \
	    "/proc/self/mountinfo", "cwd", "list", "/proc/self/fd", "echo", "end"

static void read_until_end(int reader, char *text, size_t size)
{
	size_t length = 0;
	do {
		ssize_t got = read(reader, text + length, size - 1 - length);
		CHECK(got > 0);
		text[length += (size_t)got] = 0;
	} while (length < 4 || strcmp(text + length - 4, "end\n"));
}

static void it_is_what_the_containers_program_is(void)
{
	static char expected[65536];
	begin();
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		int reader;
		uint32_t container = start(init, confined, &reader, ARGV(WHAT_IT_IS, "pause"));
		await(REG_LAUNCHER_STARTED, container);
		read_until_end(reader, expected, sizeof expected);
		struct outcome *o = JOIN(container, confined, WHAT_IT_IS);
		if (strcmp(o->output, expected))
			printf("the container's:\n%s\nwho joined:\n%s\n", expected, o->output);
		CHECK(!strcmp(o->output, expected));
		end_container(container);
		close(reader);
	}
	/* The launcher's own children are born where they were before. */
	CHECK(!strcmp(RUN(0, NULL, "pid")->output, "pid 1\n"));
	finish();
}

static void the_plan_decides_user_directory_and_rights(void)
{
	int reader;
	begin();
	uint32_t container = start(REG_START_INIT, confined, &reader, ARGV("write", "/etc/here", "x", "pause"));
	await(REG_LAUNCHER_STARTED, container);
	struct outcome *o = JOIN(container, as_user, "cwd", "pid", "cat", "/proc/self/status", "exit", "9");
	CHECK(!strncmp(o->output, "/etc\npid 3\n", 11) && o->code == 9);
	CHECK(strstr(o->output, "Uid:\t1234\t1234\t1234\t1234\n") && strstr(o->output, "Gid:\t567\t567\t567\t567\n"));
	CHECK(strstr(o->output, "CapBnd:\t00000000a00405fb\n") && strstr(o->output, "CapPrm:\t0000000000000000\n"));
	CHECK(strstr(o->output, "SigBlk:\t0000000000000000\n") && strstr(o->output, "Umask:\t0022\n"));
	o = JOIN(container, confined, "cat", "/proc/self/status");
	CHECK(strstr(o->output, "CapEff:\t00000000a00405fb\n") && strstr(o->output, "NoNewPrivs:\t1\n"));
	CHECK(JOIN(container, NULL, "raise", "9")->code == 137);
	end_container(container);
	close(reader);
	finish();
}

static void in_no_directory(struct kit_plan *p)
{
	kit_path_op(p, REG_OP_WORKDIR, 0, "/etc/none");
}

static void at_a_descriptor(struct kit_plan *p)
{
	kit_path_op(p, REG_OP_WORKDIR, 0, "/proc/self/fd/6");
}

static void what_cannot_be_is_said(void)
{
	int reader;
	uint32_t operation;
	char *missing[] = {"nothing", NULL}, *directory[] = {"/etc", NULL};
	begin();
	uint32_t container = start(REG_START_INIT, NULL, &reader, ARGV("pause"));
	await(REG_LAUNCHER_STARTED, container);
	CHECK(refused(container, NULL, missing, &operation) == ENOENT && operation == 1);
	CHECK(refused(container, NULL, directory, &operation) == EACCES && operation == 1);
	CHECK(refused(container, in_no_directory, ARGV("pid"), &operation) == ENOENT && operation == 1);
	CHECK(refused(container, at_a_descriptor, ARGV("pid"), &operation) == ELOOP && operation == 1);
	CHECK(refused(12345, NULL, ARGV("pid"), &operation) == ESRCH && operation == UINT32_MAX);
	int other_reader;
	uint32_t other = join(container, NULL, &other_reader, ARGV("pause"));
	await(REG_LAUNCHER_STARTED, other);
	CHECK(refused(other, NULL, ARGV("pid"), &operation) == ESRCH); /* that is no container */
	close(other_reader);
	end_container(other);
	end_container(container);
	CHECK(refused(container, NULL, ARGV("pid"), &operation) == ESRCH);
	close(reader);
	finish();
}

static void a_malformed_join_ends_the_conversation(void)
{
	static const uint32_t flags[] = {REG_START_JOIN | REG_START_INIT, REG_START_JOIN | REG_START_LOG, 1u << 31};
	begin();
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		static struct kit_plan p;
		struct kit_message m;
		p.length = p.fd_count = 0;
		for (int n = 0; n < 6; n++)
			kit_fd(&p, open("/dev/null", O_RDWR | O_CLOEXEC));
		kit_exec(&p, ARGV("pid"), plain_env);
		kit_start_in(engine, ++last_slot, flags[i], 1, &p);
		CHECK(!kit_receive(engine, &m, LONG_MS));
		connect_engine();
	}
	char payload[8 + REG_CONTAINER_ID_SIZE + 1] = {0};
	uint32_t join_flag = REG_START_JOIN;
	struct kit_message m;
	memcpy(payload, &join_flag, 4);
	kit_id(payload + 8, 1);
	kit_send(engine, REG_LAUNCHER_START, 1, payload, sizeof payload - 1, NULL, 0); /* no slot to join */
	CHECK(!kit_receive(engine, &m, LONG_MS));
	connect_engine();
	finish();
}

static void signals_reach_it_and_its_orphans_go_to_the_init(void)
{
	int reader, other_reader;
	char ready[6];
	begin();
	uint32_t container = start(REG_START_INIT, NULL, &reader, ARGV("pause"));
	await(REG_LAUNCHER_STARTED, container);
	uint32_t other = join(container, NULL, &other_reader, ARGV("trap", "10", "42", "echo", "ready", "pause"));
	await(REG_LAUNCHER_STARTED, other);
	CHECK(read(other_reader, ready, 6) == 6);
	send_u32(REG_LAUNCHER_SIGNAL, other, SIGUSR1);
	struct kit_message m = await(REG_LAUNCHER_EXITED, other);
	CHECK(kit_payload(&m, 0) == 42);
	await(REG_LAUNCHER_GONE, other);
	forget(other);
	close(other_reader);
	uint32_t leaver = join(container, NULL, &other_reader, ARGV("orphan", "1000"));
	await(REG_LAUNCHER_STARTED, leaver);
	await(REG_LAUNCHER_GONE, leaver);
	forget(leaver);
	CHECK(strstr(JOIN(container, NULL, "cat", "/proc/5/status")->output, "PPid:\t1\n") ||
	      strstr(JOIN(container, NULL, "cat", "/proc/6/status")->output, "PPid:\t1\n"));
	end_container(container); /* the orphan with it */
	close(other_reader);
	close(reader);
	finish();
}

static void it_ends_with_the_container(void)
{
	begin();
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		int readers[6], gone = 0;
		uint32_t slots[6];
		slots[0] = start(init, NULL, &readers[0], ARGV("pause"));
		await(REG_LAUNCHER_STARTED, slots[0]);
		for (int i = 1; i < 6; i++) {
			slots[i] = join(slots[0], NULL, &readers[i], ARGV("pause"));
			await(REG_LAUNCHER_STARTED, slots[i]);
		}
		send_u32(REG_LAUNCHER_SIGNAL, slots[0], SIGKILL);
		while (gone < 6) {
			struct kit_message m;
			CHECK(kit_receive(engine, &m, LONG_MS) && m.type != REG_LAUNCHER_FAILED);
			CHECK(kit_payload(&m, 0) == 137);
			if (m.type == REG_LAUNCHER_GONE) {
				forget(m.arg);
				gone++;
			}
		}
		for (int i = 0; i < 6; i++)
			close(readers[i]);
	}
	finish();
}

/* A plan that takes a while: it enters a directory so many times. */
static uint32_t join_slowly(uint32_t container, int operations, char *const *argv)
{
	static struct kit_plan head, step, tail;
	char payload[8 + REG_CONTAINER_ID_SIZE + 4 + 1];
	FILE *plan = fdopen(memfd_create("plan", MFD_CLOEXEC), "w");
	head.length = step.length = tail.length = head.fd_count = 0;
	CHECK(plan);
	for (int i = 0; i < 3; i++)
		kit_fd(&head, open("/dev/null", O_RDWR | O_CLOEXEC));
	kit_path_op(&step, REG_OP_WORKDIR, 0, "/tmp");
	kit_exec(&tail, argv, plain_env);
	for (int i = 0; i < operations; i++)
		CHECK(fwrite(step.bytes, step.length, 1, plan) == 1);
	CHECK(fwrite(tail.bytes, tail.length, 1, plan) == 1 && !fflush(plan));
	uint32_t flags = REG_START_JOIN | REG_START_MEMFD, length = (uint32_t)ftell(plan);
	memcpy(payload, &flags, 4);
	memcpy(payload + 4, &length, 4);
	kit_id(payload + 8, ++last_slot);
	memcpy(payload + 8 + REG_CONTAINER_ID_SIZE, &container, 4);
	int fds[4] = {fileno(plan), head.fds[0], head.fds[1], head.fds[2]};
	kit_send(engine, REG_LAUNCHER_START, last_slot, payload, sizeof payload - 1, fds, 4);
	for (int i = 0; i < 3; i++)
		close(fds[i + 1]);
	fclose(plan);
	return last_slot;
}

/* With all the rights that a container can have: the same uid, and its capabilities. */
static void the_container_cannot_reach_it_before_its_program_runs(void)
{
	int reader;
	static struct outcome o;
	char ready[6];
	begin();
	uint32_t container = start(REG_START_INIT, confined, &reader, ARGV("echo", "ready", "prey", "reg-launcher", "3", "pause"));
	await(REG_LAUNCHER_STARTED, container);
	CHECK(read(reader, ready, 6) == 6);
	for (int i = 0; i < 5; i++) {
		uint32_t other = join_slowly(container, 200000, ARGV("exit", "0"));
		await(REG_LAUNCHER_STARTED, other);
		await(REG_LAUNCHER_GONE, other);
		forget(other);
	}
	ssize_t got = read(reader, o.output, sizeof o.output - 1);
	o.output[got > 0 ? got : 0] = 0;
	if (strcmp(o.output, "seen, reached 0\n"))
		printf("    %s\n", o.output);
	CHECK(!strcmp(o.output, "seen, reached 0\n"));
	end_container(container);
	close(reader);
	finish();
}

/* A directory of the host that the launcher has open must lead no program's path out of the container. */
static void no_descriptor_of_the_launcher_leads_out(void)
{
	int reader;
	char path[128];
	uint32_t operation;
	begin();
	copy_file("lower/bin/probe", "outside");
	CHECK(!symlink("/proc/self/exe", "lower/bin/itself"));
	uint32_t container = start(REG_START_INIT, confined, &reader, ARGV("pause"));
	await(REG_LAUNCHER_STARTED, container);
	for (int fd = 3; fd < 32; fd++) {
		snprintf(path, sizeof path, "/proc/self/fd/%d/../outside", fd);
		char *argv[] = {path, "exit", "0", NULL};
		int error = refused(container, confined, argv, &operation);
		CHECK(error == ENOENT || error == ENOTDIR);
		for (uint32_t init = 0; init <= REG_START_INIT; init++)
			CHECK(run(init, confined, argv)->failed);
	}
	end_container(container);
	close(reader);
	finish();
}

/* So that a link to /proc/self/exe, executed in a container, is a file that nobody can write (CVE-2019-5736). */
static void the_launchers_own_executable_is_sealed(void)
{
	char path[64];
	begin();
	for (int upgraded = 0; upgraded < 2; upgraded++) {
		snprintf(path, sizeof path, "/proc/%d/exe", launcher_pid);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		CHECK(fd >= 0);
		CHECK((fcntl(fd, F_GET_SEALS) & (F_SEAL_WRITE | F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_SHRINK)) == 15);
		CHECK(!strcmp(RUN(REG_START_INIT, NULL, "write", "/proc/self/exe", "x")->output, "/proc/self/exe: errno 26\n"));
		close(fd);
		int next = open(launcher_binary, O_RDONLY | O_CLOEXEC);
		struct kit_message m;
		kit_send(engine, REG_LAUNCHER_UPGRADE, 0, NULL, 0, &next, 1);
		CHECK(kit_receive(engine, &m, LONG_MS) && m.type == REG_LAUNCHER_HELLO);
		close(next);
	}
	finish();
}

/* What LIST says of a slot. */
static void check_item(uint32_t slot, uint32_t state, uint32_t flags)
{
	struct kit_message m, found = {0};
	kit_send(engine, REG_LAUNCHER_LIST, 0, NULL, 0, NULL, 0);
	while (kit_receive(engine, &m, LONG_MS) && m.type != REG_LAUNCHER_LISTED)
		if (m.type == REG_LAUNCHER_ITEM && m.arg == slot)
			found = m;
	CHECK(m.type == REG_LAUNCHER_LISTED && found.type == REG_LAUNCHER_ITEM);
	CHECK(kit_payload(&found, REG_CONTAINER_ID_SIZE / 4 + 1) == state);
	CHECK(kit_payload(&found, REG_CONTAINER_ID_SIZE / 4 + 3) == flags);
}

static void lists_and_upgrades_know_it_for_what_it_is(void)
{
	int reader, other_reader;
	struct kit_message m;
	begin();
	uint32_t container = start(REG_START_INIT, NULL, &reader, ARGV("pause"));
	await(REG_LAUNCHER_STARTED, container);
	uint32_t other = join(container, NULL, &other_reader, ARGV("trap", "15", "33", "echo", "ready", "pause"));
	await(REG_LAUNCHER_STARTED, other);
	int next = open(launcher_binary, O_RDONLY | O_CLOEXEC);
	for (int round = 0; round < 2; round++) {
		check_item(container, REG_STATE_RUNNING, 0);
		check_item(other, REG_STATE_RUNNING, REG_SLOT_JOINED);
		kit_send(engine, REG_LAUNCHER_UPGRADE, 0, NULL, 0, &next, 1);
		CHECK(kit_receive(engine, &m, LONG_MS) && m.type == REG_LAUNCHER_HELLO);
		CHECK(JOIN(container, NULL, "exit", "3")->code == 3);
	}
	char ready[6];
	CHECK(read(other_reader, ready, 6) == 6);
	send_u32(REG_LAUNCHER_SIGNAL, other, SIGTERM);
	await(REG_LAUNCHER_EXITED, other);
	await(REG_LAUNCHER_GONE, other);
	check_item(other, REG_STATE_GONE, REG_SLOT_JOINED);
	forget(other);
	end_container(container);
	close(reader);
	close(other_reader);
	finish();
}

static void it_outlives_a_killed_launcher_and_an_adopted_container_is_joined(void)
{
	int reader, other_reader;
	char ready[6];
	begin();
	CHECK(!prctl(PR_SET_CHILD_SUBREAPER, 1)); /* the parent that an orphan gets: see launcher_life_test.c */
	uint32_t container = start(REG_START_INIT, NULL, &reader, ARGV("pause"));
	struct kit_message m = await(REG_LAUNCHER_STARTED, container);
	uint32_t container_pid = kit_payload(&m, 0);
	uint32_t other = join(container, NULL, &other_reader, ARGV("trap", "15", "33", "echo", "ready", "pause"));
	m = await(REG_LAUNCHER_STARTED, other);
	uint32_t other_pid = kit_payload(&m, 0);
	CHECK(read(other_reader, ready, 6) == 6);
	CHECK(!kill(launcher_pid, SIGKILL) && ends(launcher_pid));
	remains->launcher_count = 0;
	start_launcher();
	CHECK(exists((int)container_pid) && exists((int)other_pid));
	adopt(container, container_pid, 0);
	adopt(other, other_pid, REG_SLOT_JOINED);
	check_item(container, REG_STATE_RUNNING, REG_SLOT_ADOPTED);
	check_item(other, REG_STATE_RUNNING, REG_SLOT_ADOPTED | REG_SLOT_JOINED);
	CHECK(JOIN(container, NULL, "exit", "4")->code == 4);
	send_u32(REG_LAUNCHER_SIGNAL, other, SIGTERM);
	m = await(REG_LAUNCHER_GONE, other);
	CHECK((int)kit_payload(&m, 0) == 33 || (int)kit_payload(&m, 0) == -1);
	forget(other);
	send_u32(REG_LAUNCHER_SIGNAL, container, SIGKILL);
	while (!kit_receive(engine, &m, 20) || m.type != REG_LAUNCHER_GONE)
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	CHECK(m.arg == container);
	forget(container);
	close(reader);
	close(other_reader);
	finish();
}

static const struct test tests[] = {
	TEST(it_is_what_the_containers_program_is),
	TEST(the_plan_decides_user_directory_and_rights),
	TEST(what_cannot_be_is_said),
	TEST(a_malformed_join_ends_the_conversation),
	TEST(signals_reach_it_and_its_orphans_go_to_the_init),
	TEST(it_ends_with_the_container),
	TEST(the_container_cannot_reach_it_before_its_program_runs),
	TEST(no_descriptor_of_the_launcher_leads_out),
	TEST(the_launchers_own_executable_is_sealed),
	TEST(lists_and_upgrades_know_it_for_what_it_is),
	TEST(it_outlives_a_killed_launcher_and_an_adopted_container_is_joined),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("launcher_join", argc, argv, tests);
}
