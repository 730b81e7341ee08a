/* Engines that stop, or die, before they have begun what a client asked for; and the engine's end as an answer. */
#include "engine.h"

static struct received r;

static int client_with_errors(pid_t *client, int in)
{
	struct setting set = plain;
	int err[2];

	use_host(SOCKET);
	CHECK(!pipe2(err, O_CLOEXEC));
	set.in = in;
	set.err = err[1];
	*client = CLIENT(&set, "run");
	close(err[1]);
	return err[0];
}

static int input_of(const char *text)
{
	int file = open("input", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && !lseek(file, 0, SEEK_SET));
	return file;
}

static void a_request_that_nobody_read_is_given_again(void)
{
	int listener = engine_listen(SOCKET), s;
	char text[16] = "";
	pid_t client;
	int errors = client_with_errors(&client, input_of("the input"));

	for (int i = 0; i < 3; i++) {
		s = engine_accept(listener);
		usleep(100000); /* HELLO is in the socket, and input in its pipe */
		close(s);
	}
	s = engine_greet(listener, &r);
	CHECK(read(r.fds[0], text, sizeof text) == 9 && !strcmp(text, "the input"));
	engine_forget(&r);
	engine_exit(s, client, 7);
	CHECK(!*read_all(errors));
}

static void a_connection_that_nobody_accepted_is_made_again(void)
{
	int old = engine_listen(SOCKET), fresh, s;
	struct pollfd waiting = {.fd = old, .events = POLLIN};
	pid_t client;
	int errors = client_with_errors(&client, -1);

	CHECK(poll(&waiting, 1, 10000) == 1);
	fresh = engine_listen("fresh.sock");
	CHECK(!rename("fresh.sock", SOCKET));
	close(old);
	s = engine_greet(fresh, &r);
	engine_forget(&r);
	engine_exit(s, client, 8);
	CHECK(!*read_all(errors));
}

static void goodbye_alone_sends_to_the_next_engine(void)
{
	int listener = engine_listen(SOCKET), s;
	pid_t client;
	int errors = client_with_errors(&client, -1);

	s = engine_greet(listener, &r);
	engine_forget(&r);
	engine_send(s, REG_CLIENT_GOODBYE, 0, NULL, 0);
	close(s);
	close(listener);
	unlink(SOCKET);
	usleep(300000); /* nobody is there, and that is no reason to give up */
	listener = engine_listen(SOCKET);
	s = engine_greet(listener, &r);
	engine_forget(&r);
	engine_exit(s, client, 9);
	CHECK(!*read_all(errors));
}

static void goodbye_after_a_word_is_an_end(void)
{
	int listener = engine_listen(SOCKET), s;
	pid_t client;
	int errors = client_with_errors(&client, -1);

	s = engine_greet(listener, &r);
	engine_forget(&r);
	engine_send(s, REG_CLIENT_GETENV, 0, "HOME", 5);
	CHECK(engine_receive(s, &r));
	engine_send(s, REG_CLIENT_GOODBYE, 0, NULL, 0);
	CHECK(exit_code(client) == 125);
	CHECK(strstr(read_all(errors), "stopped before this command was done"));
}

static void farewell_comes_true_with_the_end_of_the_engine(void)
{
	int ready[2], status;
	pid_t engine, client;
	char byte;

	CHECK(!pipe2(ready, O_CLOEXEC));
	engine = fork();
	CHECK(engine >= 0);
	if (!engine) {
		int listener = engine_listen(SOCKET), s;

		CHECK(write(ready[1], "", 1) == 1);
		s = engine_greet(listener, &r);
		engine_send(s, REG_CLIENT_FAREWELL, 5, NULL, 0);
		close(s);
		usleep(400000);
		_exit(0);
	}
	use_host(SOCKET);
	CHECK(read(ready[0], &byte, 1) == 1);
	client = CLIENT(&plain, "engine", "stop");
	CHECK(exit_code(client) == 5);
	CHECK(waitpid(engine, &status, WNOHANG) == engine);
}

static const struct test tests[] = {
	TEST(a_request_that_nobody_read_is_given_again),
	TEST(a_connection_that_nobody_accepted_is_made_again),
	TEST(goodbye_alone_sends_to_the_next_engine),
	TEST(goodbye_after_a_word_is_an_end),
	TEST(farewell_comes_true_with_the_end_of_the_engine),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("client_again", argc, argv, tests);
}
