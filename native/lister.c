/*
 * reg-lister < LIST
 *
 * Asks dynamic loaders what they would map. LIST is a regular file of pairs LOADER NUL FILE NUL, at most 64 MiB. For each pair
 * prints a line "=FILE", whatever `LOADER FILE` prints on both of its streams with LD_TRACE_LOADED_OBJECTS in its environment, and
 * a line "?STATUS": its exit status, or 128 and the number of the signal that ended it, or 255 when it could not be executed.
 * That variable is what --list sets (ld.so(8)), which stops at the first thing missing. Runs in a container of the template that
 * the files are of: the loader is a stranger's program there. Exit status 1 when the list cannot be read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIST_MAX (64 << 20)
#define ANSWERS_MAX (64 << 20) /* bytes; they may be in memory */
#define SECONDS_EACH 10 /* of processor time; a library takes one millisecond */
#define FAILED 255

static int failed(const char *what)
{
	fprintf(stderr, "reg-lister: %s: %s\n", what, strerror(errno));
	return 1;
}

static int list(char *loader, char *file)
{
	char trace[] = "LD_TRACE_LOADED_OBJECTS=1";
	char *const words[] = {loader, file, NULL};
	char *const environment[] = {trace, NULL};
	pid_t child;
	int status;
	if (posix_spawn(&child, loader, NULL, NULL, words, environment))
		return FAILED;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The text at `*at` and the place behind it; NULL when no NUL ends it. */
static char *next(char **at, char *end)
{
	char *text = *at;
	char *nul = memchr(text, 0, (size_t)(end - text));
	if (nul)
		*at = nul + 1;
	return nul ? text : NULL;
}

int main(void)
{
	struct stat status;
	struct rlimit time = {SECONDS_EACH, SECONDS_EACH}, size = {ANSWERS_MAX, ANSWERS_MAX}, none = {0, 0};
	if (fstat(0, &status))
		return failed("cannot look at the list");
	if (!S_ISREG(status.st_mode) || status.st_size > LIST_MAX) {
		fprintf(stderr, "reg-lister: the list is no file of at most %d bytes\n", LIST_MAX);
		return 1;
	}
	if (status.st_size == 0)
		return 0;
	char *at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, 0, 0), *end = at + status.st_size;
	if (at == MAP_FAILED)
		return failed("cannot read the list");
	/* The loaders get none of it. */
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(1, 2) < 0)
		return failed("cannot set the streams");
	if (setrlimit(RLIMIT_CPU, &time) || setrlimit(RLIMIT_FSIZE, &size) || setrlimit(RLIMIT_CORE, &none))
		return failed("cannot limit the loaders");
	while (at < end) {
		char *loader = next(&at, end), *file = loader ? next(&at, end) : NULL;
		if (!file) {
			fprintf(stderr, "reg-lister: the list ends within a pair\n");
			return 1;
		}
		printf("=%s\n", file);
		fflush(stdout);
		printf("?%d\n", list(loader, file));
		if (fflush(stdout))
			return 1;
	}
	return 0;
}
