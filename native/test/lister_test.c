/* reg-lister: any program can play the loader, called as `LOADER FILE`. */
#include "harness.h"

static char said[1 << 16];

/* Its exit status; what it printed is in `said`. */
static int lister(const char *list, size_t size)
{
	char program[4200];
	int status;
	int in = open("list", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), out = open("out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(write(in, list, size) == (ssize_t)size && !lseek(in, 0, SEEK_SET));
	pid_t pid = fork();
	if (!pid) {
		snprintf(program, sizeof program, "%s/reg-lister", programs);
		dup2(in, 0);
		dup2(out, 1);
		dup2(out, 2);
		execl(program, program, (char *)NULL);
		_exit(99);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	ssize_t length = pread(out, said, sizeof said - 1, 0);
	CHECK(length >= 0);
	said[length] = 0;
	return WEXITSTATUS(status);
}

/* Puts the program that plays a loader here as ./loader. */
static void loader(void)
{
	char program[4300];
	const char *san = strstr(programs, "/san");
	snprintf(program, sizeof program, "%.*s/test/loader", (int)(san ? san - programs : (long)strlen(programs)), programs);
	CHECK(!symlink(program, "loader") && !access("loader", X_OK));
}

static void each_pair_is_asked_in_its_turn(void)
{
	static const char list[] = "./loader\0/usr/bin/a b\0/bin/false\0/x\0./loader\0/y";
	loader();
	/* Nothing of the list and of the environment but what makes it tell. */
	CHECK(!setenv("LD_LIBRARY_PATH", "/nowhere", 1));
	CHECK(lister(list, sizeof list) == 0);
	char *second = strstr(said, "=/x\n");
	CHECK(second && !strncmp(said, "=/usr/bin/a b\n\t2 /usr/bin/a b 0 1 -\nworse\n?3\n", (size_t)(second - said)));
	CHECK(strstr(second, "=/y\n\t2 /y 0 1 -\nworse\n?3\n"));
}

static void what_does_not_run_or_is_killed_has_a_status(void)
{
	static const char list[] = "./nowhere\0/a\0./loader\0/kill";
	loader();
	CHECK(lister(list, sizeof list) == 0);
	CHECK(!strcmp(said, "=/a\n?255\n=/kill\n?137\n") || !strcmp(said, "=/a\n?127\n=/kill\n?137\n"));
}

static void a_list_that_is_none_is_refused(void)
{
	CHECK(lister("", 0) == 0 && !*said);
	CHECK(lister("/bin/true", 9) == 1 && strstr(said, "ends within a pair"));
	CHECK(lister("/bin/true\0/x", 12) == 1 && strstr(said, "ends within a pair"));
	int pair[2], status;
	CHECK(!pipe(pair));
	pid_t pid = fork();
	if (!pid) {
		char program[4200];
		snprintf(program, sizeof program, "%s/reg-lister", programs);
		dup2(pair[0], 0);
		execl(program, program, (char *)NULL);
		_exit(99);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static const struct test tests[] = {
	TEST(each_pair_is_asked_in_its_turn),
	TEST(what_does_not_run_or_is_killed_has_a_status),
	TEST(a_list_that_is_none_is_refused),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("lister", argc, argv, tests);
}
