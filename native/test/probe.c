/*
 * A program for containers of tests: its arguments are commands, done in order. It ends with 0, or with 99 when one of
 * them fails.
 *
 *   exit N   raise N   sleep SECONDS   echo TEXT   error TEXT   cat FILE   list DIR   write FILE TEXT   env NAME
 *   trap N CODE (signal N ends it with CODE)   pause   orphan SECONDS (leaves a grandchild)   kill PID N
 *   attach PID (ptrace; says the errno)   open FILE (says the errno)   pid   host   cwd
 *   creep COUNT (so many bytes of output, one line)   link PATH (where it leads)
 *   tty (of 0, 1 and 2: which are terminals; size, owner and whether it controls the session)   line (echoes one of input)
 *   prey NAME SECONDS (what of processes of that name in sight can be reached)
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int trap_code;

static void trapped(int signal_number)
{
	(void)signal_number;
	_exit(trap_code);
}

static void print_file(const char *path)
{
	char buffer[4096];
	int fd = open(path, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : 0;
	while (fd >= 0 && (got = read(fd, buffer, sizeof buffer)) > 0)
		fwrite(buffer, 1, (size_t)got, stdout);
	if (got < 0)
		printf("%s: errno %d\n", path, errno);
	close(fd);
}

static void list(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			printf("%s\n", entry->d_name);
	if (dir)
		closedir(dir);
	else
		printf("%s: errno %d\n", path, errno);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("%s: errno %d\n", path, errno);
	else
		printf("%s: written\n", path);
	close(fd);
}

static void orphan(const char *seconds)
{
	pid_t parent = fork();
	if (parent == 0) {
		if (fork() == 0) {
			sleep((unsigned)atoi(seconds));
			_exit(0);
		}
		_exit(0);
	}
	waitpid(parent, NULL, 0);
}

static void attach(const char *pid)
{
	errno = 0;
	ptrace(PTRACE_ATTACH, atoi(pid), NULL, NULL);
	printf("attach: errno %d\n", errno);
}

static void host(void)
{
	struct utsname name;
	uname(&name);
	printf("%s\n", name.nodename);
}

static void creep(const char *count)
{
	for (long n = atol(count); n; n--)
		putchar('x');
}

static void print_cwd(void)
{
	char path[4096];
	printf("%s\n", getcwd(path, sizeof path) ? path : "?");
}

static void terminal(void)
{
	struct winsize size;
	struct stat s;
	char name[64] = "?";
	int side = 0;
	printf("terminals:%s%s%s\n", isatty(0) ? " 0" : "", isatty(1) ? " 1" : "", isatty(2) ? " 2" : "");
	while (side < 2 && !isatty(side))
		side++;
	if (!ioctl(side, TIOCGWINSZ, &size) && !fstat(side, &s) && !ttyname_r(side, name, sizeof name))
		printf("%s %ux%u %u:%u %o %s\n", name, size.ws_col, size.ws_row, s.st_uid, s.st_gid, s.st_mode & 07777,
		       tcgetpgrp(side) == getpgrp() && tcgetsid(side) == getpid() ? "controls" : "is foreign");
}

static void line(void)
{
	char text[256];
	ssize_t got = read(0, text, sizeof text);
	printf("got %zd: %.*s\n", got, (int)(got > 0 ? got : 0), text);
}

/* Writes to standard output a byte at a time while a child takes back what nobody else has read yet. */
static void take_back(void)
{
	int own = open("/proc/self/fd/1", O_RDONLY);
	char byte;
	if (fork() == 0)
		while (read(own, &byte, 1) == 1)
			;
	for (int i = 0; i < 3000; i++)
		if (write(1, "x", 1) != 1)
			_exit(1);
	pause();
}

static void print_link(const char *path)
{
	char target[4096];
	ssize_t got = readlink(path, target, sizeof target - 1);
	if (got < 0)
		printf("%s: errno %d\n", path, errno);
	else
		printf("%.*s\n", (int)got, target);
}

static bool is_called(const char *pid, const char *name)
{
	char path[64], comm[32];
	snprintf(path, sizeof path, "/proc/%.10s/comm", pid);
	int fd = open(path, O_RDONLY);
	ssize_t got = fd < 0 ? 0 : read(fd, comm, sizeof comm - 1);
	close(fd);
	return got > 1 && strlen(name) == (size_t)got - 1 && !memcmp(comm, name, (size_t)got - 1);
}

/* How many of the ways into another process are open. */
static int ways_into(const char *pid)
{
	static const char *const paths[] = {"exe", "cwd", "root", "fd/6", "fd/5", "fd/11", "ns/mnt"}, *const files[] = {"mem", "environ", "maps", "auxv"};
	char path[64], byte;
	struct iovec ours = {&byte, 1}, theirs = {(void *)0x400000, 1};
	int count = 0, fd;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		snprintf(path, sizeof path, "/proc/%.10s/%s", pid, paths[i]);
		count += readlink(path, &byte, 1) > 0;
		count += (fd = open(path, O_PATH)) >= 0;
		close(fd);
	}
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "/proc/%.10s/%s", pid, files[i]);
		fd = open(path, O_RDONLY);
		count += fd >= 0 && read(fd, &byte, 1) > 0;
		close(fd);
	}
	count += process_vm_readv(atoi(pid), &ours, 1, &theirs, 1, 0) == 1;
	count += ptrace(PTRACE_SEIZE, atoi(pid), NULL, NULL) == 0;
	int process = (int)syscall(SYS_pidfd_open, atoi(pid), 0);
	for (int n = 0; n < 16; n++) {
		count += (fd = (int)syscall(SYS_pidfd_getfd, process, n, 0)) >= 0;
		close(fd);
	}
	close(process);
	return count;
}

static void prey(const char *name, double seconds)
{
	struct timespec start, now;
	int seen = 0, reached = 0;
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		DIR *dir = opendir("/proc");
		struct dirent *entry;
		while (dir && (entry = readdir(dir)))
			if (atoi(entry->d_name) > 1 && is_called(entry->d_name, name)) {
				int ways = ways_into(entry->d_name);
				/* Reached only if it still is what it was: a process that has begun its program is the container's. */
				if (is_called(entry->d_name, name)) {
					seen++;
					reached += ways;
				}
			}
		closedir(dir);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9 < seconds);
	printf("%s, reached %d\n", seen ? "seen" : "not seen", reached);
}

#define IS(name, count) (!strcmp(argv[i], name) && i + (count) < argc && (i += (count), 1))

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	for (int i = 1; i < argc; i++) {
		if (IS("exit", 1)) {
			fflush(stdout);
			_exit(atoi(argv[i]));
		} else if (IS("raise", 1)) {
			fflush(stdout);
			raise(atoi(argv[i]));
		} else if (IS("sleep", 1)) {
			fflush(stdout);
			usleep((useconds_t)(atof(argv[i]) * 1e6));
		} else if (IS("echo", 1)) {
			printf("%s\n", argv[i]);
		} else if (IS("take-back", 0)) {
			take_back();
		} else if (IS("error", 1)) {
			fprintf(stderr, "%s\n", argv[i]);
		} else if (IS("cat", 1)) {
			print_file(argv[i]);
		} else if (IS("list", 1)) {
			list(argv[i]);
		} else if (IS("write", 2)) {
			write_file(argv[i - 1], argv[i]);
		} else if (IS("env", 1)) {
			const char *value = getenv(argv[i]);
			printf("%s=%s\n", argv[i], value ? value : "(unset)");
		} else if (IS("trap", 2)) {
			trap_code = atoi(argv[i]);
			signal(atoi(argv[i - 1]), trapped);
		} else if (IS("pause", 0)) {
			fflush(stdout);
			pause();
		} else if (IS("orphan", 1)) {
			orphan(argv[i]);
		} else if (IS("kill", 2)) {
			int result = kill(atoi(argv[i - 1]), atoi(argv[i]));
			printf("kill: errno %d\n", result ? errno : 0);
		} else if (IS("attach", 1)) {
			attach(argv[i]);
		} else if (IS("open", 1)) {
			int fd = open(argv[i], O_RDONLY);
			printf("%s: errno %d\n", argv[i], fd < 0 ? errno : 0);
			close(fd);
		} else if (IS("pid", 0)) {
			printf("pid %d\n", getpid());
		} else if (IS("tty", 0)) {
			terminal();
		} else if (IS("line", 0)) {
			line();
		} else if (IS("host", 0)) {
			host();
		} else if (IS("keyring", 0)) {
			printf("keyring %ld\n", syscall(SYS_keyctl, 0 /* get its id */, -3 /* the session's */, 0));
		} else if (IS("cwd", 0)) {
			print_cwd();
		} else if (IS("link", 1)) {
			print_link(argv[i]);
		} else if (IS("prey", 2)) {
			prey(argv[i - 1], atof(argv[i]));
		} else if (IS("creep", 1)) {
			creep(argv[i]);
		} else {
			fprintf(stderr, "probe: what is %s?\n", argv[i]);
			fflush(stdout);
			_exit(99);
		}
		fflush(stdout);
	}
	return 0;
}
