/* A program that is a descriptor, not a path: the container has no such file, and no other descriptor comes along. */
#include "launcher_fixture.h"

/* Runs the outside's copy of the probe, joining the container of a slot unless that is 0. */
static struct outcome *run_descriptor(uint32_t container, uint32_t init, char *const *argv)
{
	static struct kit_plan p;
	static struct outcome o;
	int pair[2];
	CHECK(!pipe2(pair, O_CLOEXEC));
	memset(&o, 0, sizeof o);
	if (container) {
		last_slot++;
		p.length = p.fd_count = 0;
		kit_stdio(&p, open("/dev/null", O_RDWR | O_CLOEXEC), pair[1], fcntl(pair[1], F_DUPFD_CLOEXEC, 3));
	} else {
		plan_begin(&p, pair[1]);
	}
	kit_user(&p, 1234, 567);
	kit_exec_descriptor(&p, open("outside", O_RDONLY | O_CLOEXEC), argv, plain_env);
	if (container)
		kit_start_in(engine, last_slot, REG_START_JOIN, container, &p);
	else
		kit_start(engine, last_slot, init, &p);
	o.slot = last_slot;
	await(REG_LAUNCHER_STARTED, o.slot);
	read_output(&o, pair[0]);
	struct kit_message m = await(REG_LAUNCHER_EXITED, o.slot);
	o.code = (int)kit_payload(&m, 0);
	await(REG_LAUNCHER_GONE, o.slot);
	forget(o.slot);
	return &o;
}

static void it_is_executed_with_its_streams_alone(void)
{
	int reader;
	begin();
	copy_file("lower/bin/probe", "outside");
	uint32_t container = start(REG_START_INIT, NULL, &reader, ARGV("pause"));
	await(REG_LAUNCHER_STARTED, container);
	const struct {
		uint32_t container, init;
	} ways[] = {{container, 0}, {0, REG_START_INIT}, {0, 0}};
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct outcome *o = run_descriptor(ways[i].container, ways[i].init, ARGV("echo", "here", "list", "/proc/self/fd", "exit", "7"));
		CHECK(o->code == 7 && strstr(o->output, "here"));
		/* 0, 1, 2 and the one that the list is read through. */
		CHECK(!strstr(o->output, "4") && !strstr(o->output, "5") && !strstr(o->output, "6"));
	}
	send_u32(REG_LAUNCHER_SIGNAL, container, SIGKILL);
	await(REG_LAUNCHER_GONE, container);
	forget(container);
	close(reader);
	finish();
}

static const struct test tests[] = {TEST(it_is_executed_with_its_streams_alone)};

int main(int argc, char **argv)
{
	return RUN_TESTS("launcher-descriptor", argc, argv, tests);
}
