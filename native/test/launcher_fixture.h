/* A launcher of a test's own, in the test's directory, and containers that run the probe (probe.c) under it. */
#ifndef REG_LAUNCHER_FIXTURE_H
#define REG_LAUNCHER_FIXTURE_H

#include "harness.h"
#include "launcher_kit.h"

#include <sys/mman.h>

#define LONG_MS 20000
#define PIDS_MAX 4096

/*
 * What has to be killed should the test fail: a guard sees the test end and looks here. Besides the containers known to
 * have started it kills whatever children a launcher has by then.
 */
struct remains {
	bool clean;
	int launchers[8], launcher_count;
	int pids[PIDS_MAX], pid_count;
};

static struct remains *remains;
static int engine = -1, launcher_pid;
static uint32_t last_slot;
static char launcher_binary[4200];

KIT void kill_with_children(int pid)
{
	char path[64];
	int children[PIDS_MAX], count = 0;
	kill(pid, SIGSTOP); /* no more of them */
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
	FILE *file = fopen(path, "re");
	while (file && count < PIDS_MAX && fscanf(file, "%d", &children[count]) == 1)
		count++;
	if (file)
		fclose(file);
	kill(pid, SIGKILL);
	for (int i = 0; i < count; i++)
		kill(children[i], SIGKILL);
}

KIT void guard(void)
{
	int ends[2];
	remains = mmap(NULL, sizeof *remains, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(remains != MAP_FAILED && !pipe2(ends, O_CLOEXEC));
	if (fork() == 0) {
		char byte;
		setsid();
		close(ends[1]);
		while (read(ends[0], &byte, 1) > 0)
			;
		for (int i = 0; !remains->clean && i < remains->launcher_count; i++)
			kill_with_children(remains->launchers[i]);
		for (int i = 0; !remains->clean && i < remains->pid_count; i++)
			kill(remains->pids[i], SIGKILL);
		_exit(0);
	}
	close(ends[0]); /* the other end stays open as long as this process lives */
}

KIT void connect_engine(void)
{
	if (engine >= 0)
		close(engine);
	engine = kit_connect("run");
	launcher_pid = kit_hello(engine);
}

KIT void start_launcher(void)
{
	CHECK(kit_launch(launcher_binary, "run") == 0);
	connect_engine();
	CHECK(remains->launcher_count < 8);
	remains->launchers[remains->launcher_count++] = launcher_pid;
}

KIT void copy_file(const char *from, const char *to)
{
	char buffer[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t got;
	CHECK(in >= 0 && out >= 0);
	while ((got = read(in, buffer, sizeof buffer)) > 0)
		CHECK(write(out, buffer, (size_t)got) == got);
	close(in);
	close(out);
}

KIT void make_lower(void)
{
	static const char *const dirs[] = {"run", "lower", "lower/bin", "lower/proc", "lower/dev", "lower/sys", "lower/tmp",
					   "lower/etc", "space"};
	char probe[4200];
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		CHECK(!mkdir(dirs[i], 0755));
	snprintf(probe, sizeof probe, "%s/test/probe", programs);
	if (access(probe, X_OK))
		snprintf(probe, sizeof probe, "%s/../test/probe", programs);
	copy_file(probe, "lower/bin/probe");
}

KIT void begin(void)
{
	SKIP_UNLESS_ROOT();
	guard();
	make_lower();
	snprintf(launcher_binary, sizeof launcher_binary, "%s/reg-launcher", programs);
	start_launcher();
}

KIT bool exists(int pid)
{
	char path[64], text[512];
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	close(fd);
	if (got <= 0)
		return false;
	text[got] = 0;
	return strrchr(text, ')')[2] != 'Z'; /* an orphan's zombie is up to the host's init */
}

KIT bool ends(int pid)
{
	for (int tries = 0; tries < LONG_MS / 10; tries++) {
		if (!exists(pid))
			return true;
		usleep(10000);
	}
	return false;
}

/* The next message about this slot of this type; what comes before is skipped, except a FAILED. */
KIT struct kit_message await(uint32_t type, uint32_t slot)
{
	struct kit_message m;
	while (kit_receive(engine, &m, LONG_MS)) {
		if (m.arg == slot && m.type == type) {
			if (type == REG_LAUNCHER_STARTED && remains->pid_count < PIDS_MAX)
				remains->pids[remains->pid_count++] = (int)kit_payload(&m, 0);
			return m;
		}
		if (m.type == REG_LAUNCHER_FAILED)
			printf("    FAILED slot %u operation %u: %s\n", m.arg, kit_payload(&m, 0), strerror((int)kit_payload(&m, 1)));
		CHECK(m.type != REG_LAUNCHER_FAILED);
	}
	printf("    waited for message %u of slot %u\n", type, slot);
	CHECK(!"a message came in time");
	return m;
}

KIT void send_u32(uint32_t type, uint32_t slot, uint32_t value)
{
	kit_send(engine, type, slot, &value, sizeof value, NULL, 0);
}

KIT void forget(uint32_t slot)
{
	kit_send(engine, REG_LAUNCHER_FORGET, slot, NULL, 0, NULL, 0);
}

/* Tells a launcher of a process that another one started. */
KIT void adopt(uint32_t slot, uint32_t pid, uint32_t flags)
{
	char payload[REG_CONTAINER_ID_SIZE + 9];
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	CHECK(pidfd >= 0);
	kit_id(payload, slot);
	memcpy(payload + REG_CONTAINER_ID_SIZE, &pid, 4);
	memcpy(payload + REG_CONTAINER_ID_SIZE + 4, &flags, 4);
	kit_send(engine, REG_LAUNCHER_ADOPT, slot, payload, REG_CONTAINER_ID_SIZE + 8, &pidfd, 1);
	close(pidfd);
}

/* Ends the launcher as an engine does and checks that nothing of it is left. */
KIT void finish(void)
{
	struct kit_message m;
	kit_send(engine, REG_LAUNCHER_QUIT, 0, NULL, 0, NULL, 0);
	while (kit_receive(engine, &m, LONG_MS))
		CHECK(m.type != REG_LAUNCHER_BUSY);
	CHECK(ends(launcher_pid));
	CHECK(access("run/launcher.sock", F_OK) && errno == ENOENT);
	remains->clean = true;
}

/* --- containers --- */

struct outcome {
	uint32_t slot;
	bool failed;
	uint32_t operation; /* FAILED */
	int error;
	int code;
	char output[65536];
};

typedef void shaper(struct kit_plan *);

static char *const plain_env[] = {"PATH=/nowhere:/bin", "HOME=/root", NULL};

KIT void plan_begin(struct kit_plan *p, int output)
{
	char dir[64];
	p->length = p->fd_count = 0;
	snprintf(dir, sizeof dir, "space/%u", ++last_slot);
	kit_stdio(p, open("/dev/null", O_RDWR | O_CLOEXEC), output, fcntl(output, F_DUPFD_CLOEXEC, 3));
	kit_fd_op(p, REG_OP_ROOT, 0, kit_overlay("lower", dir));
	kit_fsmount(p, MS_NOSUID | MS_NODEV | MS_NOEXEC, "proc", "/proc", "");
}

/* Starts a container that does what the words say; *reader gets its output. */
KIT uint32_t start(uint32_t flags, shaper *shape, int *reader, char *const *argv)
{
	static struct kit_plan p;
	int pair[2];
	CHECK(!pipe2(pair, O_CLOEXEC));
	plan_begin(&p, pair[1]);
	if (shape)
		shape(&p);
	kit_exec(&p, argv, plain_env);
	kit_start(engine, last_slot, flags, &p);
	*reader = pair[0];
	return last_slot;
}

KIT void read_output(struct outcome *o, int reader)
{
	size_t length = 0;
	ssize_t got;
	while (length < sizeof o->output - 1 && (got = read(reader, o->output + length, sizeof o->output - 1 - length)) > 0)
		length += (size_t)got;
	o->output[length] = 0;
	close(reader);
}

/* Runs a container to its end. */
KIT struct outcome *run(uint32_t flags, shaper *shape, char *const *argv)
{
	static struct outcome o;
	struct kit_message m;
	int reader;
	bool started = false, exited = false;
	o = (struct outcome){.slot = start(flags, shape, &reader, argv), .code = -2};
	for (;;) {
		CHECK(kit_receive(engine, &m, LONG_MS));
		CHECK(m.arg == o.slot);
		if (m.type == REG_LAUNCHER_FAILED) {
			CHECK(!started && !exited);
			o.failed = true;
			o.operation = kit_payload(&m, 0);
			o.error = (int)kit_payload(&m, 1);
			break;
		}
		if (m.type == REG_LAUNCHER_STARTED) {
			CHECK(!started && !exited);
			started = true;
		} else if (m.type == REG_LAUNCHER_EXITED) {
			CHECK(started && !exited);
			exited = true;
			o.code = (int)kit_payload(&m, 0);
		} else {
			CHECK(m.type == REG_LAUNCHER_GONE && started && exited && (int)kit_payload(&m, 0) == o.code);
			break;
		}
	}
	forget(o.slot);
	read_output(&o, reader);
	return &o;
}

#define ARGV(...) ((char *[]){"probe", __VA_ARGS__, NULL})
#define RUN(flags, shape, ...) run(flags, shape, ARGV(__VA_ARGS__))

#endif
