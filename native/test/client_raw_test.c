/* The caller's terminal: taken, given back whatever happens, and left to whom job control gives it. */
#include "terminals.h"

static void a_killed_client_leaves_the_terminal_as_it_was(void)
{
	pid_t guard;

	begin_session(&plain);
	EVENTUALLY(is_raw());
	guard = guard_of(client);
	CHECK(guard > 0 && getpgid(guard) == guard);
	CHECK(!kill(-client, SIGKILL)); /* the whole group, as a shell would */
	CHECK(WTERMSIG(wait_status(0)) == SIGKILL);
	EVENTUALLY(settings_are(&before));
	EVENTUALLY(is_gone(guard));
	/* The program's terminal has hung up. */
	struct pollfd gone = {.fd = program, .events = POLLIN};
	CHECK(poll(&gone, 1, PATIENCE_MS) == 1 && gone.revents & POLLHUP);
}

static void what_others_set_since_is_theirs(void)
{
	struct termios theirs;
	pid_t guard;

	begin_session(&plain);
	EVENTUALLY(is_raw());
	guard = guard_of(client);
	theirs = before;
	theirs.c_lflag &= ~(tcflag_t)ECHO;
	CHECK(!tcsetattr(screen, TCSANOW, &theirs) && !kill(client, SIGKILL));
	wait_status(0);
	EVENTUALLY(is_gone(guard));
	CHECK(settings_are(&theirs));
}

/* A process that leads a session on the container's terminal, as its program does. */
static pid_t lead(void (*disposition)(int), bool job)
{
	int ready[2];
	char byte;
	pid_t pid;

	CHECK(!pipe(ready));
	pid = fork();
	if (!pid) {
		setsid();
		signal(SIGHUP, SIG_DFL);
		signal(SIGTSTP, job ? SIG_DFL : disposition);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (ioctl(program, TIOCSCTTY, 0))
			_exit(1);
		if (job) {
			pid_t child = fork();
			if (!child) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				for (;;)
					pause();
			}
			signal(SIGTSTP, disposition);
			setpgid(child, child);
			signal(SIGTTOU, SIG_IGN);
			tcsetpgrp(program, child);
		}
		(void)!write(ready[1], "", 1);
		for (;;)
			pause();
	}
	CHECK(pid > 0 && read(ready[0], &byte, 1) == 1);
	return pid;
}

/* The program's terminal interprets what is typed, without echo. */
static void interpret(void)
{
	struct termios t;

	CHECK(!tcgetattr(program, &t));
	t.c_lflag |= ISIG | NOFLSH;
	CHECK(!tcsetattr(program, TCSANOW, &t));
}

static void a_stop_that_would_be_lost_stops_the_client(void)
{
	begin_session(&plain);
	lead(SIG_DFL, false);
	interpret();
	EVENTUALLY(is_raw());
	type("ab\x1a" "cd");
	CHECK(WSTOPSIG(wait_status(WUNTRACED)) == SIGTSTP);
	CHECK(settings_are(&before));
	EXPECT(program, "ab");
	CHECK(is_silent(program));
	set_size(user, 20, 40);
	CHECK(!kill(client, SIGCONT));
	EXPECT(program, "cd");
	EVENTUALLY(is_raw());
	EVENTUALLY(has_size(program, 20, 40));
	end(0);
}

static void a_shell_in_the_container_gets_its_stops(void)
{
	begin_session(&plain);
	lead(SIG_IGN, false);
	interpret();
	EVENTUALLY(is_raw());
	type("a\x1a" "b"); /* ignored, as it is by a shell at its prompt */
	EXPECT(program, "ab");
	end(0);
}

static void a_job_in_the_container_is_stopped_by_its_terminal(void)
{
	pid_t shell, job;
	char state[64] = "", path[64];

	begin_session(&plain);
	shell = lead(SIG_IGN, true);
	job = guard_of(shell); /* its only child */
	CHECK(job > 0);
	interpret();
	EVENTUALLY(is_raw());
	type("\x1a");
	snprintf(path, sizeof path, "/proc/%d/stat", job);
	for (int tries = PATIENCE_MS / 5; tries; tries--) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		CHECK(fd >= 0 && read(fd, state, sizeof state - 1) > 0);
		close(fd);
		if (strrchr(state, ')')[2] == 'T')
			break;
		usleep(5000);
	}
	CHECK(strrchr(state, ')')[2] == 'T');
	end(0);
}

static void a_quoted_stop_is_a_byte(void)
{
	struct termios t;

	begin_session(&plain);
	lead(SIG_DFL, false);
	CHECK(!tcgetattr(program, &t));
	t.c_lflag |= ISIG | ICANON | IEXTEN;
	CHECK(!tcsetattr(program, TCSANOW, &t));
	EVENTUALLY(is_raw());
	type("\x16\x1a\n");
	EXPECT(program, "\x1a\n");
	end(0);
}

static void a_stop_signal_suspends_the_client_alone(void)
{
	begin_session(&plain);
	EVENTUALLY(is_raw());
	CHECK(!kill(client, SIGTSTP));
	CHECK(WSTOPSIG(wait_status(WUNTRACED)) == SIGTSTP && settings_are(&before));
	CHECK(!kill(client, SIGCONT));
	EVENTUALLY(is_raw());
	type("x");
	EXPECT(program, "x");
	end(0);
}

static void a_client_in_the_background_leaves_the_terminal_alone(void)
{
	struct setting s = plain;

	s.prepare = be_background;
	begin_session(&s);
	CHECK(write(program, "out", 3) == 3);
	EXPECT(user, "out");
	type("mine\n");
	CHECK(is_silent(program) && settings_are(&before));
	CHECK(!tcsetpgrp(screen, client));
	EVENTUALLY(is_raw());
	EXPECT(program, "mine\n");
	end(0);
}

static const struct test tests[] = {
	TEST(a_killed_client_leaves_the_terminal_as_it_was),
	TEST(what_others_set_since_is_theirs),
	TEST(a_stop_that_would_be_lost_stops_the_client),
	TEST(a_shell_in_the_container_gets_its_stops),
	TEST(a_job_in_the_container_is_stopped_by_its_terminal),
	TEST(a_quoted_stop_is_a_byte),
	TEST(a_stop_signal_suspends_the_client_alone),
	TEST(a_client_in_the_background_leaves_the_terminal_alone),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("client_raw", argc, argv, tests);
}
