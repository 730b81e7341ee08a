/* What the client says, answers and refuses. */
#include <sys/resource.h>

#include "engine.h"

static struct received r;

static void hello_carries_arguments_descriptors_and_directory(void)
{
	int listener = engine_listen(SOCKET), s;
	struct stat mine, theirs;
	pid_t client;

	use_host(SOCKET);
	client = CLIENT(&plain, "run", "", "-c", "a b");
	s = engine_greet(listener, &r);
	CHECK(r.length == 4 + 1 + 3 + 4 && !memcmp(r.bytes, "run\0\0-c\0a b", r.length));
	CHECK(!stat(".", &mine) && !fstat(r.fds[3], &theirs) && mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev);
	CHECK(fcntl(r.fds[3], F_GETFL) & O_PATH);
	engine_exit(s, client, 0);
	use_host("unix://reg.sock");
	client = client_start(&plain, (char *const[]){"reg", NULL});
	s = engine_greet(listener, &r);
	CHECK(r.length == 0);
	engine_exit(s, client, 255);
}

/* Starts a client with one argument of so many bytes and puts its HELLO together again. */
static unsigned parts_of_argument(size_t length)
{
	static char all[1 << 18], argument[1 << 18];
	int listener = engine_listen(SOCKET), s;
	size_t used = 0;
	unsigned parts = 0;
	pid_t client;

	for (size_t i = 0; i < length; i++)
		argument[i] = (char)('a' + i % 23);
	argument[length] = 0;
	use_host(SOCKET);
	client = CLIENT(&plain, argument);
	s = engine_accept(listener);
	do {
		CHECK(engine_receive(s, &r));
		CHECK((r.type & ~REG_TYPE_MORE) == REG_CLIENT_HELLO && r.arg == REG_CLIENT_VERSION);
		CHECK(r.n == (parts ? 0 : 4));
		memcpy(all + used, r.bytes, r.length);
		used += r.length;
		parts++;
	} while (r.type & REG_TYPE_MORE);
	CHECK(used == length + 1 && !memcmp(all, argument, used));
	engine_exit(s, client, 3);
	return parts;
}

static void a_long_command_line_comes_in_parts(void)
{
	CHECK(parts_of_argument(REG_MESSAGE_MAX - REG_HEADER_SIZE - 1) == 1);
	CHECK(parts_of_argument(REG_MESSAGE_MAX - REG_HEADER_SIZE) == 2);
	CHECK(parts_of_argument(131000) == 2);
}

static void a_command_line_above_4_MiB_is_refused(void)
{
	static char argument[120001];
	char *argv[42] = {"reg"};
	struct rlimit stack = {64 << 20, 64 << 20};
	int listener = engine_listen(SOCKET), ends[2];
	struct setting s = plain;
	pid_t client;

	memset(argument, 'x', sizeof argument - 1);
	for (int i = 1; i < 41; i++)
		argv[i] = argument;
	CHECK(!pipe(ends) && !setrlimit(RLIMIT_STACK, &stack));
	s.err = ends[1];
	use_host(SOCKET);
	client = client_start(&s, argv);
	close(ends[1]);
	CHECK(!engine_receive(engine_accept(listener), &r));
	CHECK(!strcmp(read_all(ends[0]), "reg: the command line is longer than 4 MiB\n"));
	CHECK(exit_code(client) == 125);
}

static void root_names_the_socket_and_is_not_passed_on(void)
{
	char deep[400] = "", path[440];
	int listener, s, here;
	pid_t client;

	CHECK(!mkdir("root", 0700) && !mkdir("root/run", 0700));
	listener = engine_listen("root/run/reg.sock");
	CHECK(!unsetenv("REG_HOST") && !unsetenv("REG_ROOT"));
	client = CLIENT(&plain, "--root", "root", "ps", "--root", "x");
	s = engine_greet(listener, &r);
	CHECK(r.length == 3 + 7 + 2 && !memcmp(r.bytes, "ps\0--root\0x", r.length));
	engine_exit(s, client, 0);
	client = CLIENT(&plain, "--root=root", "ps");
	s = engine_greet(listener, &r);
	CHECK(r.length == 3);
	engine_exit(s, client, 0);
	CHECK(!setenv("REG_ROOT", "root", 1));
	client = CLIENT(&plain, "ps");
	s = engine_greet(listener, &r);
	engine_exit(s, client, 0);
	CHECK(!unsetenv("REG_ROOT"));

	/* Longer than a socket's address. */
	for (int i = 0; i < 4; i++) {
		snprintf(deep + strlen(deep), 80, "%s%.60s", i ? "/" : "",
			 "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd");
		CHECK(!mkdir(deep, 0700));
	}
	snprintf(path, sizeof path, "%s/run", deep);
	CHECK(!mkdir(path, 0700));
	here = open(".", O_RDONLY);
	CHECK(!chdir(path));
	listener = engine_listen("reg.sock");
	CHECK(!fchdir(here));
	client = CLIENT(&plain, "--root", deep, "ps");
	s = engine_greet(listener, &r);
	engine_exit(s, client, 0);
}

static void a_root_without_a_name_is_refused(void)
{
	struct setting set = plain;
	int err[2];

	CHECK(!pipe(err));
	set.err = err[1];
	CHECK(exit_code(CLIENT(&set, "--root")) == 125);
	CHECK(exit_code(CLIENT(&set, "--root=", "ps")) == 125);
	close(err[1]);
	CHECK(!strcmp(read_all(err[0]), "reg: --root needs a directory\nreg: --root= needs a directory\n"));
}

static void ask_open(int s, uint32_t id, uint32_t flags, uint32_t mode, const char *path)
{
	char payload[256];

	memcpy(payload, &flags, 4);
	memcpy(payload + 4, &mode, 4);
	snprintf(payload + 8, sizeof payload - 8, "%s", path);
	engine_send(s, REG_CLIENT_OPEN, id, payload, 8 + strlen(path) + 1);
	CHECK(engine_receive(s, &r) && r.type == REG_CLIENT_FD && r.arg == id && r.length == 4);
}

static uint32_t answered_errno(void)
{
	uint32_t error;

	memcpy(&error, r.bytes, 4);
	CHECK(r.n == (error ? 0 : 1));
	return error;
}

static void opens_for_the_engine(void)
{
	int listener = engine_listen(SOCKET), s;
	char text[8];
	struct stat made;
	pid_t client;

	use_host(SOCKET);
	client = CLIENT(&plain, "x");
	s = engine_greet(listener, &r);
	engine_forget(&r);
	ask_open(s, 7, O_WRONLY | O_CREAT | O_EXCL, 0640, "made");
	CHECK(answered_errno() == 0 && write(r.fds[0], "hello", 5) == 5 && !fstat(r.fds[0], &made));
	CHECK(S_ISREG(made.st_mode) && !(made.st_mode & 0137));
	engine_forget(&r);
	ask_open(s, 8, O_RDONLY, 0, "made");
	CHECK(answered_errno() == 0 && read(r.fds[0], text, 8) == 5 && !memcmp(text, "hello", 5));
	engine_forget(&r);
	ask_open(s, 0xffffffff, O_RDONLY, 0, "missing");
	CHECK(answered_errno() == ENOENT);
	ask_open(s, 9, O_RDONLY | O_DIRECTORY, 0, "made");
	CHECK(answered_errno() == ENOTDIR);
	engine_exit(s, client, 0);
}

static uint32_t ask_rename(int s, uint32_t id, const char *paths, size_t length)
{
	uint32_t error;

	engine_send(s, REG_CLIENT_RENAME, id, paths, length);
	CHECK(engine_receive(s, &r) && r.type == REG_CLIENT_DONE && r.arg == id && r.length == 4 && !r.n);
	memcpy(&error, r.bytes, 4);
	return error;
}

static void renames_and_removes(void)
{
	int listener = engine_listen(SOCKET), s;
	pid_t client;

	close(open("one", O_CREAT | O_WRONLY, 0600));
	close(open("two", O_CREAT | O_WRONLY, 0640));
	use_host(SOCKET);
	client = CLIENT(&plain, "x");
	s = engine_greet(listener, &r);
	engine_forget(&r);
	CHECK(ask_rename(s, 1, "one\0two", 8) == 0 && access("one", F_OK) && !access("two", F_OK));
	CHECK(ask_rename(s, 2, "one\0two", 8) == ENOENT);
	CHECK(ask_rename(s, 3, "two\0no/where", 13) == ENOENT && !access("two", F_OK));
	CHECK(ask_rename(s, 4, "two\0", 5) == 0 && access("two", F_OK));
	CHECK(ask_rename(s, 5, ".\0", 3) == EISDIR);
	engine_exit(s, client, 0);
}

static void opens_with_the_callers_rights_only(void)
{
	struct setting nobody = plain;
	int listener, s;
	pid_t client;

	SKIP_UNLESS_ROOT();
	listener = engine_listen(SOCKET);
	close(open("secret", O_CREAT | O_WRONLY, 0600));
	nobody.uid = 65534;
	use_host(SOCKET);
	client = CLIENT(&nobody, "x");
	s = engine_greet(listener, &r);
	ask_open(s, 1, O_RDONLY, 0, "secret");
	CHECK(answered_errno() == EACCES);
	engine_exit(s, client, 0);
}

static void answers_variables(void)
{
	static char big[100001];
	int listener = engine_listen(SOCKET), s;
	size_t used;
	pid_t client;

	memset(big, 'v', sizeof big - 1);
	CHECK(!setenv("REG_TEST_BIG", big, 1) && !setenv("REG_TEST_EMPTY", "", 1) && !unsetenv("REG_TEST_NONE"));
	use_host(SOCKET);
	client = CLIENT(&plain, "x");
	s = engine_greet(listener, &r);
	engine_send(s, REG_CLIENT_GETENV, 0, "REG_TEST_EMPTY", 15);
	CHECK(engine_receive(s, &r) && r.type == REG_CLIENT_ENV && r.arg == 1 && r.length == 1 && !r.bytes[0]);
	engine_send(s, REG_CLIENT_GETENV, 0, "REG_TEST_NONE", 14);
	CHECK(engine_receive(s, &r) && r.type == REG_CLIENT_ENV && r.arg == 0 && r.length == 0);
	engine_send(s, REG_CLIENT_GETENV, 0, "REG_TEST_BIG=v", 15);
	CHECK(engine_receive(s, &r) && r.arg == 0);
	engine_send(s, REG_CLIENT_GETENV, 0, "REG_TEST_BIG", 13);
	CHECK(engine_receive(s, &r) && r.type == (REG_CLIENT_ENV | REG_TYPE_MORE) && r.arg == 1);
	used = r.length;
	CHECK(engine_receive(s, &r) && r.type == REG_CLIENT_ENV && used + r.length == sizeof big);
	engine_exit(s, client, 0);
}

/* Asks for a directory; returns its answer's bytes put together, used bytes of them. */
static uint8_t *list(int s, const char *path, size_t *used)
{
	static uint8_t all[1 << 20];

	*used = 0;
	engine_send(s, REG_CLIENT_LIST, 5, path, strlen(path) + 1);
	do {
		CHECK(engine_receive(s, &r) && (r.type & ~REG_TYPE_MORE) == REG_CLIENT_NAMES && r.arg == 5);
		CHECK(*used + r.length <= sizeof all);
		memcpy(all + *used, r.bytes, r.length);
		*used += r.length;
	} while (r.type & REG_TYPE_MORE);
	return all;
}

static void lists_directories(void)
{
	int listener = engine_listen(SOCKET), s;
	unsigned files = 0, folders = 0, links = 0, others = 0;
	char name[220];
	uint8_t *all;
	size_t used;
	pid_t client;

	CHECK(!mkdir("d", 0755) && !mkdir("d/sub", 0755) && !symlink("nowhere", "d/link") && !mkfifo("d/fifo", 0600));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "d/%0200d", i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	use_host(SOCKET);
	client = CLIENT(&plain, "x");
	s = engine_greet(listener, &r);
	all = list(s, "d", &used);
	CHECK(used > REG_MESSAGE_MAX && !memcmp(all, "\0\0\0\0", 4));
	for (size_t at = 4; at < used; at += strlen((char *)all + at) + 1) {
		files += all[at] == 'f' && strlen((char *)all + at) == 201;
		folders += !strcmp((char *)all + at, "dsub");
		links += !strcmp((char *)all + at, "llink");
		others += !strcmp((char *)all + at, "ofifo");
	}
	CHECK(files == 1000 && folders == 1 && links == 1 && others == 1);
	all = list(s, "d/link", &used);
	CHECK(used == 4 && all[0] == ENOENT);
	all = list(s, "d/fifo", &used);
	CHECK(used == 4 && all[0] == ENOTDIR);
	engine_exit(s, client, 0);
}

/* Asks for a file's content; returns the answer's errno, and the content in `all`. */
static uint32_t ask_read(int s, uint32_t most, const char *path, char *all, size_t *used)
{
	char payload[300];
	uint32_t error = 0;

	*used = 0;
	memcpy(payload, &most, 4);
	strcpy(payload + 4, path);
	engine_send(s, REG_CLIENT_READ, 6, payload, 4 + strlen(path) + 1);
	do {
		size_t prefix = *used ? 0 : 4;

		CHECK(engine_receive(s, &r) && (r.type & ~REG_TYPE_MORE) == REG_CLIENT_CONTENT && r.arg == 6 && !r.n);
		CHECK(r.length >= prefix && *used + r.length - prefix <= most);
		if (prefix)
			memcpy(&error, r.bytes, prefix);
		memcpy(all + *used, r.bytes + prefix, r.length - prefix);
		*used += r.length - prefix;
	} while (r.type & REG_TYPE_MORE);
	return error;
}

static void reads_files_and_pipes_to_their_end(void)
{
	static char all[200001], text[200000];
	int listener = engine_listen(SOCKET), s, fd;
	size_t used;
	pid_t client, writer;

	memset(text, 't', sizeof text);
	CHECK((fd = open("file", O_CREAT | O_WRONLY, 0600)) >= 0 && write(fd, text, sizeof text) == sizeof text);
	CHECK(!close(fd) && !mkfifo("fifo", 0600));
	use_host(SOCKET);
	client = CLIENT(&plain, "x");
	s = engine_greet(listener, &r);
	engine_forget(&r);
	CHECK(ask_read(s, sizeof text, "file", all, &used) == 0 && used == sizeof text && !memcmp(all, text, used));
	CHECK(ask_read(s, sizeof text - 1, "file", all, &used) == EFBIG && !used);
	CHECK(ask_read(s, 10, "/dev/zero", all, &used) == EFBIG);
	CHECK(ask_read(s, 10, "/dev/null", all, &used) == 0 && !used);
	CHECK(ask_read(s, 10, ".", all, &used) == EISDIR);
	CHECK(ask_read(s, 10, "missing", all, &used) == ENOENT);
	writer = fork();
	if (!writer) {
		fd = open("fifo", O_WRONLY); /* when the client has opened it */
		for (size_t at = 0; at < sizeof text; at += 50000)
			if (write(fd, text + at, 50000) != 50000)
				_exit(1);
		_exit(0);
	}
	CHECK(ask_read(s, sizeof text, "fifo", all, &used) == 0 && used == sizeof text && !memcmp(all, text, used));
	CHECK(exit_code(writer) == 0);
	engine_exit(s, client, 0);
}

static void writes_output_to_both(void)
{
	int listener = engine_listen(SOCKET), s, out[2], err[2];
	struct setting set = plain;
	pid_t client;

	CHECK(!pipe(out) && !pipe(err));
	set.out = out[1];
	set.err = err[1];
	use_host(SOCKET);
	client = CLIENT(&set, "x");
	close(out[1]);
	close(err[1]);
	s = engine_greet(listener, &r);
	engine_forget(&r);
	engine_send(s, REG_CLIENT_OUT | REG_TYPE_MORE, 1, "one ", 4);
	engine_send(s, REG_CLIENT_OUT, 2, "error\n", 6);
	engine_send(s, REG_CLIENT_OUT, 1, "two\n", 4);
	engine_send(s, REG_TYPE_OPTIONAL | 99, 0, "later versions", 14);
	engine_exit(s, client, 42);
	CHECK(!strcmp(read_all(out[0]), "one two\n"));
	CHECK(!strcmp(read_all(err[0]), "error\n"));
}

static void waits_for_a_slow_non_blocking_reader(void)
{
	static char chunk[60000];
	int listener = engine_listen(SOCKET), s, out[2];
	struct setting set = plain;
	size_t got = 0;
	ssize_t n;
	pid_t client;

	CHECK(!pipe(out) && !fcntl(out[1], F_SETFL, O_NONBLOCK));
	set.out = out[1];
	use_host(SOCKET);
	client = CLIENT(&set, "x");
	s = engine_greet(listener, &r);
	engine_forget(&r);
	for (int i = 0; i < 5; i++)
		engine_send(s, REG_CLIENT_OUT, 1, chunk, sizeof chunk);
	engine_send(s, REG_CLIENT_EXIT, 0, NULL, 0);
	while (got < 5 * sizeof chunk) {
		n = read(out[0], chunk, 7000);
		CHECK(n > 0);
		got += (size_t)n;
	}
	CHECK(exit_code(client) == 0);
	CHECK(fcntl(out[1], F_GETFL) & O_NONBLOCK);
}

static void a_refusal_is_read_even_when_the_request_was_not(void)
{
	int listener = engine_listen(SOCKET), s, err[2];
	struct setting set = plain;
	pid_t client;

	CHECK(!pipe(err));
	set.err = err[1];
	use_host(SOCKET);
	client = CLIENT(&set, "x");
	close(err[1]);
	s = engine_accept(listener);
	engine_send(s, REG_CLIENT_OUT, 2, "reg: no\n", 8);
	engine_send(s, REG_CLIENT_EXIT, 125, NULL, 0);
	close(s);
	CHECK(exit_code(client) == 125);
	CHECK(!strcmp(read_all(err[0]), "reg: no\n"));
}

static const struct test tests[] = {
	TEST(hello_carries_arguments_descriptors_and_directory),
	TEST(a_long_command_line_comes_in_parts),
	TEST(a_command_line_above_4_MiB_is_refused),
	TEST(root_names_the_socket_and_is_not_passed_on),
	TEST(a_root_without_a_name_is_refused),
	TEST(opens_for_the_engine),
	TEST(opens_with_the_callers_rights_only),
	TEST(renames_and_removes),
	TEST(answers_variables),
	TEST(lists_directories),
	TEST(reads_files_and_pipes_to_their_end),
	TEST(writes_output_to_both),
	TEST(waits_for_a_slow_non_blocking_reader),
	TEST(a_refusal_is_read_even_when_the_request_was_not),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("client_talk", argc, argv, tests);
}
