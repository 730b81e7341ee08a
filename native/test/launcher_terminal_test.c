/* Programs with a terminal of the container's own. */
#include "launcher_fixture.h"

#include <termios.h>

#define DEVPTS "newinstance,ptmxmode=0666,mode=0620,gid=5"
#define ALL (REG_TERMINAL_INPUT | REG_TERMINAL_OUTPUT | REG_TERMINAL_ERROR)

static int ours, theirs; /* the client's socket, and the end that travels */
static uint16_t which;

static void own_terminals(struct kit_plan *p)
{
	kit_fixture(p, REG_FIXTURE_DEV, "/dev");
	kit_fsmount(p, MS_NOSUID | MS_NOEXEC, "devpts", "/dev/pts", DEVPTS);
}

static void take(struct kit_plan *p, int socket)
{
	kit_begin(p, REG_OP_TERMINAL, which);
	kit_u32(p, kit_fd(p, socket));
	kit_u32(p, 24 | 80 << 16);
	kit_end(p);
}

static void terminal(struct kit_plan *p)
{
	own_terminals(p);
	take(p, theirs);
	kit_caps(p, KIT_CAPS);
}

static void terminal_of_a_user(struct kit_plan *p)
{
	terminal(p);
	kit_user(p, 1234, 567);
}

static void terminal_without_devpts(struct kit_plan *p)
{
	take(p, theirs);
}

/* A socket that has no room: the other end's queue is full. */
static void offer(bool full)
{
	int ends[2], size = 1;
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
	CHECK(!setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
	while (full && send(ends[1], "x", 1, MSG_DONTWAIT) == 1)
		;
	ours = ends[0];
	theirs = ends[1];
}

static int receive_master(void)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * 4)];
	} control;
	char bytes[8];
	struct iovec part = {bytes, sizeof bytes};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	int fd;
	CHECK(recvmsg(ours, &m, MSG_CMSG_CLOEXEC) == 1 && !bytes[0]);
	CHECK(control.header.cmsg_type == SCM_RIGHTS && control.header.cmsg_len == CMSG_LEN(sizeof(int)));
	memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
	CHECK(recvmsg(ours, &m, 0) == 0); /* nobody holds the other end any more */
	return fd;
}

/* All that is written to a terminal until nobody has it open. */
static const char *screen(int master)
{
	static char text[8192];
	size_t used = 0;
	struct pollfd ready = {master, POLLIN, 0};
	for (;;) {
		CHECK(poll(&ready, 1, LONG_MS) == 1 && used < sizeof text - 1);
		ssize_t got = read(master, text + used, sizeof text - 1 - used);
		if (got < 0 && errno == EAGAIN)
			continue;
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	text[used] = 0;
	return text;
}

static bool shows(const char *text, const char *part)
{
	if (strstr(text, part))
		return true;
	printf("    \"%s\" is not in:\n%s\n", part, text);
	return false;
}

static void it_is_the_programs_own(void)
{
	begin();
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		which = ALL;
		offer(false);
		int output;
		uint32_t slot = start(init, terminal, &output, ARGV("tty", "line", "exit", "5"));
		await(REG_LAUNCHER_STARTED, slot);
		int master = receive_master();
		CHECK(write(master, "hello\n", 6) == 6);
		const char *text = screen(master);
		CHECK(shows(text, "terminals: 0 1 2\r\n/dev/pts/0 80x24 0:5 620 controls\r\n"));
		CHECK(shows(text, "got 6: hello\r\n"));
		struct kit_message m = await(REG_LAUNCHER_EXITED, slot);
		CHECK(kit_payload(&m, 0) == 5);
		await(REG_LAUNCHER_GONE, slot);
		forget(slot);
		close(master);
		close(ours);
		close(output);
	}
	finish();
}

static void it_is_the_users(void)
{
	begin();
	which = ALL;
	offer(false);
	RUN(REG_START_INIT, terminal_of_a_user, "tty");
	CHECK(shows(screen(receive_master()), "80x24 1234:5 620 controls"));
	finish();
}

static void the_others_stay_the_callers(void)
{
	begin();
	which = REG_TERMINAL_INPUT | REG_TERMINAL_OUTPUT;
	offer(false);
	struct outcome *o = RUN(REG_START_INIT, terminal, "tty", "error", "aside");
	const char *text = screen(receive_master());
	CHECK(shows(text, "terminals: 0 1\r\n") && !strstr(text, "aside"));
	CHECK(!strcmp(o->output, "aside\n"));
	finish();
}

static void a_hang_up_ends_the_program(void)
{
	begin();
	which = ALL;
	offer(false);
	int output;
	uint32_t slot = start(REG_START_INIT, terminal, &output, ARGV("pause"));
	await(REG_LAUNCHER_STARTED, slot);
	close(ours); /* the client is gone, and with it the master, which it had not received yet */
	struct kit_message m = await(REG_LAUNCHER_EXITED, slot);
	CHECK(kit_payload(&m, 0) == 128 + SIGHUP);
	await(REG_LAUNCHER_GONE, slot);
	forget(slot);
	close(output);
	finish();
}

static void fails(shaper *shape, uint32_t operation, int error)
{
	struct outcome *o = RUN(REG_START_INIT, shape, "exit", "0");
	CHECK(o->failed && o->operation == operation && o->error == error);
	close(ours);
}

static void what_cannot_be_fails_the_start(void)
{
	begin();
	which = ALL;
	offer(true);
	fails(terminal, 5, EAGAIN);
	offer(false);
	fails(terminal_without_devpts, 3, ENOENT);
	offer(false);
	close(ours);
	ours = -1;
	fails(terminal, 5, EPIPE);
	theirs = open("/dev/null", O_RDWR | O_CLOEXEC);
	fails(terminal, 5, ENOTSOCK);
	finish();
}

static const struct test tests[] = {
	TEST(it_is_the_programs_own),
	TEST(it_is_the_users),
	TEST(the_others_stay_the_callers),
	TEST(a_hang_up_ends_the_program),
	TEST(what_cannot_be_fails_the_start),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("launcher_terminal", argc, argv, tests);
}
