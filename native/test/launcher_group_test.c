/* Containers in control groups of their own: by CGROUP of a plan in version 1, by the flag of START in version 2. */
#include "launcher_fixture.h"

static char group[512];

/* A fresh group in the hierarchy whose line in mountinfo has this, or false. */
static bool make_group(const char *type, const char *option)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[1024], point[400];
	group[0] = 0;
	while (mounts && !group[0] && fgets(line, sizeof line, mounts)) {
		char *tail = strstr(line, type);
		if (tail && strstr(tail, option) && sscanf(line, "%*d %*d %*s %*s %399s", point) == 1)
			snprintf(group, sizeof group, "%s/reg-test-%d", point, (int)getpid());
	}
	if (mounts)
		fclose(mounts);
	return group[0] && !mkdir(group, 0755);
}

static int open_in_group(const char *name, int flags)
{
	char path[600];
	snprintf(path, sizeof path, "%s/%s", group, name);
	return open(path, flags | O_CLOEXEC);
}

/* Whether this process is in the group, and so many in all. */
static bool holds(int pid, int count)
{
	char text[256] = "", own[16];
	int fd = open_in_group("cgroup.procs", O_RDONLY), lines = 0;
	ssize_t got = read(fd, text, sizeof text - 1);
	close(fd);
	snprintf(own, sizeof own, "%d\n", pid);
	for (ssize_t i = 0; i < got; i++)
		lines += text[i] == '\n';
	return strstr(text, own) && lines == count;
}

/* Runs a container in the group and looks at it from both sides. */
static void run_in_group(uint32_t flags, int tasks, int directory)
{
	static struct kit_plan p;
	static char text[4096];
	int pair[2];
	char dir[64];
	CHECK(!pipe2(pair, O_CLOEXEC));
	p.length = p.fd_count = 0;
	if (tasks >= 0)
		kit_fd_op(&p, REG_OP_CGROUP, 0, tasks);
	kit_stdio(&p, open("/dev/null", O_RDWR | O_CLOEXEC), pair[1], fcntl(pair[1], F_DUPFD_CLOEXEC, 3));
	snprintf(dir, sizeof dir, "space/%u", ++last_slot);
	kit_fd_op(&p, REG_OP_ROOT, 0, kit_overlay("lower", dir));
	kit_fsmount(&p, MS_NOSUID | MS_NODEV | MS_NOEXEC, "proc", "/proc", "");
	kit_exec(&p, ARGV("cat", "/proc/self/cgroup", "pause"), plain_env);
	if (directory >= 0) { /* before the plan's, which do not count it */
		memmove(p.fds + 1, p.fds, p.fd_count++ * sizeof *p.fds);
		p.fds[0] = directory;
		flags |= REG_START_CGROUP;
	}
	kit_start(engine, last_slot, flags, &p);
	struct kit_message m = await(REG_LAUNCHER_STARTED, last_slot);
	CHECK(holds((int)kit_payload(&m, 0), flags & REG_START_INIT ? 2 : 1));
	size_t length = 0;
	ssize_t got;
	do {
		got = read(pair[0], text + length, sizeof text - 1 - length);
		CHECK(got > 0);
		text[length += (size_t)got] = 0;
	} while (!strstr(text, "0::") || text[length - 1] != '\n');
	close(pair[0]);
	send_u32(REG_LAUNCHER_SIGNAL, last_slot, SIGKILL);
	await(REG_LAUNCHER_GONE, last_slot);
	forget(last_slot);
	CHECK(strstr(text, ":/\n") && !strstr(text, "reg-test") && !strstr(text, ":/.."));
}

static bool removed(void)
{
	for (int tries = 0; tries < 200; tries++) {
		if (!rmdir(group))
			return true;
		usleep(10000);
	}
	return false;
}

static void version_one_is_joined_by_tasks(void)
{
	begin();
	if (make_group(" - cgroup ", "pids")) {
		for (uint32_t init = 0; init <= REG_START_INIT; init++)
			run_in_group(init, open_in_group("tasks", O_WRONLY), -1);
		CHECK(removed());
	} else {
		printf("    not tried: no hierarchy of version 1 has pids\n");
	}
	finish();
}

static void version_two_is_begun_in(void)
{
	begin();
	if (make_group(" - cgroup2 ", "")) {
		for (uint32_t init = 0; init <= REG_START_INIT; init++) {
			run_in_group(init, -1, open(group, O_PATH | O_DIRECTORY | O_CLOEXEC));
			run_in_group(init, -1, open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		}
		CHECK(removed());
	} else {
		printf("    not tried: no hierarchy of version 2\n");
	}
	finish();
}

static void what_is_no_group_fails_and_nothing_is_left(void)
{
	begin();
	static struct kit_plan p;
	for (int second = 0; second < 2; second++) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		p.length = p.fd_count = 0;
		if (!second)
			kit_fd_op(&p, REG_OP_CGROUP, 0, null); /* not open for writing */
		kit_stdio(&p, open("/dev/null", O_RDWR | O_CLOEXEC), open("/dev/null", O_RDWR | O_CLOEXEC), open("/dev/null", O_RDWR | O_CLOEXEC));
		char dir[64];
		snprintf(dir, sizeof dir, "space/%u", ++last_slot);
		kit_fd_op(&p, REG_OP_ROOT, 0, kit_overlay("lower", dir));
		kit_exec(&p, ARGV("exit", "0"), plain_env);
		if (second) {
			memmove(p.fds + 1, p.fds, p.fd_count++ * sizeof *p.fds);
			p.fds[0] = null;
		}
		kit_start(engine, last_slot, second ? REG_START_CGROUP : 0, &p);
		struct kit_message m;
		CHECK(kit_receive(engine, &m, LONG_MS) && m.type == REG_LAUNCHER_FAILED && m.arg == last_slot);
		CHECK(kit_payload(&m, 0) == (second ? UINT32_MAX : 0) && kit_payload(&m, 1) == EBADF);
		forget(last_slot);
	}
	finish();
}

static const struct test tests[] = {
	TEST(version_one_is_joined_by_tasks),
	TEST(version_two_is_begun_in),
	TEST(what_is_no_group_fails_and_nothing_is_left),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("launcher_group", argc, argv, tests);
}
