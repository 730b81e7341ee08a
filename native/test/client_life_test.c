/* Signals, engines that come and go, strangers, and messages that make no sense. */
#include "engine.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define STARTED ID "\0token"

static struct received r;

static int greet(int listener, struct setting set, pid_t *client)
{
	int s;

	use_host(SOCKET);
	*client = CLIENT(&set, "run");
	s = engine_greet(listener, &r);
	engine_forget(&r);
	return s;
}

/* A client whose program runs: signals are the program's once it has answered a request that came after STARTED. */
static int started(int listener, struct setting set, pid_t *client)
{
	int s = greet(listener, set, client);

	engine_send(s, REG_CLIENT_STARTED, 0, STARTED, sizeof STARTED);
	engine_send(s, REG_CLIENT_GETENV, 0, "HOME", 5);
	CHECK(engine_receive(s, &r) && r.type == REG_CLIENT_ENV);
	return s;
}

static int attached(int listener)
{
	int s = engine_accept(listener);

	CHECK(engine_receive(s, &r));
	CHECK(r.type == REG_CLIENT_ATTACH && r.arg == REG_CLIENT_VERSION && r.n == 0);
	CHECK(r.length == sizeof STARTED && !memcmp(r.bytes, STARTED, sizeof STARTED));
	return s;
}

static bool signal_arrives(int s, uint32_t number)
{
	return engine_receive(s, &r) && r.type == REG_CLIENT_SIGNAL && r.arg == number && r.length == 0;
}

static void before_started_a_signal_ends_the_client(void)
{
	int listener = engine_listen(SOCKET), s;
	pid_t client;

	s = greet(listener, plain, &client);
	CHECK(!kill(client, SIGTERM));
	CHECK(exit_code(client) == 1000 + SIGTERM);
	CHECK(!engine_receive(s, &r));
}

static void from_started_on_signals_are_relayed(void)
{
	static const int all[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH, SIGALRM};
	int listener = engine_listen(SOCKET), s;
	pid_t client;

	s = started(listener, plain, &client);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		CHECK(!kill(client, all[i]));
		CHECK(signal_arrives(s, (uint32_t)all[i]));
	}
	engine_exit(s, client, 130);
}

static void suspending_suspends_the_client_itself(void)
{
	int listener = engine_listen(SOCKET), s, status;
	pid_t client;

	s = started(listener, plain, &client);
	CHECK(!setpgid(client, client) || errno == EACCES);
	CHECK(!kill(client, SIGSTOP) && waitpid(client, &status, WUNTRACED) == client && WIFSTOPPED(status));
	CHECK(!kill(client, SIGCONT) && signal_arrives(s, SIGCONT));
	engine_exit(s, client, 0);
}

static void ignore_hangups(void)
{
	signal(SIGHUP, SIG_IGN);
}

static void a_signal_that_the_caller_ignores_stays_ignored(void)
{
	struct setting nohup = plain;
	int listener = engine_listen(SOCKET), s;
	pid_t client;

	nohup.prepare = ignore_hangups;
	s = started(listener, nohup, &client);
	CHECK(!kill(client, SIGHUP) && !kill(client, SIGUSR1));
	CHECK(signal_arrives(s, SIGUSR1));
	engine_exit(s, client, 0);
}

static void a_lost_engine_is_waited_for(void)
{
	int listener = engine_listen(SOCKET), s;
	pid_t client;

	s = started(listener, plain, &client);
	/* A crash while the listener lives on, as with socket activation. */
	close(s);
	s = attached(listener);
	/* One that takes the listener with it. */
	close(listener);
	close(s);
	unlink(SOCKET);
	usleep(250000);
	listener = engine_listen(SOCKET);
	s = attached(listener);
	CHECK(!kill(client, SIGUSR2) && signal_arrives(s, SIGUSR2));
	engine_exit(s, client, 7);
}

static void a_farewell_is_no_end(void)
{
	int listener = engine_listen(SOCKET), s;
	pid_t client;

	s = started(listener, plain, &client);
	engine_send(s, REG_CLIENT_GOODBYE, 0, NULL, 0);
	s = attached(listener);
	engine_exit(s, client, 8);
}

static void a_signal_waits_for_the_next_engine(void)
{
	struct setting set = plain;
	int listener = engine_listen(SOCKET), s, err[2];
	char line[256];
	pid_t client;

	CHECK(!pipe(err));
	set.err = err[1];
	s = started(listener, set, &client);
	unlink(SOCKET);
	close(listener);
	close(s);
	usleep(50000);
	CHECK(!kill(client, SIGTERM));
	CHECK(read(err[0], line, sizeof line) > 0 && !strncmp(line, "reg: no engine answers", 22));
	listener = engine_listen(SOCKET);
	s = attached(listener);
	CHECK(signal_arrives(s, SIGTERM));
	engine_exit(s, client, 143);
}

static void the_second_signal_without_an_engine_ends_the_client(void)
{
	struct setting set = plain;
	int listener = engine_listen(SOCKET), s, err[2];
	char line[512];
	ssize_t n;
	pid_t client;

	CHECK(!pipe(err));
	set.err = err[1];
	s = started(listener, set, &client);
	unlink(SOCKET);
	close(listener);
	close(s);
	usleep(50000);
	CHECK(!kill(client, SIGINT) && read(err[0], line, sizeof line) > 0);
	CHECK(!kill(client, SIGTERM) && exit_code(client) == 125);
	n = read(err[0], line, sizeof line - 1);
	CHECK(n > 0);
	line[n] = 0;
	CHECK(strstr(line, ID) && !strncmp(line, "reg: ", 5));
}

static void output_flows_while_no_engine_answers(void)
{
	struct setting set = plain;
	int listener = engine_listen(SOCKET), s, out, file;
	struct stat st;
	pid_t client;

	file = set.out = open("out", O_RDWR | O_CREAT, 0600);
	use_host(SOCKET);
	client = CLIENT(&set, "run");
	s = engine_greet(listener, &r);
	out = r.fds[1];
	engine_send(s, REG_CLIENT_STARTED, 0, STARTED, sizeof STARTED);
	unlink(SOCKET);
	close(listener);
	close(s);
	for (int i = 0; i < 64; i++) {
		static char block[1 << 14];

		CHECK(write(out, block, sizeof block) == sizeof block);
	}
	listener = engine_listen(SOCKET);
	s = attached(listener);
	engine_exit(s, client, 0);
	CHECK(!fstat(file, &st) && st.st_size == 1 << 20);
}

static void a_conversation_that_ends_before_started_is_a_failure(void)
{
	struct setting set = plain;
	int listener = engine_listen(SOCKET), s, err[2];
	pid_t client;

	CHECK(!pipe(err));
	set.err = err[1];
	s = greet(listener, set, &client);
	close(err[1]);
	close(s);
	CHECK(exit_code(client) == 125);
	CHECK(strstr(read_all(err[0]), "ended the conversation"));
}

static void a_stranger_is_told_nothing(void)
{
	struct setting set = plain;
	int err[2], listener;
	pid_t client, engine;

	SKIP_UNLESS_ROOT();
	CHECK(!chmod(".", 0777));
	engine = fork();
	if (!engine) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHECK(!setuid(65534));
		listener = engine_listen(SOCKET);
		close(open("listening", O_CREAT | O_WRONLY, 0600));
		_exit(engine_receive(engine_accept(listener), &r) ? 1 : 0);
	}
	while (access("listening", F_OK))
		usleep(1000);
	CHECK(!pipe(err));
	set.err = err[1];
	use_host(SOCKET);
	client = CLIENT(&set, "x");
	close(err[1]);
	CHECK(exit_code(client) == 125);
	CHECK(!strcmp(read_all(err[0]), "reg: refusing the engine at reg.sock: neither root nor you listen there\n"));
	CHECK(exit_code(engine) == 0);
}

/* The bytes of one message from the engine make the client say what is wrong and end with 125. */
static void refuses(const void *bytes, size_t length, const char *what)
{
	struct setting set = plain;
	int listener = engine_listen(SOCKET), s, err[2];
	const char *said;
	pid_t client;

	CHECK(!pipe(err));
	set.err = err[1];
	s = greet(listener, set, &client);
	close(err[1]);
	engine_send_raw(s, bytes, length);
	CHECK(exit_code(client) == 125);
	said = read_all(err[0]);
	if (!strstr(said, what))
		printf("    said: %s", said);
	CHECK(strstr(said, what) && strchr(said, '\n') == said + strlen(said) - 1);
	close(s);
	close(err[0]);
	close(listener);
}

static void nonsense_is_refused(void)
{
	static uint8_t large[REG_MESSAGE_MAX + 1] = {REG_CLIENT_OUT, 0, 0, 0, 1};
	static char long_id[300];
	struct words {
		uint32_t type, arg, w[4];
	} m = {0};
	size_t h = REG_HEADER_SIZE;

	refuses(&m, 7, "impossible size");
	refuses(&m, h, "unknown type");
	m.type = 40;
	refuses(&m, h, "unknown type");
	m.type = REG_CLIENT_HELLO;
	refuses(&m, h, "unknown type");
	refuses(large, sizeof large, "above 64 KiB");
	m = (struct words){REG_CLIENT_OUT, 3, {0}};
	refuses(&m, h, "neither 1 nor 2");
	m = (struct words){REG_CLIENT_EXIT, 256, {0}};
	refuses(&m, h, "exit code");
	m.arg = 0;
	refuses(&m, h + 4, "payload");
	m = (struct words){REG_CLIENT_OPEN, 1, {0, 0, 0, 0}};
	refuses(&m, h + 4, "too short");
	refuses(&m, h + 8, "proper name");
	refuses(&m, h + 9, "proper name");
	m.w[2] = 0x41414141;
	refuses(&m, h + 12, "proper name");
	refuses(&m, h + 14, "proper name");
	m.type = REG_CLIENT_OPEN | REG_TYPE_MORE;
	refuses(&m, h + 13, "several parts");
	m = (struct words){REG_CLIENT_STARTED, 0, {0x00414141, 0x41414141, 0, 0}};
	refuses(&m, h + 4, "id and token");
	refuses(&m, h + 8, "id and token");
	memset(long_id + 8, 'i', 250);
	memcpy(long_id, (uint32_t[]){REG_CLIENT_STARTED, 0}, 8);
	refuses(long_id, 8 + 250 + 3, "id and token");
	refuses(long_id, 8 + 250 + 2, "too long");
}

static void descriptors_from_the_engine_are_refused(void)
{
	struct reg_header h = {REG_CLIENT_OUT, 1};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.align = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec part = {&h, sizeof h};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct setting set = plain;
	int listener = engine_listen(SOCKET), s, err[2];
	pid_t client;

	CHECK(!pipe(err));
	set.err = err[1];
	s = greet(listener, set, &client);
	close(err[1]);
	memcpy(CMSG_DATA(&control.align), &s, sizeof s);
	CHECK(sendmsg(s, &m, 0) == sizeof h);
	CHECK(exit_code(client) == 125);
	CHECK(strstr(read_all(err[0]), "descriptors"));
}

static void copy_client(const char *to)
{
	static char bytes[8 << 20];
	char from[4200];
	int in, out;
	ssize_t n;

	snprintf(from, sizeof from, "%s/reg", programs);
	in = open(from, O_RDONLY);
	out = open(to, O_WRONLY | O_CREAT, 0755);
	n = read(in, bytes, sizeof bytes);
	CHECK(n > 0 && write(out, bytes, (size_t)n) == n && !close(in) && !close(out));
}

static void script(const char *to, const char *text)
{
	int out = open(to, O_WRONLY | O_CREAT, 0755);

	CHECK(write(out, text, strlen(text)) == (ssize_t)strlen(text) && !close(out));
}

static void nobody_there_asks_the_starter_once(void)
{
	struct setting set = plain;
	char here[1024], wanted[9000];
	int out[2];
	pid_t client;

	SKIP_UNLESS_ROOT();
	CHECK(!mkdir("bin", 0755) && !mkdir("libexec", 0755) && getcwd(here, sizeof here));
	copy_client("bin/reg");
	script("libexec/reg-start", "#!/bin/sh\nfor a in \"$@\"; do echo \"$a\"; done\n");
	CHECK(!unsetenv("REG_HOST") && !unsetenv("REG_ROOT") && !pipe(out));
	set.out = set.err = out[1];
	snprintf(programs, sizeof programs, "%s/bin", here);
	client = CLIENT(&set, "--root", "r", "run", "-c", "a b");
	CHECK(exit_code(client) == 0);
	/* The marked client, a named host, and a caller who is not root start nobody. */
	CHECK(!setenv("REG_STARTED", "1", 1));
	CHECK(exit_code(CLIENT(&set, "--root", "r", "x")) == 125);
	CHECK(!setenv("REG_STARTED", "probe", 1));
	CHECK(exit_code(CLIENT(&set, "--root", "r", "x")) == 1);
	CHECK(!unsetenv("REG_STARTED"));
	use_host("nowhere.sock");
	CHECK(exit_code(CLIENT(&set, "x")) == 125);
	CHECK(!unsetenv("REG_HOST"));
	set.uid = 65534;
	CHECK(exit_code(CLIENT(&set, "--root", "r", "x")) == 125);
	close(out[1]);
	snprintf(wanted, sizeof wanted,
		 "r/run/reg.sock\nr\n%s/bin/reg\nrun\n-c\na b\n"
		 "reg: the engine was started but nobody answers at r/run/reg.sock: see engine.log beside it\n"
		 "reg: no engine answers at nowhere.sock, which REG_HOST names: No such file or directory\n"
		 "reg: no engine answers at r/run/reg.sock: only root can start one, with 'reg engine start'\n",
		 here);
	CHECK(!strcmp(read_all(out[0]), wanted));
}

static void a_crashed_engine_is_started_again_without_leaving_the_program(void)
{
	struct setting set = plain;
	char here[1024];
	int listener, s;
	pid_t client;

	SKIP_UNLESS_ROOT();
	CHECK(!mkdir("bin", 0755) && !mkdir("libexec", 0755) && !mkdir("r", 0755) && !mkdir("r/run", 0755) &&
	      getcwd(here, sizeof here));
	copy_client("bin/reg");
	script("libexec/reg-start", "#!/bin/sh\necho \"$1 $2 $3.\" >>asked\n");
	snprintf(programs, sizeof programs, "%s/bin", here);
	CHECK(!unsetenv("REG_HOST") && !setenv("REG_ROOT", "r", 1));
	listener = engine_listen("r/run/reg.sock");
	client = CLIENT(&set, "run");
	s = engine_greet(listener, &r);
	engine_send(s, REG_CLIENT_STARTED, 0, STARTED, sizeof STARTED);
	unlink("r/run/reg.sock");
	close(listener);
	close(s);
	while (access("asked", F_OK))
		usleep(10000);
	usleep(300000);
	listener = engine_listen("r/run/reg.sock");
	s = attached(listener);
	/* This one says farewell: it is waited for, not replaced. */
	engine_send(s, REG_CLIENT_GOODBYE, 0, NULL, 0);
	unlink("r/run/reg.sock");
	close(listener);
	close(s);
	usleep(300000);
	listener = engine_listen("r/run/reg.sock");
	s = attached(listener);
	engine_exit(s, client, 0);
	CHECK(!strcmp(read_all(open("asked", O_RDONLY)), "r/run/reg.sock r .\n"));
}

static const struct test tests[] = {
	TEST(before_started_a_signal_ends_the_client),
	TEST(from_started_on_signals_are_relayed),
	TEST(suspending_suspends_the_client_itself),
	TEST(a_signal_that_the_caller_ignores_stays_ignored),
	TEST(a_lost_engine_is_waited_for),
	TEST(a_farewell_is_no_end),
	TEST(a_signal_waits_for_the_next_engine),
	TEST(the_second_signal_without_an_engine_ends_the_client),
	TEST(output_flows_while_no_engine_answers),
	TEST(a_conversation_that_ends_before_started_is_a_failure),
	TEST(a_stranger_is_told_nothing),
	TEST(nonsense_is_refused),
	TEST(descriptors_from_the_engine_are_refused),
	TEST(nobody_there_asks_the_starter_once),
	TEST(a_crashed_engine_is_started_again_without_leaving_the_program),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("client_life", argc, argv, tests);
}
