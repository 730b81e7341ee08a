/*
 * A test program is a table of functions. Each runs in a process of its own with a deadline and an empty directory as its working
 * directory; the program ends with the line that the Makefile promises. Tests of the client play the engine.
 */
#ifndef REG_TEST_HARNESS_H
#define REG_TEST_HARNESS_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol.h"

#define SKIPPED 77
#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("    %s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno); \
			fflush(stdout); \
			_exit(1); \
		} \
	} while (0)
#define SKIP_UNLESS_ROOT() \
	do { \
		if (geteuid()) \
			_exit(SKIPPED); \
	} while (0)

struct test {
	const char *name;
	void (*run)(void);
};
#define TEST(f) {#f, f}

/* The directory with the programs under test, absolute. */
static char programs[4096];

static int remove_one(const char *path, const struct stat *s, int flag, struct FTW *ftw)
{
	(void)s, (void)flag, (void)ftw;
	return remove(path);
}

static int run_one(const struct test *t)
{
	char directory[] = "/tmp/reg-native-XXXXXX";
	int status;
	pid_t pid;

	if (!mkdtemp(directory) || chmod(directory, 0755))
		return 1;
	pid = fork();
	if (!pid) {
		alarm(60);
		/* A shell without job control starts what it does not wait for with these ignored, and that is inherited. */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		if (chdir(directory))
			_exit(1);
		t->run();
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static inline int run_tests(const char *name, int argc, char **argv, const struct test *tests, size_t n)
{
	unsigned passed = 0, failed = 0, skipped = 0;

	if (argc != 2 || !realpath(argv[1], programs)) {
		fprintf(stderr, "usage: %s DIRECTORY-WITH-THE-PROGRAMS\n", name);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < n; i++) {
		int code = run_one(&tests[i]);

		if (code == 0)
			passed++;
		else if (code == SKIPPED)
			skipped++, printf("  skipped: %s (needs root)\n", tests[i].name);
		else
			failed++, printf("  FAILED: %s\n", tests[i].name);
	}
	printf("%s: %u passed, %u failed, %u skipped (%s)\n", name, passed, failed, skipped, argv[1]);
	return failed ? 1 : 0;
}
#define RUN_TESTS(name, argc, argv, tests) run_tests(name, argc, argv, tests, sizeof tests / sizeof *tests)

#endif
