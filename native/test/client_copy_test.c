/* The caller's side of a copy: the client's copier, the pipes, the messages and the exit code. */
#include "engine.h"

static struct received r;

static void copy_program(const char *from, const char *to)
{
	char command[9000];
	snprintf(command, sizeof command, "cp '%s/%s' '%s'", programs, from, to);
	CHECK(!system(command));
}

/* The client finds its copier beside itself, so both are in an installation of the test's. */
static int begin(pid_t *client, int *output)
{
	int listener = engine_listen(SOCKET), pair[2];
	struct setting setting = plain;
	CHECK(!mkdir("inst", 0755) && !mkdir("inst/bin", 0755) && !mkdir("inst/libexec", 0755) && !pipe2(pair, O_CLOEXEC));
	copy_program("reg", "inst/bin/reg");
	copy_program("reg-copier", "inst/libexec/reg-copier");
	CHECK(realpath("inst/bin", programs));
	use_host(SOCKET);
	setting.err = pair[1];
	*client = CLIENT(&setting, "cp");
	close(pair[1]);
	*output = pair[0];
	int s = engine_greet(listener, &r);
	engine_forget(&r);
	return s;
}

/* Asks for a part; the errno of the answer, its descriptors in r. */
static uint32_t ask(int s, uint32_t part, const char *path, const char *name)
{
	char payload[4096];
	uint32_t head[2] = {part, 0}, error;
	memcpy(payload, head, 8);
	size_t length = 8 + (size_t)sprintf(payload + 8, "%s", path) + 1;
	length += (size_t)sprintf(payload + length, "%s", name) + 1;
	engine_send(s, REG_CLIENT_COPY, 9, payload, length);
	CHECK(engine_receive(s, &r) && r.type == REG_CLIENT_PIPES && r.arg == 9 && r.length == 4);
	memcpy(&error, r.bytes, 4);
	return error;
}

static void it_packs_and_unpacks(void)
{
	pid_t client;
	int output, s = begin(&client, &output);
	static char archive[65536];
	int file = open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0640);
	CHECK(write(file, "content", 7) == 7);
	CHECK(!ask(s, REG_COPY_PACK, "file", "file") && r.n == 2);
	size_t length = 0;
	ssize_t n;
	while ((n = read(r.fds[1], archive + length, sizeof archive - length)) > 0)
		length += (size_t)n;
	CHECK(length == 2048 && !strcmp(archive, "file") && !memcmp(archive + 512, "content", 7));
	engine_forget(&r);
	CHECK(ask(s, REG_COPY_PACK, "file", "file") == EBUSY && !r.n);
	engine_exit(s, client, 0);
	CHECK(!*read_all(output));
	/* And back, by another client. */
	client = CLIENT(&plain, "cp");
	int listener = engine_listen(SOCKET);
	s = engine_greet(listener, &r);
	engine_forget(&r);
	CHECK(!ask(s, REG_COPY_UNPACK, "new", "file") && r.n == 2);
	CHECK(write(r.fds[1], archive, length) == (ssize_t)length);
	engine_forget(&r);
	engine_exit(s, client, 0);
	CHECK((file = open("new", O_RDONLY | O_CLOEXEC)) >= 0 && read(file, archive, 100) == 7 && !memcmp(archive, "content", 7));
}

static void its_failure_is_the_clients(void)
{
	pid_t client;
	int output, s = begin(&client, &output);
	CHECK(!ask(s, REG_COPY_PACK, "missing", "missing"));
	engine_forget(&r);
	engine_send(s, REG_CLIENT_EXIT, 0, NULL, 0);
	CHECK(exit_code(client) == 1);
	CHECK(!strcmp(read_all(output), "reg: cp: could not find missing: No such file or directory\n"));
}

/* Nobody waits for a pipe that a stranger holds, nor sends a terminal what it is told. */
static void messages_are_shown_in_the_end_without_control_characters(void)
{
	pid_t client;
	int output, s = begin(&client, &output);
	CHECK(!ask(s, REG_COPY_NONE, "", "") && r.n == 1);
	CHECK(write(r.fds[0], "reg: \033[2Jtext\n", 14) == 14);
	CHECK(fcntl(r.fds[0], F_GETFL) & O_NONBLOCK);
	engine_exit(s, client, 3);
	CHECK(!strcmp(read_all(output), "reg: ?[2Jtext\n"));
	engine_forget(&r);
}

/* The container's side has ended, but somebody there keeps the pipe: the caller can leave, and the copier goes, too. */
static void a_pipe_that_is_held_can_be_left(void)
{
	pid_t client;
	int output, s = begin(&client, &output), status;
	CHECK(!ask(s, REG_COPY_UNPACK, "x", "x"));
	engine_send(s, REG_CLIENT_STARTED, 0, "id\0token", 9);
	engine_send(s, REG_CLIENT_EXIT, 0, NULL, 0);
	/* The first may still be relayed to the engine. */
	while (!waitpid(client, &status, WNOHANG)) {
		kill(client, SIGTERM);
		usleep(10000);
	}
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	struct pollfd pipe = {.fd = r.fds[1]};
	CHECK(poll(&pipe, 1, 20000) == 1 && pipe.revents & POLLERR);
	CHECK(!*read_all(output) && access("x", F_OK));
	engine_forget(&r);
}

static void a_copier_that_is_missing_is_said(void)
{
	pid_t client;
	int output, s = begin(&client, &output);
	CHECK(!unlink("inst/libexec/reg-copier") && !ask(s, REG_COPY_UNPACK, "x", "x"));
	engine_forget(&r);
	engine_send(s, REG_CLIENT_EXIT, 0, NULL, 0);
	CHECK(exit_code(client) == 1);
	const char *said = read_all(output);
	CHECK(strstr(said, "reg: cp: cannot execute ") && strstr(said, "/inst/libexec/reg-copier: No such file or directory\n"));
}

static const struct test tests[] = {
	TEST(it_packs_and_unpacks),
	TEST(its_failure_is_the_clients),
	TEST(messages_are_shown_in_the_end_without_control_characters),
	TEST(a_pipe_that_is_held_can_be_left),
	TEST(a_copier_that_is_missing_is_said),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("client-copy", argc, argv, tests);
}
