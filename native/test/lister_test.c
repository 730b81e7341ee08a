/* reg-lister: any program can play the loader, called as `LOADER --list FILE`. */
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

/* The loader that is a script of ours. */
static void loader(const char *text)
{
	int fd = open("loader", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void each_pair_is_asked_in_its_turn(void)
{
	static const char list[] = "./loader\0/usr/bin/a b\0/bin/false\0/x\0./loader\0/y";
	loader("#!/bin/sh\necho \"\t$@\"; echo worse >&2; exit 3\n");
	CHECK(lister(list, sizeof list) == 0);
	CHECK(!strcmp(said, "=/usr/bin/a b\n\t--list /usr/bin/a b\nworse\n?3\n=/x\n?1\n=/y\n\t--list /y\nworse\n?3\n"));
}

static void loaders_get_nothing_of_the_list_nor_of_the_environment(void)
{
	static const char list[] = "./loader\0/a\0./loader\0/b";
	CHECK(!setenv("LD_LIBRARY_PATH", "/nowhere", 1));
	loader("#!/bin/sh\n/usr/bin/wc -c; echo \"$LD_LIBRARY_PATH\"\n");
	CHECK(lister(list, sizeof list) == 0);
	CHECK(!strcmp(said, "=/a\n0\n\n?0\n=/b\n0\n\n?0\n"));
}

static void what_does_not_run_or_is_killed_has_a_status(void)
{
	static const char list[] = "./nowhere\0/a\0./loader\0/b";
	loader("#!/bin/sh\nkill -9 $$\n");
	CHECK(lister(list, sizeof list) == 0);
	CHECK(!strcmp(said, "=/a\n?255\n=/b\n?137\n") || !strcmp(said, "=/a\n?127\n=/b\n?137\n"));
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
	TEST(loaders_get_nothing_of_the_list_nor_of_the_environment),
	TEST(what_does_not_run_or_is_killed_has_a_status),
	TEST(a_list_that_is_none_is_refused),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("lister", argc, argv, tests);
}
