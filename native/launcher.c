/*
 * reg-launcher --runtime DIR [--ready-fd N]
 * reg-launcher --resume FD | --resume-check FD        (by itself, during an upgrade)
 *
 * Becomes a daemon that is nobody's child, serves DIR/launcher.sock, and outlives the engine that started it. Exit
 * status of the process that was started: 0 listening, 1 failed, 2 wrong arguments, 3 another one serves DIR.
 */
#include "launcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* An engine finds it in the file, to see whether what is installed is what is running. */
static const char build_mark[] = "reg-launcher build " REG_BUILD_ID;

#define EXIT_ANOTHER 3
#define LOG_SIZE_MAX (1 << 20)

void watch(struct launcher *l, int fd, uint32_t what, uint32_t index, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = (uint64_t)what << 32 | index};
	long result = sys(SYS_epoll_ctl, l->epoll_fd, EPOLL_CTL_ADD, fd, &event);
	if (result)
		note(l, "watching descriptor %d failed: errno %d", fd, (int)-result);
}

void rewatch(struct launcher *l, int fd, uint32_t what, uint32_t index, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = (uint64_t)what << 32 | index};
	sys(SYS_epoll_ctl, l->epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

/* Closing alone does not do it while a container that is being set up has a copy. */
void unwatch_and_close(struct launcher *l, int fd)
{
	sys(SYS_epoll_ctl, l->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	sys_close(fd);
}

static void handle_signal(struct launcher *l)
{
	struct signalfd_siginfo info;
	if (sys(SYS_read, l->signal_fd, &info, sizeof info) != sizeof info)
		return;
	if (info.ssi_signo == SIGCHLD)
		child_ended(l, (int32_t)info.ssi_pid);
	else if (!l->running)
		l->quitting = true;
	else
		note(l, "signal %u ignored: %u containers are running", info.ssi_signo, l->running);
}

static void handle(struct launcher *l, const struct epoll_event *event)
{
	uint32_t index = (uint32_t)event->data.u64;
	switch (event->data.u64 >> 32) {
	case WATCH_REPORT:
		child_reports(l, false);
		break;
	case WATCH_LISTEN:
		engine_accept(l);
		break;
	case WATCH_SIGNAL:
		handle_signal(l);
		break;
	case WATCH_ENGINE:
		if (event->events & EPOLLOUT)
			engine_flush(l);
		if (event->events & ~(unsigned)EPOLLOUT && l->engine_fd >= 0)
			engine_receive(l);
		break;
	case WATCH_LOGGER:
		logger_receive(l);
		break;
	case WATCH_STARTED:
		child_started_pipe(l, &l->slots[index]);
		break;
	default:
		child_pidfd(l, &l->slots[index], event->events);
	}
}

/* The logger ends when its socket closes and its last stream has; QUIT comes when no container runs. */
static _Noreturn void quit(struct launcher *l)
{
	note(l, "quitting");
	if (l->logger_fd >= 0)
		sys_close(l->logger_fd);
	for (int tries = 0; l->logger_pid && tries < 500 && !waitpid(l->logger_pid, NULL, WNOHANG); tries++)
		usleep(2000); /* a stream of its may be held open by a process that is not ours */
	unlinkat(l->runtime_fd, "launcher.sock", 0);
	home_leave_cgroups(l);
	exit(0);
}

/* One event at a time: handling one may end or reuse what the next one of a batch is about. */
void launcher_loop(struct launcher *l)
{
	for (;;) {
		if (l->quitting && !l->queue_length)
			quit(l);
		if (l->upgrade_fd >= 0 && !l->starting && !l->queue_length)
			upgrade(l);
		struct epoll_event event;
		int timeout = l->sweep || l->hangups ? SWEEP_MS : -1;
		long got = sys(SYS_epoll_pwait, l->epoll_fd, &event, 1, timeout, NULL, REG_SIGSET_SIZE);
		if (got > 0) {
			handle(l, &event);
		} else if (got == 0) {
			if (l->sweep)
				child_sweep(l);
			if (l->hangups)
				child_hangups(l);
		}
	}
}

/*
 * Nothing of the stack is needed by a child, so no child gets it, nor pays for it. Page by page in both directions from
 * here, until where nothing is mapped: after an upgrade there is no /proc to read its bounds from.
 */
static void keep_stack_private(void)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~(page - 1);
	for (uintptr_t at = here; !sys(SYS_madvise, at, page, MADV_DONTFORK); at += page)
		;
	for (uintptr_t at = here - page; !sys(SYS_madvise, at, page, MADV_DONTFORK); at -= page)
		;
}

static struct launcher *make_state(void)
{
	struct launcher *l = mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (l == MAP_FAILED || madvise(l, sizeof *l, MADV_DONTFORK))
		return NULL;
	l->engine_fd = l->logger_fd = l->upgrade_fd = l->log_fd = l->proc_fd = l->own_fd = -1;
	return l;
}

static uint64_t permitted_capabilities(void)
{
	struct reg_cap_header header = {REG_CAP_VERSION_3, 0};
	struct reg_cap_data data[2] = {{0, 0, 0}, {0, 0, 0}};
	sys(SYS_capget, &header, data);
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

/* What neither survives an exec nor has to: signals, the loop, what the kernel can do. False with errno. */
static bool begin(struct launcher *l)
{
	sigset_t all, watched;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* By the kernel's own call: the libc keeps 32 to 34 to itself, and posix_spawn(3) leaves two of them ignored. */
	static const uint64_t by_default[4];
	for (int s = 1; s <= 64; s++)
		sys(SYS_rt_sigaction, s, by_default, NULL, REG_SIGSET_SIZE);
	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGINT);
	l->signal_fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->signal_fd < 0 || l->epoll_fd < 0)
		return false;
	prctl(PR_SET_NAME, "reg-launcher");
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	umask(022);
	l->permitted = permitted_capabilities();
	l->has_open_tree_attr = sys(SYS_open_tree_attr, -1, "", 0, NULL, 0) != -ENOSYS;
	watch(l, l->report_fd, WATCH_REPORT, 0, EPOLLIN);
	watch(l, l->listen_fd, WATCH_LISTEN, 0, EPOLLIN);
	watch(l, l->signal_fd, WATCH_SIGNAL, 0, EPOLLIN);
	keep_stack_private();
	return true;
}

/* 0, 1 and 2 are nothing, 3 is the containers' end of the reports, 4 is kept free for an init's exit file. */
static bool arrange_descriptors(struct launcher *l)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), pair[2], on = 1;
	if (null < 0)
		return false;
	for (int fd = 0; fd < 3; fd++)
		if (fd != null && dup2(null, fd) < 0)
			return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return false;
	int ours = fcntl(pair[0], F_DUPFD_CLOEXEC, FD_FIRST_FREE), theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, FD_FIRST_FREE);
	close(pair[0]);
	close(pair[1]);
	if (ours < 0 || theirs < 0 || dup3(theirs, FD_REPORT, O_CLOEXEC) < 0 || dup3(0, FD_EXIT_CODE, O_CLOEXEC) < 0)
		return false;
	close(theirs);
	l->report_fd = ours;
	return !setsockopt(ours, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST_FREE);
	if (fd >= 0)
		close(fd);
	return high;
}

static int open_log(int runtime_fd)
{
	struct stat status;
	if (!fstatat(runtime_fd, "launcher.log", &status, AT_SYMLINK_NOFOLLOW) && status.st_size > LOG_SIZE_MAX)
		renameat(runtime_fd, "launcher.log", runtime_fd, "launcher.log.1");
	return openat(runtime_fd, "launcher.log", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/*
 * A lock of this process, not of a descriptor: containers inherit none of it, and it lasts through an upgrade.
 * 0, or -1 with errno; EAGAIN when another launcher has it.
 */
static int lock_directory(struct launcher *l)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	l->lock_fd = openat(l->runtime_fd, "launcher.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (l->lock_fd < 0)
		return -1;
	int result = fcntl(l->lock_fd, F_SETLK, &lock);
	if (result && errno == EACCES)
		errno = EAGAIN;
	return result;
}

/* The working directory is the runtime directory here: its path may be longer than a socket's address allows. */
static bool listen_on_socket(struct launcher *l)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "launcher.sock"};
	unlink(address.sun_path);
	l->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	umask(0177);
	bool done = l->listen_fd >= 0 && !bind(l->listen_fd, (struct sockaddr *)&address, sizeof address) &&
		    !listen(l->listen_fd, 8);
	umask(0);
	return done;
}

struct arguments {
	const char *runtime;
	int ready_fd, resume_fd, check_fd;
};

/* Says why the daemon could not begin, to the process that was started; it prints and exits. */
static _Noreturn void give_up(int channel, int status, const char *what, const char *on)
{
	dprintf(channel, "%c%s %s: %s\n", '0' + status, what, on, strerror(errno));
	_exit(status);
}

static _Noreturn void daemon_main(const struct arguments *arguments, int channel)
{
	char runtime[4096];
	struct launcher *l = make_state();
	setsid();
	/* The session that happened to be the first to need an engine may hold keys, and a keyring passes to every child. */
	sys(SYS_keyctl, REG_KEYCTL_JOIN_SESSION_KEYRING, NULL);
	umask(0);
	if (!l || !arrange_descriptors(l))
		give_up(channel, 1, "launcher: preparing descriptors", "and memory");
	if (!realpath(arguments->runtime, runtime) || (l->runtime_fd = open_dir(runtime)) < 0)
		give_up(channel, 1, "launcher: opening the runtime directory", arguments->runtime);
	if ((l->log_fd = open_log(l->runtime_fd)) < 0)
		give_up(channel, 1, "launcher: opening launcher.log in", runtime);
	if (lock_directory(l))
		give_up(channel, errno == EAGAIN ? EXIT_ANOTHER : 1, "launcher: locking launcher.lock in", runtime);
	if (fchdir(l->runtime_fd) || !listen_on_socket(l))
		give_up(channel, 1, "launcher: listening on launcher.sock in", runtime);
	home_join_cgroups(l, runtime);
	if (!begin(l))
		give_up(channel, 1, "launcher: watching its events in", runtime);
	umask(0);
	const char *failed = home_build(runtime);
	if (failed) {
		int error = errno;
		unlinkat(l->runtime_fd, "launcher.sock", 0);
		home_leave_cgroups(l);
		errno = error;
		give_up(channel, 1, "launcher: could not", failed);
	}
	umask(022);
	logger_start(l);
	note(l, "listening, %s", build_mark);
	dprintf(channel, "0");
	close(channel);
	if (arguments->ready_fd >= 0) {
		dprintf(arguments->ready_fd, "\n");
		close(arguments->ready_fd);
	}
	launcher_loop(l);
}

/* The daemon's first byte on the channel is its status, the rest a message. */
static int await_daemon(int channel)
{
	char text[4400];
	size_t length = 0;
	ssize_t got;
	while (length < sizeof text && (got = read(channel, text + length, sizeof text - length)) > 0)
		length += (size_t)got;
	if (!length) {
		fprintf(stderr, "launcher: it ended before it listened\n");
		return 1;
	}
	if (length > 1)
		fwrite(text + 1, 1, length - 1, stderr);
	return text[0] - '0';
}

static int usage(void)
{
	fprintf(stderr, "usage: reg-launcher --runtime DIR [--ready-fd N]\n");
	return 2;
}

static bool read_arguments(int argc, char **argv, struct arguments *a)
{
	*a = (struct arguments){NULL, -1, -1, -1};
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--runtime"))
			a->runtime = argv[i + 1];
		else if (!strcmp(argv[i], "--containers"))
			continue; /* named by engines of the first days; the directories come with START */
		else if (!strcmp(argv[i], "--ready-fd"))
			a->ready_fd = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--resume"))
			a->resume_fd = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--resume-check"))
			a->check_fd = atoi(argv[i + 1]);
		else
			return false;
	}
	return argc % 2 && (a->resume_fd >= 0 || a->check_fd >= 0 || a->runtime);
}

static void close_inherited(int keep)
{
	if (keep > 3)
		sys(SYS_close_range, 3, keep - 1, 0);
	sys(SYS_close_range, keep > 2 ? keep + 1 : 3, ~0u, 0);
}

static _Noreturn void resume_main(int state_fd)
{
	struct launcher *l = make_state();
	int error = l ? upgrade_resume(l, state_fd) : -ENOMEM;
	if (error || !begin(l))
		_exit(1);
	if (l->engine_fd >= 0)
		watch(l, l->engine_fd, WATCH_ENGINE, 0, EPOLLIN);
	if (l->logger_fd >= 0)
		watch(l, l->logger_fd, WATCH_LOGGER, 0, EPOLLIN);
	for (uint32_t i = 1; i <= l->slot_used; i++)
		if (l->slots[i].flags & REG_SLOT_ADOPTED && l->slots[i].fd >= 0)
			watch(l, l->slots[i].fd, WATCH_PIDFD, i, EPOLLIN);
	note(l, "resumed, %s", build_mark);
	engine_greet(l);
	child_sweep(l);
	launcher_loop(l);
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	if (!read_arguments(argc, argv, &arguments))
		return usage();
	if (arguments.check_fd >= 0)
		return upgrade_check(arguments.check_fd);
	if (arguments.resume_fd >= 0)
		resume_main(arguments.resume_fd);
	int error = seal_is_on() ? 0 : seal_execute(argv);
	if (error) {
		fprintf(stderr, "launcher: executing a sealed copy of itself in memory: %s (is vm.memfd_noexec set?)\n", strerror(-error));
		return 1;
	}
	close_inherited(arguments.ready_fd);
	int channel[2];
	if (pipe2(channel, O_CLOEXEC)) {
		perror("launcher: making a pipe");
		return 1;
	}
	pid_t pid = fork();
	if (pid < 0) {
		perror("launcher: forking the daemon");
		return 1;
	}
	if (pid == 0) {
		close(channel[0]);
		int high = fcntl(channel[1], F_DUPFD_CLOEXEC, 16); /* above what arrange_descriptors fills */
		daemon_main(&arguments, high);
	}
	close(channel[1]);
	return await_daemon(channel[0]);
}
