/* The engine's side of the conversation, as tests play it, and clients to play it with. */
#ifndef REG_TEST_ENGINE_H
#define REG_TEST_ENGINE_H

#include "harness.h"

#define SOCKET "reg.sock"

struct received {
	uint32_t type, arg;
	size_t length;
	int fds[8];
	int n;
	uint8_t bytes[REG_MESSAGE_MAX];
};

/* What a client is started with; -1 leaves a descriptor as the test's own, -2 closes it. */
struct setting {
	int in, out, err;
	uid_t uid;
	void (*prepare)(void);
};
static const struct setting plain = {-1, -1, -1, 0, NULL};

static inline int engine_listen(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	unlink(path);
	CHECK(s >= 0 && !bind(s, (struct sockaddr *)&a, sizeof a) && !chmod(path, 0666) && !listen(s, 16));
	return s;
}

static inline int engine_accept(int listener)
{
	int s = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int size = 4 << 20;

	CHECK(s >= 0);
	setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return s;
}

static inline pid_t client_start(const struct setting *s, char *const *argv)
{
	char program[4200];
	pid_t pid;

	snprintf(program, sizeof program, "%s/reg", programs);
	pid = fork();
	CHECK(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	const int wanted[3] = {s->in, s->out, s->err};
	for (int fd = 0; fd < 3; fd++) {
		if (wanted[fd] == -2)
			close(fd);
		else if (wanted[fd] >= 0)
			dup2(wanted[fd], fd);
	}
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	if (s->uid && (setgid(s->uid) || setuid(s->uid)))
		_exit(124);
	if (s->uid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (s->prepare)
		s->prepare();
	execv(program, argv);
	_exit(123);
}
#define CLIENT(setting, ...) client_start(setting, (char *const[]){"reg", __VA_ARGS__, NULL})

/* Receives one message; length is the payload's. False when the client closed. */
static inline bool engine_receive(int s, struct received *r)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct reg_header h;
	struct iovec parts[2] = {{&h, sizeof h}, {r->bytes, sizeof r->bytes}};
	struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof control};
	ssize_t n = recvmsg(s, &m, MSG_CMSG_CLOEXEC);

	if (n <= 0)
		return false;
	CHECK(n >= (ssize_t)sizeof h && n <= (ssize_t)REG_MESSAGE_MAX && !(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)));
	r->type = h.type;
	r->arg = h.arg;
	r->length = (size_t)n - sizeof h;
	r->n = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		r->n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(r->fds, CMSG_DATA(c), (size_t)r->n * sizeof(int));
	}
	return true;
}

static inline void engine_send_raw(int s, const void *bytes, size_t length)
{
	CHECK(send(s, bytes, length, MSG_NOSIGNAL) == (ssize_t)length);
}

static inline void engine_send(int s, uint32_t type, uint32_t arg, const void *payload, size_t length)
{
	struct reg_header h = {type, arg};
	struct iovec parts[2] = {{&h, sizeof h}, {(void *)payload, length}};
	struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};

	CHECK(sendmsg(s, &m, MSG_NOSIGNAL) == (ssize_t)(sizeof h + length));
}

/* Accepts a client and takes its HELLO, which must fit one message. */
static inline int engine_greet(int listener, struct received *hello)
{
	int s = engine_accept(listener);

	CHECK(engine_receive(s, hello));
	CHECK(hello->type == REG_CLIENT_HELLO && hello->arg == REG_CLIENT_VERSION && hello->n == 4);
	return s;
}

static inline void engine_forget(const struct received *r)
{
	for (int i = 0; i < r->n; i++)
		close(r->fds[i]);
}

static inline int exit_code(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static inline void engine_exit(int s, pid_t client, int code)
{
	engine_send(s, REG_CLIENT_EXIT, (uint32_t)code, NULL, 0);
	CHECK(exit_code(client) == code);
}

/* Reads what a client wrote to a pipe until all writers closed it. */
static inline const char *read_all(int fd)
{
	static char text[1 << 16];
	size_t used = 0;
	ssize_t n;

	while ((n = read(fd, text + used, sizeof text - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = 0;
	return text;
}

static inline void use_host(const char *path)
{
	CHECK(!setenv("REG_HOST", path, 1));
	CHECK(!unsetenv("REG_ROOT"));
}

#endif
