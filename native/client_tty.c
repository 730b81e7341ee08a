/*
 * The container's terminal as its client has it: the master side, which came through a socket of the client's own, between
 * the caller's input and output. Engine and launcher see none of the bytes. See ARCHITECTURE.md, "Terminals".
 *
 * The caller's descriptors are shared with others, so O_NONBLOCK is never set on them: terminals and pipes are opened once
 * more instead, and where that is not allowed, writes are small and follow poll(2).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "client.h"

/* How often to look whether a client in the background has become the foreground, or a closed terminal was opened again. */
#define LOOK_MS 200
/* What a pipe that poll(2) calls writable takes without blocking (PIPE_BUF). */
#define SMALL 4096
/* More than the kernel keeps of a terminal's output (64 KiB, and 4 in the line discipline). */
#define DRAIN_MAX (1 << 18)

struct buffer {
	char bytes[1 << 16];
	size_t at, end;
};

static struct {
	int offer;  /* our end of the socket pair; -1: nobody asked for a terminal */
	int master; /* -1: not there, or given up */
	int in, out;
	bool terminal; /* standard input is one */
	bool reading;  /* the caller's input is ours */
	bool ended;    /* there is no more of it */
	bool literal;  /* the last byte makes the terminal take the next one as it is */
	bool partial;  /* the last byte was not the end of a line */
	bool closed;   /* no process has the terminal open */
	bool small;    /* writing to `out` may block */
} y = {.offer = -1, .master = -1};
static struct buffer typed, shown;

static bool find_size(struct winsize *size)
{
	static const int likely[3] = {1, 0, 2};

	memset(size, 0, sizeof *size);
	for (int i = 0; i < 3; i++)
		if (!ioctl(likely[i], TIOCGWINSZ, size))
			return true;
	return false;
}

bool answer_terminal(int sock, const struct message *m)
{
	int ends[2] = {-1, -1};
	uint32_t error = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) ? (uint32_t)errno : 0;
	struct winsize size;
	uint16_t cells[2];
	bool sent;

	(void)find_size(&size);
	cells[0] = size.ws_row;
	cells[1] = size.ws_col;
	sent = send_message(sock, REG_CLIENT_SIZE, m->arg, &error, cells, sizeof cells, &ends[1], error ? 0 : 1);
	if (y.offer >= 0)
		close(y.offer);
	y.offer = ends[0];
	if (!error)
		close(ends[1]);
	return sent;
}

bool tty_expected(void)
{
	return y.offer >= 0;
}

static int receive_master(void)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	int fd;

	/* It was sent before the program was executed, and that before the engine told of it. */
	if (recvmsg(y.offer, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return -1;
	if (message.msg_flags & MSG_CTRUNC || message.msg_controllen < CMSG_LEN(sizeof fd) ||
	    control.align.cmsg_level != SOL_SOCKET || control.align.cmsg_type != SCM_RIGHTS) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(&fd, CMSG_DATA(&control.align), sizeof fd);
	return fd;
}

/* A second open file of the same terminal or pipe, which may be non-blocking; or the descriptor itself. */
static int reopen(int fd, int mode)
{
	static char path[] = "/proc/self/fd/0";
	unsigned number;
	struct stat s;
	int own;

	/* Opening a master makes another terminal. */
	if (fstat(fd, &s) || !(S_ISFIFO(s.st_mode) || (isatty(fd) && ioctl(fd, TIOCGPTN, &number))))
		return fd;
	path[sizeof path - 2] = (char)('0' + fd);
	own = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own < 0 ? fd : own;
}

static void set_size(bool redraw)
{
	struct winsize size, other;

	if (y.master < 0 || !find_size(&size))
		return;
	/* The kernel signals a change only; programs that are to draw their screen again get one that does not show. */
	other = size;
	other.ws_ypixel ^= 1;
	if (redraw)
		(void)ioctl(y.master, TIOCSWINSZ, &other);
	(void)ioctl(y.master, TIOCSWINSZ, &size);
}

static void take_input(void)
{
	y.reading = !y.terminal || raw_enter();
}

static bool take_master(void)
{
	struct stat s;
	int master = receive_master();

	if (master < 0 || fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK))
		return false;
	y.master = master;
	y.terminal = isatty(0);
	y.out = reopen(1, O_WRONLY);
	y.small = y.out == 1 && (fstat(1, &s) || !S_ISREG(s.st_mode));
	return true;
}

void tty_begin(void)
{
	bool taken = take_master();
	int error = errno;

	close(y.offer);
	y.offer = -1;
	if (!taken) {
		SAY("the container's terminal did not arrive: ", strerror(error));
		finish(REG_EXIT_FAILED);
	}
	y.in = stdio_input();
	if (!y.in)
		y.in = reopen(0, O_RDONLY);
	set_size(false);
	take_input();
}

bool tty_open(void)
{
	return y.master >= 0;
}

/* The program is told as by a terminal that is gone: the kernel hangs up when nobody has the master any more. */
static void hang_up(void)
{
	close(y.master);
	y.master = -1;
	typed.at = typed.end = shown.at = shown.end = 0;
	raw_leave();
}

/* A process that does as it is told by a signal, and not even that (/proc/PID/status, SigIgn). */
static bool ignores_stop(pid_t pid)
{
	char path[32] = "/proc/", digits[12], status[4096], *digit = digits + sizeof digits - 1, *line;
	int fd;
	ssize_t n;
	unsigned nibble;

	*digit = 0;
	for (; pid > 0; pid /= 10)
		*--digit = (char)('0' + pid % 10);
	if (!JOIN(path, sizeof path, "/proc/", digit, "/status"))
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, status, sizeof status - 1);
	if (fd >= 0)
		close(fd);
	status[n < 0 ? 0 : n] = 0;
	line = strstr(status, "\nSigIgn:\t");
	/* Sixteen hexadecimal digits, the last for signals 1 to 4; SIGTSTP is 20. */
	if (!line || strlen(line) < 9 + 16)
		return true;
	nibble = (unsigned char)line[9 + 15 - (SIGTSTP - 1) / 4];
	nibble = nibble >= 'a' ? nibble - 'a' + 10 : nibble - '0';
	return nibble >> (SIGTSTP - 1) % 4 & 1;
}

/*
 * Whether the container's terminal would send SIGTSTP for it in vain: the kernel stops no group that nobody in its session
 * could continue, and the session leader's is one. Natively the caller's shell could, so then it is the client that stops.
 * A shell in the container ignores the signal and controls jobs of other groups.
 */
static bool suspends(const struct termios *t, unsigned char byte)
{
	pid_t group, session;

	if (!(t->c_lflag & ISIG) || byte != t->c_cc[VSUSP] || byte == _POSIX_VDISABLE)
		return false;
	/* Both are 0 for a client in a pid namespace that does not have them. */
	if (ioctl(y.master, TIOCGPGRP, &group) || ioctl(y.master, TIOCGSID, &session) || group <= 0 || group != session)
		return false;
	return !ignores_stop(session);
}

/* How many of the bytes come before one that suspends the client; all of them when none does. */
static size_t before_suspension(const char *bytes, size_t length)
{
	struct termios t;

	if (!y.terminal || tcgetattr(y.master, &t))
		return length;
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (!y.literal && suspends(&t, byte))
			return i;
		y.literal = !y.literal && (t.c_lflag & ICANON) && (t.c_lflag & IEXTEN) && byte == t.c_cc[VLNEXT] &&
			    byte != _POSIX_VDISABLE;
	}
	return length;
}

void tty_continued(void)
{
	if (!tty_open())
		return;
	take_input();
	set_size(true);
}

void tty_suspend(bool group)
{
	raw_suspend(group);
	tty_continued();
}

void tty_resized(void)
{
	set_size(false);
}

/* What ends the program's input on a terminal: its end-of-file character, once more when that only ends a line. */
static void end_input(void)
{
	struct termios t;

	y.ended = true;
	if (y.terminal) {
		hang_up();
		return;
	}
	if (tcgetattr(y.master, &t) || t.c_cc[VEOF] == _POSIX_VDISABLE)
		return;
	typed.bytes[0] = typed.bytes[1] = (char)t.c_cc[VEOF];
	typed.at = 0;
	typed.end = y.partial ? 2 : 1;
}

static void read_input(short events)
{
	ssize_t n = read(y.in, typed.bytes, sizeof typed.bytes);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Somebody has made the terminal take lines again, and an end-of-file character came: not its end. */
	if (n == 0 && y.terminal && !(events & POLLHUP))
		return;
	if (n <= 0) {
		end_input();
		return;
	}
	y.partial = typed.bytes[n - 1] != '\n';
	typed.at = 0;
	typed.end = (size_t)n;
}

/* Gives the program what was typed, up to what suspends the client. */
static void write_input(void)
{
	while (typed.at < typed.end) {
		size_t length = before_suspension(typed.bytes + typed.at, typed.end - typed.at);
		ssize_t n;

		if (!length) {
			typed.at++;
			tty_suspend(true);
			continue;
		}
		n = write(y.master, typed.bytes + typed.at, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) /* nobody has the terminal open: there is nowhere to type to */
			n = (ssize_t)length;
		if (n <= 0)
			return;
		typed.at += (size_t)n;
	}
}

static void read_master(void)
{
	while (shown.end < sizeof shown.bytes) {
		ssize_t n = read(y.master, shown.bytes + shown.end, sizeof shown.bytes - shown.end);

		if (n > 0) {
			shown.end += (size_t)n;
			y.closed = false;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		y.closed = n == 0 || errno != EAGAIN;
		return;
	}
}

static void write_output(void)
{
	while (shown.at < shown.end) {
		size_t left = shown.end - shown.at;
		ssize_t n = write(y.out, shown.bytes + shown.at, y.small && left > SMALL ? SMALL : left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			stdio_lose(1, errno);
			hang_up();
			return;
		}
		shown.at += (size_t)n;
		if (y.small)
			break;
	}
	if (shown.at == shown.end)
		shown.at = shown.end = 0;
}

void tty_wait(struct pollfd events[TTY_EVENTS])
{
	bool input = typed.at < typed.end, output = shown.at < shown.end;

	events[0] = (struct pollfd){.fd = y.reading && !y.ended && !input ? y.in : -1, .events = POLLIN};
	events[1] = (struct pollfd){.fd = y.closed || (output && !input) ? -1 : y.master,
				    .events = (short)((input ? POLLOUT : 0) | (output ? 0 : POLLIN))};
	events[2] = (struct pollfd){.fd = output ? y.out : -1, .events = POLLOUT};
}

int tty_patience(void)
{
	return tty_open() && (y.closed || !y.reading) ? LOOK_MS : -1;
}

void tty_step(const struct pollfd events[TTY_EVENTS])
{
	if (!y.reading)
		take_input();
	if (events[0].revents)
		read_input(events[0].revents);
	if (y.master >= 0 && (events[0].revents || events[1].revents & (POLLOUT | POLLHUP | POLLERR)))
		write_input();
	if (y.master >= 0 && shown.at == shown.end && (y.closed || events[1].revents & (POLLIN | POLLHUP | POLLERR)))
		read_master();
	if (y.master >= 0 && shown.at < shown.end)
		write_output();
}

void tty_finish(void)
{
	sigset_t ending;

	/* A program that ends at once has ended before anybody could say that it runs. */
	if (y.offer >= 0 && take_master())
		read_master();
	if (shown.end && y.terminal)
		(void)raw_enter();
	/* Whoever waits for a terminal that is stopped can be told not to. */
	if (tty_open()) {
		sigemptyset(&ending);
		sigaddset(&ending, SIGTERM);
		sigaddset(&ending, SIGHUP);
		sigprocmask(SIG_UNBLOCK, &ending, NULL);
	}
	/* Reading brings up what the program wrote before it ended; what still runs may write for ever. */
	for (size_t drained = 0; y.master >= 0 && drained < DRAIN_MAX;) {
		struct pollfd writable = {.fd = y.out, .events = POLLOUT};

		if (shown.at == shown.end) {
			read_master();
			if (shown.at == shown.end)
				break;
			drained += shown.end;
		}
		(void)poll(&writable, 1, -1);
		write_output();
	}
	raw_finish();
}
