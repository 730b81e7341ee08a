/*
 * Two real terminals: the caller's, which controls the test's own session, and the container's, of which the test keeps the
 * program's side. The test plays engine, launcher and shell.
 */
#ifndef REG_TEST_TERMINALS_H
#define REG_TEST_TERMINALS_H

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

static inline int open_terminal(int *side)
{
	int number, unlocked = 0, m = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	char path[32];

	CHECK(m >= 0 && !ioctl(m, TIOCSPTLCK, &unlocked) && !ioctl(m, TIOCGPTN, &number));
	snprintf(path, sizeof path, "/dev/pts/%d", number);
	*side = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(*side >= 0);
	return m;
}

static inline void set_size(int terminal, unsigned short rows, unsigned short columns)
{
	struct winsize size = {rows, columns, 0, 0};

	CHECK(!ioctl(terminal, TIOCSWINSZ, &size));
}

static inline bool has_size(int terminal, unsigned short rows, unsigned short columns)
{
	struct winsize size;

	return !ioctl(terminal, TIOCGWINSZ, &size) && size.ws_row == rows && size.ws_col == columns && !size.ws_ypixel;
}

static inline bool settings_are(const struct termios *wanted)
{
	struct termios now;

	CHECK(!tcgetattr(screen, &now));
	return now.c_iflag == wanted->c_iflag && now.c_oflag == wanted->c_oflag && now.c_cflag == wanted->c_cflag &&
	       now.c_lflag == wanted->c_lflag && !memcmp(now.c_cc, wanted->c_cc, sizeof now.c_cc);
}

static inline bool is_raw(void)
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
static inline void expect(int fd, const char *text, size_t length)
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

static inline bool is_silent(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	return poll(&ready, 1, 100) == 0;
}

static inline void type(const char *text)
{
	CHECK(write(user, text, strlen(text)) == (ssize_t)strlen(text));
}

/* What a shell does with a job of its own. */
static inline void be_foreground(void)
{
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(0, getpid());
	signal(SIGTTOU, SIG_DFL);
}

static inline void be_background(void)
{
	setpgid(0, 0);
}

/* The test becomes a session leader with a terminal; a client is begun on it. */
static inline void begin(const struct setting *wanted)
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
static inline int ask(void)
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

static inline void hand_over(int socket)
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
static inline void start(tcflag_t local)
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

static inline void begin_session(const struct setting *s)
{
	begin(s);
	start(0);
}

static inline void end(int code)
{
	engine_exit(conversation, client, code);
	CHECK(settings_are(&before));
	CHECK(!(fcntl(screen, F_GETFL) & O_NONBLOCK));
}

static inline int wait_status(int options)
{
	int status;

	CHECK(waitpid(client, &status, options) == client);
	return status;
}

/* The guard is the client's only child. */
static inline pid_t guard_of(pid_t pid)
{
	char path[64], text[32] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && read(fd, text, sizeof text - 1) >= 0);
	close(fd);
	return atoi(text);
}

static inline bool is_gone(pid_t pid)
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

#endif
