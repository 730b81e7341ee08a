/* reg-reader: what it reads, what it leaves alone, what it says. The group is any file here: only joining is told apart. */
#include "harness.h"

static char said[4096];

/* Its exit status; what it printed, stderr too, is in `said`. */
static int reader(const char *group, const char *tree, const char *other)
{
	int pair[2], status;
	CHECK(!pipe(pair));
	pid_t pid = fork();
	if (!pid) {
		char program[4200];
		snprintf(program, sizeof program, "%s/reg-reader", programs);
		dup2(pair[1], 1);
		dup2(pair[1], 2);
		execl(program, program, group, tree, other, (char *)NULL);
		_exit(99);
	}
	close(pair[1]);
	size_t length = 0;
	ssize_t got;
	while ((got = read(pair[0], said + length, sizeof said - 1 - length)) > 0)
		length += (size_t)got;
	said[length] = 0;
	close(pair[0]);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void put(const char *path, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && !ftruncate(fd, (off_t)size));
	close(fd);
}

static void every_file_of_every_tree_is_read_once(void)
{
	put("group", 0);
	CHECK(!mkdir("a", 0755) && !mkdir("a/b", 0755) && !mkdir("c", 0755));
	put("a/one", 1000000), put("a/b/two", 5), put("c/three", 200000), put("outside", 77), put("a/empty", 0);
	CHECK(!symlink("../outside", "a/link") && !symlink("../a", "c/link") && !mkfifo("c/fifo", 0600));
	CHECK(reader("group", "a", "c") == 0);
	CHECK(!strcmp(said, "1200005 4\n"));
	char byte;
	int fd = open("group", O_RDONLY | O_CLOEXEC);
	CHECK(read(fd, &byte, 1) == 1 && byte == '0');
}

static void what_cannot_be_is_said(void)
{
	put("group", 0);
	CHECK(!mkdir("a", 0755));
	CHECK(reader("nowhere", "a", NULL) == 1 && strstr(said, "cannot join nowhere: No such file"));
	CHECK(reader("group", "nowhere", NULL) == 1 && strstr(said, "cannot read nowhere: No such file"));
	CHECK(!symlink("a", "link"));
	CHECK(reader("group", "link", NULL) == 1 && strstr(said, "cannot read link: "));
	CHECK(reader("group", NULL, NULL) == 2 && strstr(said, "usage: "));
}

static void a_tree_too_deep_is_no_endless_one(void)
{
	put("group", 0);
	CHECK(!mkdir("a", 0755));
	int fd = open("a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 100; i++) {
		CHECK(!mkdirat(fd, "d", 0755));
		int next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	CHECK(reader("group", "a", NULL) == 1 && strstr(said, "cannot read d: "));
}

static const struct test tests[] = {
	TEST(every_file_of_every_tree_is_read_once),
	TEST(what_cannot_be_is_said),
	TEST(a_tree_too_deep_is_no_endless_one),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("reader", argc, argv, tests);
}
