/* Regular files on 0, 1 and 2: pumped through pipes, byte for byte, with the offsets a program would see. */
#include <sys/resource.h>

#include "engine.h"

/* More than any pipe, not a multiple of anything. */
#define LARGE (48 * 1024 * 1024 + 12345)

static struct received r;

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 13);
}

static void fill(uint8_t *to, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = byte_at(from + i);
}

static int make_file(const char *name, size_t size)
{
	static uint8_t chunk[1 << 20];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	for (size_t at = 0; at < size;) {
		size_t n = size - at < sizeof chunk ? size - at : sizeof chunk;

		fill(chunk, at, n);
		CHECK(write(fd, chunk, n) == (ssize_t)n);
		at += n;
	}
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static bool is_pipe(int fd)
{
	struct stat s;

	return !fstat(fd, &s) && S_ISFIFO(s.st_mode);
}

/* Reads to the end and checks every byte against its place; returns where the end was. */
static size_t verify(int fd, size_t at)
{
	static uint8_t chunk[1 << 18], wanted[1 << 18];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof chunk)) > 0) {
		fill(wanted, at, (size_t)n);
		CHECK(!memcmp(chunk, wanted, (size_t)n));
		at += (size_t)n;
	}
	CHECK(n == 0);
	return at;
}

/* Starts a client with these files, takes its HELLO into r. */
static int greet(struct setting set, pid_t *client)
{
	int listener = engine_listen(SOCKET);

	use_host(SOCKET);
	*client = CLIENT(&set, "x");
	return engine_greet(listener, &r);
}

static void a_large_input_arrives_whole(void)
{
	struct setting set = plain;
	pid_t client;
	int s;

	set.in = make_file("in", LARGE);
	s = greet(set, &client);
	CHECK(is_pipe(r.fds[0]));
	CHECK(verify(r.fds[0], 0) == LARGE);
	engine_exit(s, client, 0);
	CHECK(lseek(set.in, 0, SEEK_CUR) == LARGE);
}

static void input_starts_at_the_offset_and_the_unread_rest_is_given_back(void)
{
	struct setting set = plain;
	uint8_t got[100], wanted[100];
	pid_t client;
	int s;

	set.in = make_file("in", LARGE);
	CHECK(lseek(set.in, 1000, SEEK_SET) == 1000);
	s = greet(set, &client);
	CHECK(read(r.fds[0], got, 100) == 100);
	fill(wanted, 1000, 100);
	CHECK(!memcmp(got, wanted, 100));
	engine_exit(s, client, 0);
	CHECK(lseek(set.in, 0, SEEK_CUR) == 1100);
	/* A small one is all in the pipe, its end seen, when nobody reads it. */
	set.in = make_file("small", 5000);
	s = greet(set, &client);
	usleep(20000);
	engine_exit(s, client, 0);
	CHECK(lseek(set.in, 0, SEEK_CUR) == 0);
}

static void a_program_that_closes_its_input_ends_as_it_likes(void)
{
	struct setting set = plain;
	pid_t client;
	int s;

	set.in = make_file("in", LARGE);
	s = greet(set, &client);
	engine_forget(&r);
	usleep(20000);
	engine_exit(s, client, 5);
}

static void input_that_cannot_be_spliced_is_copied(void)
{
	struct setting set = plain;
	char ours[8192], theirs[8192];
	ssize_t n, m = 0, got;
	pid_t client;
	int s;

	set.in = open("/proc/self/mounts", O_RDONLY);
	n = read(open("/proc/self/mounts", O_RDONLY), ours, sizeof ours);
	s = greet(set, &client);
	CHECK(is_pipe(r.fds[0]));
	while (m < n && (got = read(r.fds[0], theirs + m, sizeof theirs - (size_t)m)) > 0)
		m += got;
	CHECK(n > 0 && n == m && !memcmp(ours, theirs, (size_t)n));
	engine_exit(s, client, 0);
}

/* What a program does: writes all, its ends are closed, and the engine says EXIT at once. */
static void write_and_exit(int s, pid_t client, int fd, size_t from, size_t size)
{
	static uint8_t chunk[1 << 20];

	for (size_t at = 0; at < size;) {
		size_t n = size - at < sizeof chunk ? size - at : sizeof chunk;
		size_t put = 0;

		fill(chunk, from + at, n);
		while (put < n) {
			ssize_t w = write(fd, chunk + put, n - put);

			CHECK(w > 0);
			put += (size_t)w;
		}
		at += n;
	}
	engine_forget(&r);
	engine_exit(s, client, 9);
}

static void a_large_output_is_whole_when_the_client_ends(void)
{
	struct setting set = plain;
	pid_t client;
	int s;

	set.out = make_file("out", 0);
	s = greet(set, &client);
	CHECK(is_pipe(r.fds[1]) && !is_pipe(r.fds[0]));
	write_and_exit(s, client, r.fds[1], 0, LARGE);
	CHECK(lseek(set.out, 0, SEEK_CUR) == LARGE);
	CHECK(lseek(set.out, 0, SEEK_SET) == 0 && verify(set.out, 0) == LARGE);
}

static void what_lies_in_the_pipe_at_the_end_is_written_though_others_hold_it(void)
{
	struct setting set = plain;
	int copy, s;
	pid_t client;

	set.out = make_file("out", 0);
	s = greet(set, &client);
	copy = dup(r.fds[1]);
	CHECK(copy >= 0);
	write_and_exit(s, client, r.fds[1], 0, 30000);
	CHECK(lseek(set.out, 0, SEEK_SET) == 0 && verify(set.out, 0) == 30000);
}

static void output_lands_at_the_offset_and_moves_it(void)
{
	struct setting set = plain;
	struct stat st;
	pid_t client;
	int s;

	set.out = make_file("out", 10000);
	CHECK(lseek(set.out, 2000, SEEK_SET) == 2000);
	s = greet(set, &client);
	write_and_exit(s, client, r.fds[1], 2000, 500);
	CHECK(lseek(set.out, 0, SEEK_CUR) == 2500);
	CHECK(!fstat(set.out, &st) && st.st_size == 10000);
	CHECK(lseek(set.out, 0, SEEK_SET) == 0 && verify(set.out, 0) == 10000);
}

static void appended_output_is_appended(void)
{
	struct setting set = plain;
	pid_t client;
	int s, check;

	close(make_file("out", 10000));
	set.out = open("out", O_WRONLY | O_APPEND);
	s = greet(set, &client);
	write_and_exit(s, client, r.fds[1], 10000, LARGE);
	check = open("out", O_RDONLY);
	CHECK(verify(check, 0) == 10000 + LARGE);
}

static void one_file_for_both_keeps_the_order(void)
{
	struct setting set = plain;
	char text[64];
	ssize_t n;
	pid_t client;
	int s;

	set.out = set.err = make_file("out", 0);
	s = greet(set, &client);
	for (int i = 0; i < 3; i++)
		CHECK(write(r.fds[1], "out ", 4) == 4 && write(r.fds[2], "err ", 4) == 4);
	engine_forget(&r);
	engine_exit(s, client, 0);
	CHECK(lseek(set.out, 0, SEEK_SET) == 0);
	n = read(set.out, text, sizeof text);
	CHECK(n == 24 && !memcmp(text, "out err out err out err ", 24));
}

static void small_files_only(void)
{
	struct rlimit limit = {100000, 100000};

	signal(SIGXFSZ, SIG_IGN);
	CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
}

static void lost_output_is_said_and_is_a_failure(void)
{
	static uint8_t chunk[200000];
	struct setting set = plain;
	int err[2], s;
	ssize_t n;
	pid_t client;

	signal(SIGPIPE, SIG_IGN);
	CHECK(!pipe(err));
	set.out = make_file("out", 0);
	set.err = err[1];
	set.prepare = small_files_only;
	s = greet(set, &client);
	close(err[1]);
	/* The program learns of it like of a closed pipe. */
	while ((n = write(r.fds[1], chunk, sizeof chunk)) > 0)
		;
	CHECK(errno == EPIPE);
	engine_forget(&r);
	engine_send(s, REG_CLIENT_EXIT, 0, NULL, 0);
	CHECK(exit_code(client) == 125);
	CHECK(!strcmp(read_all(err[0]), "reg: writing to standard output: File too large\n"));
}

static void closed_descriptors_become_dev_null(void)
{
	struct setting set = {-2, -2, -2, 0, NULL};
	struct stat null, got;
	pid_t client;
	int s = greet(set, &client);

	CHECK(!stat("/dev/null", &null));
	for (int i = 0; i < 3; i++)
		CHECK(!fstat(r.fds[i], &got) && got.st_rdev == null.st_rdev && S_ISCHR(got.st_mode));
	engine_exit(s, client, 0);
}

static void others_are_passed_as_they_are(void)
{
	struct setting set = plain;
	struct stat mine, theirs;
	int ends[2], s;
	pid_t client;

	CHECK(!pipe(ends));
	set.in = ends[0];
	set.out = open("/dev/null", O_WRONLY);
	s = greet(set, &client);
	CHECK(!fstat(ends[0], &mine) && !fstat(r.fds[0], &theirs) && mine.st_ino == theirs.st_ino);
	CHECK(!fstat(r.fds[1], &theirs) && S_ISCHR(theirs.st_mode));
	engine_exit(s, client, 0);
}

static void a_directory_or_a_bare_path_is_refused(void)
{
	const char *const said = "reg: standard input cannot be passed to the engine: ";
	int listener = engine_listen(SOCKET);

	use_host(SOCKET);
	for (int i = 0; i < 2; i++) {
		struct setting set = plain;
		int err[2];
		pid_t client;

		CHECK(!pipe(err));
		set.err = err[1];
		set.in = open(i ? "/dev/null" : ".", i ? O_PATH : O_RDONLY);
		client = CLIENT(&set, "x");
		close(err[1]);
		CHECK(!engine_receive(engine_accept(listener), &r));
		CHECK(exit_code(client) == 125);
		CHECK(!strncmp(read_all(err[0]), said, strlen(said)));
	}
}

static const struct test tests[] = {
	TEST(a_large_input_arrives_whole),
	TEST(input_starts_at_the_offset_and_the_unread_rest_is_given_back),
	TEST(a_program_that_closes_its_input_ends_as_it_likes),
	TEST(input_that_cannot_be_spliced_is_copied),
	TEST(a_large_output_is_whole_when_the_client_ends),
	TEST(what_lies_in_the_pipe_at_the_end_is_written_though_others_hold_it),
	TEST(output_lands_at_the_offset_and_moves_it),
	TEST(appended_output_is_appended),
	TEST(one_file_for_both_keeps_the_order),
	TEST(lost_output_is_said_and_is_a_failure),
	TEST(closed_descriptors_become_dev_null),
	TEST(others_are_passed_as_they_are),
	TEST(a_directory_or_a_bare_path_is_refused),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("client_pump", argc, argv, tests);
}
