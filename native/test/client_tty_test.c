/*
 * The client between two real terminals: the caller's, which controls the test's own session, and the container's, of which
 * the test keeps the program's side. The test plays engine, launcher and shell.
 */
#include <sys/ioctl.h>
#include <termios.h>

#include "engine.h"

#define PATIENCE_MS 20000

static struct received r;
static int listener, conversation;
static int user, screen;      /* the caller's terminal: its master, and the side that the client has */
static int master, program;   /* the container's */
static struct termios before; /* the caller's settings */
static pid_t client;

static int open_terminal(int *side)
{
	int number, unlocked = 0, m = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	char path[32];

	CHECK(m >= 0 && !ioctl(m, TIOCSPTLCK, &unlocked) && !ioctl(m, TIOCGPTN, &number));
	snprintf(path, sizeof path, "/dev/pts/%d", number);
	*side = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(*side >= 0);
	return m;
}

static void set_size(int terminal, unsigned short rows, unsigned short columns)
{
	struct winsize size = {rows, columns, 0, 0};

	CHECK(!ioctl(terminal, TIOCSWINSZ, &size));
}

static bool has_size(int terminal, unsigned short rows, unsigned short columns)
{
	struct winsize size;

	return !ioctl(terminal, TIOCGWINSZ, &size) && size.ws_row == rows && size.ws_col == columns && !size.ws_ypixel;
}

static bool settings_are(const struct termios *wanted)
{
	struct termios now;

	CHECK(!tcgetattr(screen, &now));
	return now.c_iflag == wanted->c_iflag && now.c_oflag == wanted->c_oflag && now.c_cflag == wanted->c_cflag &&
	       now.c_lflag == wanted->c_lflag && !memcmp(now.c_cc, wanted->c_cc, sizeof now.c_cc);
}

static bool is_raw(void)
{
	struct termios now;

	CHECK(!tcgetattr(screen, &now));
	return !(now.c_lflag & (ICANON | ECHO | ISIG)) && !(now.c_oflag & OPOST);
}

#define EVENTUALLY(condition) \
	do { \
		for (int tries_left = PATIENCE_MS / 5; !(condition) && tries_left; tries_left--) \
			usleep(5000); \
		CHECK(condition); \
	} while (0)

/* Reads exactly this from a terminal's side. */
static void expect(int fd, const char *text, size_t length)
{
	static char got[1 << 17];
	size_t used = 0;
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	while (used < length) {
		CHECK(poll(&ready, 1, PATIENCE_MS) == 1);
		ssize_t n = read(fd, got + used, length - used);
		CHECK(n > 0);
		used += (size_t)n;
	}
	if (memcmp(got, text, length))
		printf("    got \"%.*s\"\n", (int)length, got);
	CHECK(!memcmp(got, text, length));
}
#define EXPECT(fd, text) expect(fd, text, sizeof text - 1)

static bool is_silent(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	return poll(&ready, 1, 100) == 0;
}

static void type(const char *text)
{
	CHECK(write(user, text, strlen(text)) == (ssize_t)strlen(text));
}

/* What a shell does with a job of its own. */
static void be_foreground(void)
{
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(0, getpid());
	signal(SIGTTOU, SIG_DFL);
}

static void be_background(void)
{
	setpgid(0, 0);
}

/* The test becomes a session leader with a terminal; a client is begun on it. */
static void begin(const struct setting *wanted)
{
	struct setting s = *wanted;

	CHECK(setsid() > 0);
	listener = engine_listen(SOCKET);
	user = open_terminal(&screen);
	CHECK(!ioctl(screen, TIOCSCTTY, 0));
	signal(SIGTTOU, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	set_size(user, 33, 99);
	CHECK(!tcgetattr(screen, &before));
	use_host(SOCKET);
	s.in = s.in == -1 ? screen : s.in;
	s.out = s.out == -1 ? screen : s.out;
	s.err = s.err == -1 ? screen : s.err;
	s.prepare = s.prepare ? s.prepare : be_foreground;
	client = CLIENT(&s, "run");
	conversation = engine_greet(listener, &r);
	engine_forget(&r);
}

/* Asks for a terminal; returns the socket to send it through. */
static int ask(void)
{
	uint32_t error;
	uint16_t cells[2];
	int type_of = 0;
	socklen_t size = sizeof type_of;

	engine_send(conversation, REG_CLIENT_TERMINAL, 77, NULL, 0);
	CHECK(engine_receive(conversation, &r) && r.type == REG_CLIENT_SIZE && r.arg == 77 && r.length == 8 && r.n == 1);
	memcpy(&error, r.bytes, 4);
	memcpy(cells, r.bytes + 4, 4);
	CHECK(!error && cells[0] == 33 && cells[1] == 99);
	CHECK(!getsockopt(r.fds[0], SOL_SOCKET, SO_TYPE, &type_of, &size) && type_of == SOCK_SEQPACKET);
	return r.fds[0];
}

static void hand_over(int socket)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec part = {"", 1};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};

	master = open_terminal(&program);
	memcpy(CMSG_DATA(&control.header), &master, sizeof master);
	CHECK(sendmsg(socket, &m, MSG_NOSIGNAL) == 1);
	close(master);
	close(socket);
}

/* The program's side has these of its local modes; everything else is as for raw bytes. */
static void start(tcflag_t local)
{
	struct termios t;

	hand_over(ask());
	CHECK(!tcgetattr(program, &t));
	cfmakeraw(&t);
	t.c_lflag |= local;
	CHECK(!tcsetattr(program, TCSANOW, &t));
	CHECK(settings_are(&before)); /* nothing is changed before the program runs */
	engine_send(conversation, REG_CLIENT_STARTED, 0, "id\0token", 9);
}

static void begin_session(const struct setting *s)
{
	begin(s);
	start(0);
}

static void end(int code)
{
	engine_exit(conversation, client, code);
	CHECK(settings_are(&before));
	CHECK(!(fcntl(screen, F_GETFL) & O_NONBLOCK));
}

static int wait_status(int options)
{
	int status;

	CHECK(waitpid(client, &status, options) == client);
	return status;
}

static void bytes_go_both_ways_and_settings_come_back(void)
{
	begin_session(&plain);
	EVENTUALLY(is_raw());
	EVENTUALLY(has_size(program, 33, 99));
	type("a\x03\x1a\r");
	EXPECT(program, "a\x03\x1a\r");
	CHECK(write(program, "x\ny\r\n\x00\xff", 7) == 7);
	EXPECT(user, "x\ny\r\n\x00\xff");
	end(42);
}

static void the_size_follows(void)
{
	begin_session(&plain);
	EVENTUALLY(has_size(program, 33, 99));
	set_size(user, 50, 132);
	EVENTUALLY(has_size(program, 50, 132));
	end(0);
}

static void all_output_is_shown_before_the_end(void)
{
	static char text[20000]; /* less than a terminal holds, however small the pieces: nobody reads before the end */

	begin_session(&plain);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)i;
	CHECK(write(program, text, sizeof text) == (ssize_t)sizeof text);
	engine_send(conversation, REG_CLIENT_EXIT, 3, NULL, 0);
	expect(user, text, sizeof text);
	CHECK(exit_code(client) == 3 && settings_are(&before));
}

/* The guard is the client's only child. */
static pid_t guard_of(pid_t pid)
{
	char path[64], text[32] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && read(fd, text, sizeof text - 1) >= 0);
	close(fd);
	return atoi(text);
}

static bool is_gone(pid_t pid)
{
	char path[64], line[256] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	(void)!read(fd, line, sizeof line - 1);
	close(fd);
	return !*line || strrchr(line, ')')[2] == 'Z'; /* an orphan's zombie is up to the host's init */
}

static void a_killed_client_leaves_the_terminal_as_it_was(void)
{
	pid_t guard;

	begin_session(&plain);
	EVENTUALLY(is_raw());
	guard = guard_of(client);
	CHECK(guard > 0 && getpgid(guard) == guard);
	CHECK(!kill(-client, SIGKILL)); /* the whole group, as a shell would */
	CHECK(WTERMSIG(wait_status(0)) == SIGKILL);
	EVENTUALLY(settings_are(&before));
	EVENTUALLY(is_gone(guard));
	/* The program's terminal has hung up. */
	struct pollfd gone = {.fd = program, .events = POLLIN};
	CHECK(poll(&gone, 1, PATIENCE_MS) == 1 && gone.revents & POLLHUP);
}

static void what_others_set_since_is_theirs(void)
{
	struct termios theirs;
	pid_t guard;

	begin_session(&plain);
	EVENTUALLY(is_raw());
	guard = guard_of(client);
	theirs = before;
	theirs.c_lflag &= ~(tcflag_t)ECHO;
	CHECK(!tcsetattr(screen, TCSANOW, &theirs) && !kill(client, SIGKILL));
	wait_status(0);
	EVENTUALLY(is_gone(guard));
	CHECK(settings_are(&theirs));
}

/* A process that leads a session on the container's terminal, as its program does. */
static pid_t lead(void (*disposition)(int), bool job)
{
	int ready[2];
	char byte;
	pid_t pid;

	CHECK(!pipe(ready));
	pid = fork();
	if (!pid) {
		setsid();
		signal(SIGHUP, SIG_DFL);
		signal(SIGTSTP, job ? SIG_DFL : disposition);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (ioctl(program, TIOCSCTTY, 0))
			_exit(1);
		if (job) {
			pid_t child = fork();
			if (!child) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				for (;;)
					pause();
			}
			signal(SIGTSTP, disposition);
			setpgid(child, child);
			signal(SIGTTOU, SIG_IGN);
			tcsetpgrp(program, child);
		}
		(void)!write(ready[1], "", 1);
		for (;;)
			pause();
	}
	CHECK(pid > 0 && read(ready[0], &byte, 1) == 1);
	return pid;
}

/* The program's terminal interprets what is typed, without echo. */
static void interpret(void)
{
	struct termios t;

	CHECK(!tcgetattr(program, &t));
	t.c_lflag |= ISIG | NOFLSH;
	CHECK(!tcsetattr(program, TCSANOW, &t));
}

static void a_stop_that_would_be_lost_stops_the_client(void)
{
	begin_session(&plain);
	lead(SIG_DFL, false);
	interpret();
	EVENTUALLY(is_raw());
	type("ab\x1a" "cd");
	CHECK(WSTOPSIG(wait_status(WUNTRACED)) == SIGTSTP);
	CHECK(settings_are(&before));
	EXPECT(program, "ab");
	CHECK(is_silent(program));
	set_size(user, 20, 40);
	CHECK(!kill(client, SIGCONT));
	EXPECT(program, "cd");
	EVENTUALLY(is_raw());
	EVENTUALLY(has_size(program, 20, 40));
	end(0);
}

static void a_shell_in_the_container_gets_its_stops(void)
{
	begin_session(&plain);
	lead(SIG_IGN, false);
	interpret();
	EVENTUALLY(is_raw());
	type("a\x1a" "b"); /* ignored, as it is by a shell at its prompt */
	EXPECT(program, "ab");
	end(0);
}

static void a_job_in_the_container_is_stopped_by_its_terminal(void)
{
	pid_t shell, job;
	char state[64] = "", path[64];

	begin_session(&plain);
	shell = lead(SIG_IGN, true);
	job = guard_of(shell); /* its only child */
	CHECK(job > 0);
	interpret();
	EVENTUALLY(is_raw());
	type("\x1a");
	snprintf(path, sizeof path, "/proc/%d/stat", job);
	for (int tries = PATIENCE_MS / 5; tries; tries--) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		CHECK(fd >= 0 && read(fd, state, sizeof state - 1) > 0);
		close(fd);
		if (strrchr(state, ')')[2] == 'T')
			break;
		usleep(5000);
	}
	CHECK(strrchr(state, ')')[2] == 'T');
	end(0);
}

static void a_quoted_stop_is_a_byte(void)
{
	struct termios t;

	begin_session(&plain);
	lead(SIG_DFL, false);
	CHECK(!tcgetattr(program, &t));
	t.c_lflag |= ISIG | ICANON | IEXTEN;
	CHECK(!tcsetattr(program, TCSANOW, &t));
	EVENTUALLY(is_raw());
	type("\x16\x1a\n");
	EXPECT(program, "\x1a\n");
	end(0);
}

static void a_stop_signal_suspends_the_client_alone(void)
{
	begin_session(&plain);
	EVENTUALLY(is_raw());
	CHECK(!kill(client, SIGTSTP));
	CHECK(WSTOPSIG(wait_status(WUNTRACED)) == SIGTSTP && settings_are(&before));
	CHECK(!kill(client, SIGCONT));
	EVENTUALLY(is_raw());
	type("x");
	EXPECT(program, "x");
	end(0);
}

static void a_client_in_the_background_leaves_the_terminal_alone(void)
{
	struct setting s = plain;

	s.prepare = be_background;
	begin_session(&s);
	CHECK(write(program, "out", 3) == 3);
	EXPECT(user, "out");
	type("mine\n");
	CHECK(is_silent(program) && settings_are(&before));
	CHECK(!tcsetpgrp(screen, client));
	EVENTUALLY(is_raw());
	EXPECT(program, "mine\n");
	end(0);
}

static void a_terminal_that_is_gone_hangs_the_programs_up(void)
{
	begin_session(&plain);
	EVENTUALLY(is_raw());
	close(user);
	close(screen);
	struct pollfd gone = {.fd = program, .events = POLLIN};
	CHECK(poll(&gone, 1, PATIENCE_MS) == 1 && gone.revents & POLLHUP);
	engine_exit(conversation, client, 129);
}

static void input_that_ends_is_ended_by_the_terminal(void)
{
	struct setting s = plain;
	int ends[2];
	char line[16];

	CHECK(!pipe(ends));
	s.in = ends[0];
	begin(&s);
	start(ICANON);
	CHECK(settings_are(&before));
	CHECK(write(ends[1], "one\ntwo", 7) == 7);
	close(ends[1]);
	EXPECT(program, "one\n");
	EXPECT(program, "two");
	CHECK(read(program, line, sizeof line) == 0);
	end(0);
}

static void input_that_a_terminal_did_not_take_stays_in_its_file(void)
{
	static char text[300000];
	struct setting s = plain;
	int file = open("input", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	off_t at;

	memset(text, 'x', sizeof text);
	CHECK(file >= 0 && write(file, text, sizeof text) == (ssize_t)sizeof text && !lseek(file, 0, SEEK_SET));
	s.in = file;
	begin_session(&s);
	EXPECT(program, "xxxx");
	end(0);
	at = lseek(file, 0, SEEK_CUR);
	CHECK(at >= 4 && at < (off_t)sizeof text);
}

static void output_to_a_pipe_that_nobody_reads_any_more(void)
{
	struct setting s = plain;
	int ends[2];

	CHECK(!pipe2(ends, O_CLOEXEC));
	s.out = ends[1];
	begin_session(&s);
	close(ends[1]);
	CHECK(write(program, "one", 3) == 3);
	EXPECT(ends[0], "one");
	EVENTUALLY(is_raw());
	close(ends[0]);
	CHECK(write(program, "two", 3) == 3);
	struct pollfd gone = {.fd = program, .events = POLLIN};
	CHECK(poll(&gone, 1, PATIENCE_MS) == 1 && gone.revents & POLLHUP);
	EVENTUALLY(settings_are(&before)); /* the program may go on for long */
	EXPECT(user, "reg: writing to standard output: Broken pipe\r\n");
	engine_send(conversation, REG_CLIENT_EXIT, 0, NULL, 0);
	CHECK(exit_code(client) == 125);
}

static void lines_of_the_engine_are_lines_on_a_raw_terminal(void)
{
	begin_session(&plain);
	EVENTUALLY(is_raw());
	engine_send(conversation, REG_CLIENT_OUT, 2, "a\nb", 3);
	EXPECT(user, "a\r\nb");
	end(0);
}

static void a_terminal_that_does_not_arrive_is_said(void)
{
	begin(&plain);
	close(ask());
	engine_send(conversation, REG_CLIENT_STARTED, 0, "id\0token", 9);
	EXPECT(user, "reg: the container's terminal did not arrive: ");
	CHECK(exit_code(client) == 125 && settings_are(&before));
}

static void a_start_that_fails_leaves_the_terminal_alone(void)
{
	begin(&plain);
	hand_over(ask());
	engine_send(conversation, REG_CLIENT_OUT, 2, "reg: no\n", 8);
	end(127);
	EXPECT(user, "reg: no\r\n");
}

static void the_session_goes_on_without_the_engine(void)
{
	begin_session(&plain);
	EVENTUALLY(is_raw());
	close(conversation);
	type("x");
	EXPECT(program, "x");
	CHECK(write(program, "y", 1) == 1);
	EXPECT(user, "y");
	conversation = engine_accept(listener);
	CHECK(engine_receive(conversation, &r) && r.type == REG_CLIENT_ATTACH && !memcmp(r.bytes, "id\0token", r.length));
	type("z");
	EXPECT(program, "z");
	end(5);
}

static void a_program_may_close_its_terminal_and_open_it_again(void)
{
	char path[64], name[64] = "";

	begin_session(&plain);
	EVENTUALLY(is_raw());
	snprintf(path, sizeof path, "/proc/self/fd/%d", program);
	CHECK(readlink(path, name, sizeof name - 1) > 0);
	close(program);
	usleep(50000);
	program = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(program >= 0 && write(program, "again", 5) == 5);
	EXPECT(user, "again");
	type("x");
	EXPECT(program, "x");
	end(0);
}

static const struct test tests[] = {
	TEST(bytes_go_both_ways_and_settings_come_back),
	TEST(the_size_follows),
	TEST(all_output_is_shown_before_the_end),
	TEST(a_killed_client_leaves_the_terminal_as_it_was),
	TEST(what_others_set_since_is_theirs),
	TEST(a_stop_that_would_be_lost_stops_the_client),
	TEST(a_shell_in_the_container_gets_its_stops),
	TEST(a_job_in_the_container_is_stopped_by_its_terminal),
	TEST(a_quoted_stop_is_a_byte),
	TEST(a_stop_signal_suspends_the_client_alone),
	TEST(a_client_in_the_background_leaves_the_terminal_alone),
	TEST(a_terminal_that_is_gone_hangs_the_programs_up),
	TEST(input_that_ends_is_ended_by_the_terminal),
	TEST(input_that_a_terminal_did_not_take_stays_in_its_file),
	TEST(output_to_a_pipe_that_nobody_reads_any_more),
	TEST(lines_of_the_engine_are_lines_on_a_raw_terminal),
	TEST(a_terminal_that_does_not_arrive_is_said),
	TEST(a_start_that_fails_leaves_the_terminal_alone),
	TEST(the_session_goes_on_without_the_engine),
	TEST(a_program_may_close_its_terminal_and_open_it_again),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("client_tty", argc, argv, tests);
}
