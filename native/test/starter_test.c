/*
 * The engine starter, in an installation of its own with a JDK of our making: its `java` is this very program, which writes down
 * how it was started and plays an engine.
 */
#include <sys/resource.h>

#include "engine.h"

static struct received r;

/* The value after an option in argv, or NULL. */
static const char *option(char **argv, const char *name)
{
	for (; *argv; argv++)
		if (!strcmp(*argv, name))
			return argv[1];
	return NULL;
}

static void copy(const char *from, const char *to, mode_t mode)
{
	static char bytes[16 << 20];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, mode);
	ssize_t n = read(in, bytes, sizeof bytes);

	CHECK(n > 0 && write(out, bytes, (size_t)n) == n && !close(in) && !close(out) && !chmod(to, mode));
}

static void note_file(FILE *to, const char *name, const char *path)
{
	char bytes[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, bytes, sizeof bytes);

	close(fd);
	for (ssize_t at = 0; at < n;) {
		size_t length = strcspn(bytes + at, "\n");

		if (length > (size_t)(n - at))
			length = (size_t)(n - at);
		fprintf(to, "%s %.*s\n", name, (int)length, bytes + at);
		/* Both ends of a piece: NUL in the environment, newline elsewhere. */
		at += (ssize_t)strnlen(bytes + at, length) + 1;
	}
}

static void note_everything(const char *path, char **argv)
{
	FILE *to = fopen(path, "we");
	struct rlimit files, time, stack;
	struct stat in, null;
	char here[4096];
	mode_t mask = umask(0);

	CHECK(to && getcwd(here, sizeof here) && !getrlimit(RLIMIT_NOFILE, &files) && !fstat(0, &in) && !stat("/dev/null", &null));
	CHECK(!getrlimit(RLIMIT_CPU, &time) && !getrlimit(RLIMIT_STACK, &stack));
	for (; *argv; argv++)
		fprintf(to, "argument %s\n", *argv);
	fprintf(to, "directory %s\numask %o\nsession %d\nfiles %d\nnull %d\n", here, mask, getsid(0) == getpid(),
		files.rlim_cur == files.rlim_max, in.st_rdev == null.st_rdev);
	fprintf(to, "time %d\nstack %lu\nniceness %d\n", time.rlim_cur == time.rlim_max, (unsigned long)stack.rlim_cur,
		getpriority(PRIO_PROCESS, 0));
	for (int fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) == 0)
			fprintf(to, "descriptor %d\n", fd);
	note_file(to, "environment", "/proc/self/environ");
	note_file(to, "cgroup", "/proc/self/cgroup");
	fclose(to);
}

/* java: says what R/mode says, and answers every client with its pid. */
static int play_java(char **argv)
{
	const char *root = option(argv, "--root"), *runtime = option(argv, "--runtime");
	char path[4096], mode[16] = "", pid[16];
	int listener, fd;

	CHECK(root && runtime && !chdir("/"));
	snprintf(path, sizeof path, "%s/seen", root);
	note_everything(path, argv);
	snprintf(path, sizeof path, "%s/mode", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (read(fd, mode, sizeof mode - 1) > 0 && !strcmp(mode, "failed"))
		return write(3, "failed: the moon is full\n", 25) == 25 ? 1 : 2;
	if (!strcmp(mode, "silent"))
		return 1;
	if (!strcmp(mode, "run"))
		return 33;
	CHECK(!chdir(runtime));
	listener = engine_listen(SOCKET);
	snprintf(pid, sizeof pid, "%d\n", getpid());
	CHECK(write(3, "ready\n", 6) == 6 && !close(3));
	for (;;) {
		int s = engine_accept(listener);

		/* The starter's probe connects and leaves. */
		if (engine_receive(s, &r)) {
			engine_forget(&r);
			engine_send(s, REG_CLIENT_OUT, 1, pid, strlen(pid));
			engine_send(s, REG_CLIENT_EXIT, 0, NULL, 0);
		}
		close(s);
	}
}

static void set_mode(const char *mode)
{
	FILE *to = fopen("a root/mode", "we");

	CHECK(to && fputs(mode, to) > 0 && !fclose(to));
}

/* Makes the installation and a root with this mode; clients run from it from now on. */
static void install(const char *mode)
{
	char up[4096], from[8300], here[1024];
	FILE *to;

	snprintf(up, sizeof up, "%.4000s", programs);
	do {
		CHECK(strrchr(up, '/'));
		*strrchr(up, '/') = 0;
		snprintf(from, sizeof from, "%s/libexec/reg-start", up);
	} while (access(from, F_OK));
	CHECK(!mkdir("an install", 0755) && !chdir("an install"));
	CHECK(!mkdir("bin", 0755) && !mkdir("libexec", 0755) && !mkdir("lib", 0755) && !mkdir("jdk", 0755) && !mkdir("jdk/bin", 0755));
	copy(from, "libexec/reg-start", 0755);
	snprintf(from, sizeof from, "%s/libexec/jdk.sh", up);
	copy(from, "libexec/jdk.sh", 0644);
	snprintf(from, sizeof from, "%s/reg", programs);
	copy(from, "bin/reg", 0755);
	copy("/proc/self/exe", "jdk/bin/java", 0755);
	CHECK((to = fopen("jdk/release", "we")) && fputs("IMPLEMENTOR=\"us\"\nJAVA_VERSION=\"25.0.3\"\n", to) > 0 && !fclose(to));
	CHECK((to = fopen("VERSION", "we")) && fputs("0.0.7\n", to) > 0 && !fclose(to));
	CHECK((to = fopen("lib/b.jar", "we")) && !fclose(to) && (to = fopen("lib/a.jar", "we")) && !fclose(to));
	CHECK(!chdir("..") && !mkdir("a root", 0700));
	set_mode(mode);
	CHECK(getcwd(here, sizeof here) && !chmod(here, 0755));
	snprintf(programs, sizeof programs, "%s/an install/bin", here);
	snprintf(from, sizeof from, "%s/an install/jdk", here);
	CHECK(!setenv("REG_JAVA_HOME", from, 1) && !unsetenv("REG_HOST") && !unsetenv("REG_ROOT") && !setenv("REG_LEAK", "1", 1));
}

static const char *run_client(int *code, char *const *argv)
{
	struct setting set = plain;
	const char *said;
	int out[2];
	pid_t client;

	CHECK(!pipe2(out, O_CLOEXEC));
	set.out = set.err = out[1];
	client = client_start(&set, argv);
	close(out[1]);
	said = read_all(out[0]);
	close(out[0]);
	*code = exit_code(client);
	return said;
}
#define RUN(code, ...) run_client(code, (char *const[]){"reg", "--root", "a root", __VA_ARGS__, NULL})

static bool saw(const char *line)
{
	static char text[65536];
	char wanted[4200];
	FILE *from = fopen("a root/seen", "re");
	size_t n = from ? fread(text + 1, 1, sizeof text - 2, from) : 0;

	CHECK(from && !fclose(from));
	text[0] = '\n';
	text[n + 1] = 0;
	snprintf(wanted, sizeof wanted, "\n%s\n", line);
	return strstr(text, wanted) != NULL;
}

/* Ends our engine and takes its control groups away. */
static void clean_up(pid_t engine)
{
	static const char *const mounts[] = {"memory", "systemd", "unified", "."};
	char line[4096], *group, path[4200];
	FILE *from = fopen("a root/seen", "re");

	if (engine)
		CHECK(!kill(engine, SIGKILL));
	while (engine && !kill(engine, 0))
		usleep(1000);
	while (fgets(line, sizeof line, from)) {
		group = strstr(line, ":/reg-");
		if (strncmp(line, "cgroup ", 7) || !group)
			continue;
		line[strcspn(line, "\n")] = 0;
		for (int up = 0; up < 2; up++) {
			for (size_t i = 0; i < 4; i++) {
				snprintf(path, sizeof path, "/sys/fs/cgroup/%s%s", mounts[i], group + 1);
				/* A killed process leaves its group a moment after its pid. */
				for (int tries = 0; tries < 1000 && rmdir(path) && errno == EBUSY; tries++)
					usleep(1000);
			}
			*strrchr(group, '/') = 0;
		}
	}
	fclose(from);
}

static void many_clients_at_once_start_one_engine(void)
{
	struct setting set = plain;
	pid_t clients[6];
	const char *said;
	int out[2];
	pid_t engine;

	SKIP_UNLESS_ROOT();
	install("ready");
	CHECK(!pipe2(out, O_CLOEXEC) && !mkdir("not a scheme:", 0700));
	set.out = out[1];
	for (int i = 0; i < 6; i++)
		clients[i] = CLIENT(&set, "--root", "not a scheme://../a root", "ps");
	close(out[1]);
	for (int i = 0; i < 6; i++)
		CHECK(exit_code(clients[i]) == 0);
	said = read_all(out[0]);
	engine = atoi(said);
	for (int i = 0; i < 6; i++) {
		CHECK(atoi(said) == engine);
		said = strchr(said, '\n') + 1;
	}
	CHECK(engine > 1 && !*said);
	clean_up(engine);
}

static void lower(int resource, rlim_t soft)
{
	struct rlimit limit;

	CHECK(!getrlimit(resource, &limit));
	limit.rlim_cur = soft;
	CHECK(!setrlimit(resource, &limit));
}

static void the_engine_is_a_daemon_with_nothing_of_its_callers(void)
{
	char here[1024], line[4200];
	pid_t engine;
	int code;

	SKIP_UNLESS_ROOT();
	install("ready");
	CHECK(getcwd(here, sizeof here));
	umask(077);
	lower(RLIMIT_CPU, 1000);
	lower(RLIMIT_STACK, 1 << 20);
	CHECK(!setpriority(PRIO_PROCESS, 0, 5));
	engine = atoi(RUN(&code, "ps"));
	CHECK(code == 0 && engine > 1);
	CHECK(saw("time 1") && saw("stack 8388608") && saw("niceness 0"));
	CHECK(saw("directory /") && saw("umask 22") && saw("session 1") && saw("files 1") && saw("null 1"));
	CHECK(saw("descriptor 3") && !saw("descriptor 4") && !saw("descriptor 9"));
	CHECK(saw("environment LANG=C.UTF-8") && saw("environment REG_READY_FD=3") && !saw("environment REG_LEAK=1"));
	snprintf(line, sizeof line, "argument --root\nargument %s/a root\nargument --runtime\nargument %s/a root/run\nargument --install\n"
		 "argument %s/an install", here, here, here);
	CHECK(saw(line) && !saw("argument --foreground"));
	snprintf(line, sizeof line, "argument -cp\nargument %s/an install/lib/a.jar:%s/an install/lib/b.jar\nargument dev.reg.engine.Main",
		 here, here);
	CHECK(saw(line));
	clean_up(engine);
}

static void an_engine_that_fails_is_reported_with_its_reason(void)
{
	char wanted[2048], here[1024];
	int code;

	SKIP_UNLESS_ROOT();
	install("failed");
	CHECK(getcwd(here, sizeof here));
	snprintf(wanted, sizeof wanted, "reg: starting the engine at %s/a root/run/reg.sock: the moon is full; 'reg doctor' examines this machine\n", here);
	CHECK(!strcmp(RUN(&code, "ps"), wanted) && code == 125);
	clean_up(0);
	set_mode("silent");
	CHECK(strstr(RUN(&code, "ps"), "ended while it was starting: see ") && code == 125);
	clean_up(0);
}

static void questions_about_the_engine_start_none(void)
{
	int code;

	SKIP_UNLESS_ROOT();
	install("ready");
	CHECK(!strncmp(RUN(&code, "version"), "reg 0.0.7\nengine is not running", 31) && code == 0);
	CHECK(!strcmp(RUN(&code, "version", "--format", "json"), "{\"version\":\"0.0.7\",\"running\":false}\n") && code == 0);
	CHECK(!strcmp(RUN(&code, "engine", "stop"), "engine is not running\n") && code == 0);
	CHECK(!strcmp(RUN(&code, "engine", "status"), "engine is not running\n") && code == 1);
	CHECK(access("a root/run", F_OK) && access("a root/seen", F_OK));
}

static void engine_run_becomes_the_engine(void)
{
	int code;

	SKIP_UNLESS_ROOT();
	install("run");
	CHECK(!setenv("LC_ALL", "POSIX", 1));
	RUN(&code, "engine", "run");
	CHECK(code == 33);
	CHECK(saw("environment LC_ALL=C.UTF-8"));
	CHECK(saw("argument --foreground") && saw("session 0") && saw("directory /"));
}

static void without_a_jdk_it_says_what_to_do(void)
{
	const char *said;
	int code;

	SKIP_UNLESS_ROOT();
	install("ready");
	CHECK(!truncate("an install/jdk/release", 25));
	said = RUN(&code, "ps");
	CHECK(code == 125 && strstr(said, "REG_JAVA_HOME=") && strstr(said, "is not a JDK 25 or later"));
	CHECK(access("a root/run", F_OK));
}

static const struct test tests[] = {
	TEST(many_clients_at_once_start_one_engine),
	TEST(the_engine_is_a_daemon_with_nothing_of_its_callers),
	TEST(an_engine_that_fails_is_reported_with_its_reason),
	TEST(questions_about_the_engine_start_none),
	TEST(engine_run_becomes_the_engine),
	TEST(without_a_jdk_it_says_what_to_do),
};

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');

	if (name && !strcmp(name, "/java"))
		return play_java(argv);
	return RUN_TESTS("starter", argc, argv, tests);
}
