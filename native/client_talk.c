#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

#define RETRY_MS 100

static const int relayed[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH, SIGALRM};
#define RELAYED (sizeof relayed / sizeof *relayed)

static struct {
	const struct engine *engine;
	int sock;    /* -1: no engine answers */
	int signals; /* signalfd once STARTED, else -1 */
	bool heard;  /* the engine has begun what it was asked for: it said something */
	bool unread; /* it went without having read all that was sent to it */
	bool again;  /* what was asked for is to be asked of another engine */
	bool started;
	bool goodbye;	  /* the engine stopped on purpose */
	bool starter_ran; /* for this loss of the engine */
	int starter;	  /* pid of a starter under way, or -1 */
	int64_t retry_at; /* milliseconds, monotonic */
	uint64_t waiting; /* signals to relay to the next engine, bit n for signal n */
	unsigned asked;	  /* INT and TERM since the engine was lost */
	char id[128];
	char token[512];
} t = {.sock = -1, .signals = -1, .starter = -1};

_Noreturn void finish(int code)
{
	tty_finish();
	code = stdio_finish(copy_finish(code));
	if (t.started)
		stdio_restore();
	_exit(code);
}

static int64_t now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* From now on signals are the program's, and nothing but the engine's word ends the client. */
static void take_signals(void)
{
	sigset_t set;

	if (t.signals >= 0)
		return;
	sigemptyset(&set);
	for (unsigned i = 0; i < RELAYED; i++)
		sigaddset(&set, relayed[i]);
	if (tty_expected())
		sigaddset(&set, SIGTSTP);
	t.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t.signals < 0) {
		SAY("signals cannot be relayed to container ", t.id, ": ", strerror(errno));
		return;
	}
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/*
 * A request that was not read was not begun, nor one that is answered with GOODBYE alone. Of any other nobody knows how far
 * it came, and it is not given twice.
 */
static void lose_engine(void)
{
	if (!t.started) {
		t.again = !t.heard && (t.goodbye || t.unread);
		if (t.again)
			return;
		if (t.goodbye)
			SAY("the engine at ", t.engine->path, " stopped before this command was done; give it again");
		else
			SAY("the engine at ", t.engine->path, " ended the conversation before its answer: see engine.log beside it");
		finish(REG_EXIT_FAILED);
	}
	close(t.sock);
	t.sock = -1;
	t.starter_ran = false;
	t.asked = 0;
	t.retry_at = now() + RETRY_MS;
}

static void send_signal(uint32_t number)
{
	struct reg_header header = {REG_CLIENT_SIGNAL, number};

	/* An engine that does not read must not make the client deaf. */
	if (t.sock < 0 || send(t.sock, &header, sizeof header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		t.waiting |= 1ull << number;
}

static void send_waiting_signals(void)
{
	uint64_t waiting = t.waiting;

	t.waiting = 0;
	for (uint32_t n = 1; n < 64; n++)
		if (waiting & (1ull << n))
			send_signal(n);
}

/* A blocked signal arrives even when the caller (nohup, a shell's background job) had it ignored. */
static bool ignored(int number)
{
	struct sigaction action;

	return !sigaction(number, NULL, &action) && action.sa_handler == SIG_IGN;
}

/* What a terminal of the container's own tells its programs itself. */
static bool is_for_terminal(int number)
{
	if (number == SIGTSTP) {
		tty_suspend(false);
		return true;
	}
	if (number == SIGCONT)
		tty_continued();
	else if (number == SIGWINCH)
		tty_resized();
	return number == SIGWINCH && tty_open();
}

static void relay_signals(void)
{
	struct signalfd_siginfo info;

	while (read(t.signals, &info, sizeof info) == (ssize_t)sizeof info) {
		int number = (int)info.ssi_signo;

		if (number < 1 || number > 63 || ignored(number) || is_for_terminal(number))
			continue;
		send_signal((uint32_t)number);
		if (t.sock >= 0 || (number != SIGINT && number != SIGTERM))
			continue;
		if (t.asked++) {
			SAY("no engine answers at ", t.engine->path, "; left container ", t.id, " alone");
			finish(REG_EXIT_FAILED);
		}
		SAY("no engine answers: the signal waits for one; send it again to leave");
	}
}

/* STARTED's strings outlive the message: ATTACH repeats them. */
static const char *remember(const struct message *m)
{
	if (!JOIN(t.id, sizeof t.id, m->text) || !JOIN(t.token, sizeof t.token, m->token))
		return "an id or token that is too long";
	t.started = true;
	take_signals();
	if (tty_expected())
		tty_begin();
	return NULL;
}

static bool attach(void)
{
	char payload[sizeof t.id + sizeof t.token];
	size_t id = strlen(t.id) + 1, token = strlen(t.token) + 1;

	memcpy(payload, t.id, id);
	memcpy(payload + id, t.token, token);
	return send_message(t.sock, REG_CLIENT_ATTACH, REG_CLIENT_VERSION, NULL, payload, id + token, NULL, 0);
}

/* The starter runs in a child, once for each engine that was lost without a farewell. */
static void start_engine(void)
{
	int status;

	if (t.starter > 0 && waitpid(t.starter, &status, WNOHANG) == t.starter)
		t.starter = -1;
	if (t.goodbye || t.starter_ran || t.starter > 0 || t.engine->given || geteuid())
		return;
	t.starter_ran = true;
	t.starter = engine_start_beside(t.engine);
}

static void reconnect(void)
{
	t.sock = engine_connect(t.engine);
	if (t.sock < 0 && errno == EPERM)
		finish(REG_EXIT_FAILED);
	if (t.sock < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			start_engine();
		t.retry_at = now() + RETRY_MS;
	} else if (!attach()) {
		lose_engine();
	} else {
		t.goodbye = false;
		send_waiting_signals();
	}
}

/* For `engine stop`: what the engine held open is closed when its process has ended, not before. */
static _Noreturn void finish_with_engine(int code)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	struct pollfd process = {.fd = -1, .events = POLLIN};
	char byte;

	/* A socket that came from a service manager has its pid, 1: then the connection's end has to do. */
	if (!getsockopt(t.sock, SOL_SOCKET, SO_PEERCRED, &peer, &size) && peer.pid > 1)
		process.fd = (int)syscall(SYS_pidfd_open, peer.pid, 0);
	while (recv(t.sock, &byte, 1, 0) > 0 || errno == EINTR)
		errno = 0;
	while (process.fd >= 0 && poll(&process, 1, -1) < 0 && errno == EINTR)
		;
	finish(code);
}

static const char *obey(const struct message *m)
{
	bool answered = true;

	t.heard = t.heard || (m->type && m->type != REG_CLIENT_GOODBYE);
	switch (m->type) {
	case REG_CLIENT_OUT:
		text_write((int)m->arg, (const char *)m->bytes, m->length);
		break;
	case REG_CLIENT_OPEN:
		answered = answer_open(t.sock, m);
		break;
	case REG_CLIENT_GETENV:
		answered = answer_variable(t.sock, m);
		break;
	case REG_CLIENT_TERMINAL:
		answered = answer_terminal(t.sock, m);
		break;
	case REG_CLIENT_LIST:
		answered = answer_list(t.sock, m);
		break;
	case REG_CLIENT_READ:
		answered = answer_read(t.sock, m);
		break;
	case REG_CLIENT_RENAME:
		answered = answer_rename(t.sock, m);
		break;
	case REG_CLIENT_COPY:
		answered = answer_copy(t.sock, m);
		break;
	case REG_CLIENT_STARTED:
		return remember(m);
	case REG_CLIENT_EXIT:
		finish((int)m->arg);
	case REG_CLIENT_FAREWELL:
		finish_with_engine((int)m->arg);
	case REG_CLIENT_GOODBYE:
		t.goodbye = true;
		lose_engine();
		break;
	default:
		break;
	}
	/* The answer's failure is the connection's: what the engine still said is read first. */
	(void)answered;
	return NULL;
}

static void receive(int flags)
{
	static _Alignas(8) uint8_t buffer[REG_MESSAGE_MAX];
	struct iovec part = {buffer, sizeof buffer};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct message m;
	const char *wrong;
	ssize_t n = recvmsg(t.sock, &message, flags);

	/* A peer that closed with our bytes unread answers ECONNRESET once, and then what it had said before. */
	if (n < 0 && errno == ECONNRESET) {
		t.unread = true;
		n = recvmsg(t.sock, &message, MSG_DONTWAIT);
	}
	if (n < 0 && (errno == EINTR || (errno == EAGAIN && (flags & MSG_DONTWAIT))))
		return;
	if (n <= 0) {
		lose_engine();
		return;
	}
	/* There is no room for descriptors: MSG_CTRUNC says that some were sent. */
	if (message.msg_flags & MSG_TRUNC)
		wrong = "a message above 64 KiB";
	else if (message.msg_flags & MSG_CTRUNC)
		wrong = "descriptors";
	else
		wrong = parse_message(buffer, (size_t)n, &m);
	if (!wrong)
		wrong = obey(&m);
	if (wrong) {
		SAY("the engine at ", t.engine->path, " sent ", wrong);
		finish(REG_EXIT_FAILED);
	}
}

static int time_to_wait(void)
{
	int64_t left;

	if (t.sock >= 0)
		return tty_patience();
	left = t.retry_at - now();
	return left < 0 ? 0 : left > RETRY_MS ? RETRY_MS : (int)left;
}

static void wait_and_serve(void)
{
	struct pollfd events[5 + TTY_EVENTS] = {{.fd = t.sock, .events = POLLIN}, {.fd = t.signals, .events = POLLIN}};
	unsigned n = 5;

	for (unsigned fd = 0; fd < 3; fd++)
		events[2 + fd].fd = pump_descriptor(fd, &events[2 + fd].events);
	if (tty_open()) {
		tty_wait(events + n);
		n += TTY_EVENTS;
	}
	if (poll(events, n, time_to_wait()) < 0) {
		if (errno == EINTR)
			return;
		SAY("waiting for the engine: ", strerror(errno));
		finish(REG_EXIT_FAILED);
	}
	for (unsigned fd = 0; fd < 3; fd++)
		if (events[2 + fd].revents)
			pump_step(fd);
	if (n > 5)
		tty_step(events + 5);
	if (events[1].revents)
		relay_signals();
	if (t.sock >= 0 && events[0].revents)
		receive(MSG_DONTWAIT);
	else if (t.sock < 0 && now() >= t.retry_at)
		reconnect();
	if (t.sock >= 0 && t.waiting)
		send_waiting_signals();
}

bool talk(const struct engine *e, int sock, bool delivered)
{
	t.engine = e;
	t.sock = sock;
	t.heard = t.again = t.goodbye = false;
	t.unread = !delivered;
	while (!t.again) {
		short events;
		bool plain = t.sock >= 0 && t.signals < 0 && !tty_open();

		for (unsigned fd = 0; fd < 3; fd++)
			plain = plain && pump_descriptor(fd, &events) < 0;
		if (plain)
			receive(0);
		else
			wait_and_serve();
	}
	close(t.sock);
	t.sock = -1;
	return t.goodbye;
}
