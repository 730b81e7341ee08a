/* Containers outlive engines and launchers; nothing is left of many. */
#include "launcher_fixture.h"

#include <dirent.h>

static void give_exit_file(struct kit_plan *p)
{
	kit_fd_op(p, REG_OP_EXITFILE, 0, open("code", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

static struct kit_message item_of(uint32_t slot)
{
	struct kit_message m;
	struct kit_message found = {0};
	kit_send(engine, REG_LAUNCHER_LIST, 0, NULL, 0, NULL, 0);
	while (kit_receive(engine, &m, LONG_MS) && m.type != REG_LAUNCHER_LISTED)
		if (m.type == REG_LAUNCHER_ITEM && m.arg == slot)
			found = m;
	CHECK(m.type == REG_LAUNCHER_LISTED && found.type == REG_LAUNCHER_ITEM);
	return found;
}

static uint32_t item_state(const struct kit_message *m)
{
	return kit_payload(m, REG_CONTAINER_ID_SIZE / 4 + 1);
}

static void an_exit_waits_for_the_next_engine(void)
{
	begin();
	int reader;
	uint32_t slot = start(REG_START_INIT, NULL, &reader, ARGV("sleep", "0.3", "exit", "21"));
	await(REG_LAUNCHER_STARTED, slot);
	close(engine);
	engine = -1;
	usleep(600000);
	connect_engine();
	struct kit_message m = item_of(slot);
	CHECK(!memcmp(m.payload + REG_CONTAINER_ID_SIZE - 1, "1", 1));
	for (int tries = 0; item_state(&m) != REG_STATE_GONE; tries++) {
		CHECK(tries < 200);
		usleep(20000);
		m = item_of(slot);
	}
	CHECK(kit_payload(&m, REG_CONTAINER_ID_SIZE / 4 + 2) == 21);
	forget(slot);
	finish();
}

static void quitting_is_refused_while_a_container_runs(void)
{
	begin();
	int reader;
	struct kit_message m;
	uint32_t slot = start(REG_START_INIT, NULL, &reader, ARGV("pause"));
	await(REG_LAUNCHER_STARTED, slot);
	kit_send(engine, REG_LAUNCHER_QUIT, 0, NULL, 0, NULL, 0);
	CHECK(kit_receive(engine, &m, LONG_MS) && m.type == REG_LAUNCHER_BUSY);
	send_u32(REG_LAUNCHER_SIGNAL, slot, SIGKILL);
	await(REG_LAUNCHER_GONE, slot);
	forget(slot);
	finish();
}

static void kill_launcher(void)
{
	CHECK(!kill(launcher_pid, SIGKILL));
	CHECK(ends(launcher_pid));
	remains->launcher_count = 0; /* its number may be another's soon */
}

/* The parent that an orphan gets here, as a host's init is elsewhere: then its exit code can be asked for. */
static void reap_orphans(void)
{
	int status;
	while (waitpid(-1, &status, WNOHANG) > 0)
		;
}

static void containers_outlive_a_killed_launcher_and_are_adopted(void)
{
	begin();
	CHECK(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	int readers[3];
	uint32_t pids[3], slots[3];
	for (int i = 0; i < 3; i++) {
		slots[i] = start(i < 2 ? REG_START_INIT : 0, i ? NULL : give_exit_file, &readers[i],
				 ARGV("trap", "15", "33", "echo", "ready", "pause"));
		struct kit_message m = await(REG_LAUNCHER_STARTED, slots[i]);
		pids[i] = kit_payload(&m, 0);
		char ready[6];
		CHECK(read(readers[i], ready, 6) == 6);
	}
	kill_launcher();
	start_launcher();
	for (int i = 0; i < 3; i++) {
		CHECK(exists((int)pids[i]));
		adopt(slots[i], pids[i], 0);
	}
	struct kit_message m = item_of(slots[1]);
	CHECK(item_state(&m) == REG_STATE_RUNNING && kit_payload(&m, REG_CONTAINER_ID_SIZE / 4 + 3) == 1);
	for (int i = 0; i < 3; i++) {
		send_u32(REG_LAUNCHER_SIGNAL, slots[i], i == 1 ? SIGKILL : SIGTERM);
		do {
			CHECK(!kit_receive(engine, &m, 20) || m.arg == slots[i]);
			if (!i)
				reap_orphans();
		} while (m.type != REG_LAUNCHER_GONE || m.arg != slots[i]);
		int code = (int)kit_payload(&m, 0);
		/* A zombie's code can be read; one that has been waited for has none before Linux 6.15. */
		CHECK(code == (i == 1 ? 137 : 33) || (!i && code == -1));
		reap_orphans();
		forget(slots[i]);
	}
	char text[8] = "";
	int fd = open("code", O_RDONLY | O_CLOEXEC);
	CHECK(read(fd, text, sizeof text - 1) == 3 && !strcmp(text, "33\n"));
	finish();
}

static void an_upgrade_keeps_containers_and_the_conversation(void)
{
	begin();
	int readers[2];
	uint32_t slots[2];
	for (uint32_t i = 0; i < 2; i++) {
		slots[i] = start(i ? REG_START_INIT : 0, NULL, &readers[i], ARGV("trap", "15", "44", "echo", "ready", "pause"));
		await(REG_LAUNCHER_STARTED, slots[i]);
		char ready[6];
		CHECK(read(readers[i], ready, 6) == 6);
	}
	int next = open(launcher_binary, O_RDONLY | O_CLOEXEC);
	struct kit_message m;
	int text_file = open("lower/text", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	kit_send(engine, REG_LAUNCHER_UPGRADE, 0, NULL, 0, &text_file, 1);
	CHECK(kit_receive(engine, &m, LONG_MS) && m.type == REG_LAUNCHER_BUSY);
	for (int round = 0; round < 3; round++) {
		kit_send(engine, REG_LAUNCHER_UPGRADE, 0, NULL, 0, &next, 1);
		CHECK(kit_receive(engine, &m, LONG_MS) && m.type == REG_LAUNCHER_HELLO);
		CHECK((int)kit_payload(&m, 0) == launcher_pid && kit_payload(&m, 1) == 2);
	}
	struct outcome *o = RUN(REG_START_INIT, NULL, "cat", "/proc/1/cmdline", "exit", "3");
	CHECK(o->code == 3 && !o->output[0]);
	for (int i = 0; i < 2; i++) {
		send_u32(REG_LAUNCHER_SIGNAL, slots[i], SIGTERM);
		m = await(REG_LAUNCHER_EXITED, slots[i]);
		CHECK(kit_payload(&m, 0) == 44);
		await(REG_LAUNCHER_GONE, slots[i]);
		forget(slots[i]);
	}
	finish();
}

static void a_container_killed_from_outside_is_noticed(void)
{
	begin();
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		int reader;
		uint32_t slot = start(init, NULL, &reader, ARGV("pause"));
		struct kit_message m = await(REG_LAUNCHER_STARTED, slot);
		CHECK(!kill((pid_t)kit_payload(&m, 0), SIGKILL));
		m = await(REG_LAUNCHER_GONE, slot);
		CHECK(kit_payload(&m, 0) == 137);
		forget(slot);
	}
	finish();
}

static int count_fds(int pid)
{
	char path[64];
	int count = 0;
	struct dirent *entry;
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	DIR *dir = opendir(path);
	CHECK(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static int count_lines(const char *path)
{
	FILE *file = fopen(path, "re");
	int count = 0, c;
	CHECK(file);
	while ((c = getc(file)) != EOF)
		count += c == '\n';
	fclose(file);
	return count;
}

/* Started one by one, killed at once; every third has no init. The fixture's directory may be on any file system. */
static void nothing_is_left_of_a_thousand(void)
{
	enum { COUNT = 1000 };
	static uint32_t pids[COUNT];
	char mounts[64];
	begin();
	alarm(300); /* a busy machine is no failure */
	snprintf(mounts, sizeof mounts, "/proc/%d/mountinfo", launcher_pid);
	int fds = count_fds(launcher_pid), lines = count_lines(mounts), host_lines = count_lines("/proc/self/mountinfo");
	uint32_t first = last_slot + 1;
	for (uint32_t i = 0; i < COUNT; i++) {
		int reader;
		uint32_t slot = start(i % 3 ? REG_START_INIT : 0, NULL, &reader, ARGV("pause"));
		close(reader);
		struct kit_message m = await(REG_LAUNCHER_STARTED, slot);
		pids[i] = kit_payload(&m, 0);
	}
	for (uint32_t i = 0; i < COUNT; i++)
		send_u32(REG_LAUNCHER_SIGNAL, first + i, SIGKILL);
	for (int gone = 0; gone < COUNT;) {
		struct kit_message m;
		CHECK(kit_receive(engine, &m, LONG_MS));
		if (m.type == REG_LAUNCHER_GONE) {
			CHECK(kit_payload(&m, 0) == 137);
			forget(m.arg);
			gone++;
		}
	}
	for (int i = 0; i < COUNT; i++)
		CHECK(!exists((int)pids[i]));
	CHECK(RUN(REG_START_INIT, NULL, "exit", "0")->code == 0);
	CHECK(count_fds(launcher_pid) == fds && count_lines(mounts) == lines);
	CHECK(count_lines("/proc/self/mountinfo") == host_lines);
	kit_send(engine, REG_LAUNCHER_LIST, 0, NULL, 0, NULL, 0);
	struct kit_message m;
	CHECK(kit_receive(engine, &m, LONG_MS) && m.type == REG_LAUNCHER_LISTED && m.arg == 0);
	finish();
}

static void the_engine_is_told_everything_though_it_reads_late(void)
{
	enum { COUNT = 300 };
	begin();
	uint32_t first = last_slot + 1;
	for (int i = 0; i < COUNT; i++) {
		int reader;
		start(REG_START_INIT, NULL, &reader, ARGV("exit", "5"));
		close(reader);
	}
	usleep(500000);
	for (int gone = 0; gone < COUNT;) {
		struct kit_message m;
		CHECK(kit_receive(engine, &m, LONG_MS) && m.arg >= first && m.arg < first + COUNT);
		CHECK(m.type != REG_LAUNCHER_FAILED);
		if (m.type == REG_LAUNCHER_GONE) {
			CHECK(kit_payload(&m, 0) == 5);
			forget(m.arg);
			gone++;
		}
	}
	finish();
}

static void the_launcher_has_a_control_group_of_its_own_and_leaves_none(void)
{
	char path[64], line[512], group[256] = "";
	begin();
	snprintf(path, sizeof path, "/proc/%d/cgroup", launcher_pid);
	FILE *file = fopen(path, "re");
	while (fgets(line, sizeof line, file)) {
		char *name = strstr(line, ":/reg-");
		if (name && strstr(name, "/launcher\n"))
			snprintf(group, sizeof group, "%.*s", (int)strcspn(name + 2, "/\n"), name + 2);
	}
	fclose(file);
	finish();
	static const char *const tops[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"};
	for (size_t i = 0; *group && i < sizeof tops / sizeof *tops; i++) {
		char top[512];
		snprintf(top, sizeof top, "%s/%s/launcher", tops[i], group);
		CHECK(access(top, F_OK));
	}
}

/* Starts a container whose set-up takes long: it protects so many times what is not there. */
static uint32_t start_slowly(int operations, char *const *argv)
{
	static struct kit_plan p, tail;
	static char payload[8 + REG_CONTAINER_ID_SIZE + 1];
	static const char nothing[16] = {REG_OP_PROTECT, 0, 0, 0, 8, 0, 0, 0, '/', 'a', '/', 'b', '/', 'c', 'd', 0};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	FILE *plan = fdopen(memfd_create("plan", MFD_CLOEXEC), "w");
	CHECK(plan);
	plan_begin(&p, null);
	CHECK(fwrite(p.bytes, p.length, 1, plan) == 1);
	for (int i = 0; i < operations; i++)
		CHECK(fwrite(nothing, sizeof nothing, 1, plan) == 1);
	tail.length = 0;
	kit_exec(&tail, argv, plain_env);
	CHECK(fwrite(tail.bytes, tail.length, 1, plan) == 1 && !fflush(plan));
	uint32_t flags = REG_START_MEMFD, length = (uint32_t)ftell(plan);
	memcpy(payload, &flags, 4);
	memcpy(payload + 4, &length, 4);
	kit_id(payload + 8, last_slot);
	int fds[8] = {fileno(plan)};
	memcpy(fds + 1, p.fds, p.fd_count * sizeof(int));
	kit_send(engine, REG_LAUNCHER_START, last_slot, payload, 8 + REG_CONTAINER_ID_SIZE, fds, p.fd_count + 1);
	fclose(plan);
	for (uint32_t i = 0; i < p.fd_count; i++)
		close(p.fds[i]);
	return last_slot;
}

/* A container that is being set up has a copy of what the launcher watched when it was cloned. */
static void what_is_over_is_not_heard_of_again_through_a_container_being_set_up(void)
{
	struct kit_message m;
	int reader;
	begin();
	uint32_t over = start_slowly(40000, ARGV("exit", "0")), long_one = start_slowly(250000, ARGV("exit", "0"));
	await(REG_LAUNCHER_GONE, over);
	forget(over);
	char *no_program[] = {"nothing", NULL};
	uint32_t failing = start(0, NULL, &reader, no_program);
	CHECK(kit_receive(engine, &m, LONG_MS));
	CHECK(m.arg == failing && m.type == REG_LAUNCHER_FAILED);
	forget(failing);
	await(REG_LAUNCHER_GONE, long_one);
	forget(long_one);
	close(reader);
	finish();
}

static const struct test tests[] = {
	TEST(an_exit_waits_for_the_next_engine),
	TEST(quitting_is_refused_while_a_container_runs),
	TEST(containers_outlive_a_killed_launcher_and_are_adopted),
	TEST(an_upgrade_keeps_containers_and_the_conversation),
	TEST(a_container_killed_from_outside_is_noticed),
	TEST(what_is_over_is_not_heard_of_again_through_a_container_being_set_up),
	TEST(nothing_is_left_of_a_thousand),
	TEST(the_engine_is_told_everything_though_it_reads_late),
	TEST(the_launcher_has_a_control_group_of_its_own_and_leaves_none),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("launcher_life", argc, argv, tests);
}
