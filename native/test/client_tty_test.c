/* What goes through the client between a container's terminal and its caller. */
#include "terminals.h"

static void bytes_go_both_ways_and_settings_come_back(void)
{
	begin_session(&plain);
	EVENTUALLY(is_raw());
	EVENTUALLY(has_size(program, 33, 99));
	type("a\x03\x1a\r");
	EXPECT(program, "a\x03\x1a\r");
	CHECK(write(program, "x\ny\r\n\x00\xff", 7) == 7);
	EXPECT(user, "x\ny\r\n\x00\xff");
	end(42);
}

static void the_size_follows(void)
{
	begin_session(&plain);
	EVENTUALLY(has_size(program, 33, 99));
	set_size(user, 50, 132);
	EVENTUALLY(has_size(program, 50, 132));
	end(0);
}

static void all_output_is_shown_before_the_end(void)
{
	static char text[20000]; /* less than a terminal holds, however small the pieces: nobody reads before the end */

	begin_session(&plain);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)i;
	CHECK(write(program, text, sizeof text) == (ssize_t)sizeof text);
	engine_send(conversation, REG_CLIENT_EXIT, 3, NULL, 0);
	expect(user, text, sizeof text);
	CHECK(exit_code(client) == 3 && settings_are(&before));
}

static void a_terminal_that_is_gone_hangs_the_programs_up(void)
{
	begin_session(&plain);
	EVENTUALLY(is_raw());
	close(user);
	close(screen);
	struct pollfd gone = {.fd = program, .events = POLLIN};
	CHECK(poll(&gone, 1, PATIENCE_MS) == 1 && gone.revents & POLLHUP);
	engine_exit(conversation, client, 129);
}

static void input_that_ends_is_ended_by_the_terminal(void)
{
	struct setting s = plain;
	int ends[2];
	char line[16];

	CHECK(!pipe(ends));
	s.in = ends[0];
	begin(&s);
	start(ICANON);
	CHECK(settings_are(&before));
	CHECK(write(ends[1], "one\ntwo", 7) == 7);
	close(ends[1]);
	EXPECT(program, "one\n");
	EXPECT(program, "two");
	CHECK(read(program, line, sizeof line) == 0);
	end(0);
}

static void input_that_a_terminal_did_not_take_stays_in_its_file(void)
{
	static char text[300000];
	struct setting s = plain;
	int file = open("input", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	off_t at;

	memset(text, 'x', sizeof text);
	CHECK(file >= 0 && write(file, text, sizeof text) == (ssize_t)sizeof text && !lseek(file, 0, SEEK_SET));
	s.in = file;
	begin_session(&s);
	EXPECT(program, "xxxx");
	end(0);
	at = lseek(file, 0, SEEK_CUR);
	CHECK(at >= 4 && at < (off_t)sizeof text);
}

static void output_to_a_pipe_that_nobody_reads_any_more(void)
{
	struct setting s = plain;
	int ends[2];

	CHECK(!pipe2(ends, O_CLOEXEC));
	s.out = ends[1];
	begin_session(&s);
	close(ends[1]);
	CHECK(write(program, "one", 3) == 3);
	EXPECT(ends[0], "one");
	EVENTUALLY(is_raw());
	close(ends[0]);
	CHECK(write(program, "two", 3) == 3);
	struct pollfd gone = {.fd = program, .events = POLLIN};
	CHECK(poll(&gone, 1, PATIENCE_MS) == 1 && gone.revents & POLLHUP);
	EVENTUALLY(settings_are(&before)); /* the program may go on for long */
	EXPECT(user, "reg: writing to standard output: Broken pipe\r\n");
	engine_send(conversation, REG_CLIENT_EXIT, 0, NULL, 0);
	CHECK(exit_code(client) == 125);
}

static void lines_of_the_engine_are_lines_on_a_raw_terminal(void)
{
	begin_session(&plain);
	EVENTUALLY(is_raw());
	engine_send(conversation, REG_CLIENT_OUT, 2, "a\nb", 3);
	EXPECT(user, "a\r\nb");
	end(0);
}

static void a_terminal_that_does_not_arrive_is_said(void)
{
	begin(&plain);
	close(ask());
	engine_send(conversation, REG_CLIENT_STARTED, 0, "id\0token", 9);
	EXPECT(user, "reg: the container's terminal did not arrive: ");
	CHECK(exit_code(client) == 125 && settings_are(&before));
}

static void a_program_that_is_over_before_its_start_is_told_of(void)
{
	begin(&plain);
	hand_over(ask());
	CHECK(write(program, "short\n", 6) == 6); /* becomes \r\n on the way out of it, once */
	engine_send(conversation, REG_CLIENT_EXIT, 9, NULL, 0);
	EXPECT(user, "short\r\n");
	CHECK(exit_code(client) == 9 && settings_are(&before) && is_silent(user));
}

static void a_start_that_fails_leaves_the_terminal_alone(void)
{
	begin(&plain);
	hand_over(ask());
	engine_send(conversation, REG_CLIENT_OUT, 2, "reg: no\n", 8);
	end(127);
	EXPECT(user, "reg: no\r\n");
}

static void the_session_goes_on_without_the_engine(void)
{
	begin_session(&plain);
	EVENTUALLY(is_raw());
	close(conversation);
	type("x");
	EXPECT(program, "x");
	CHECK(write(program, "y", 1) == 1);
	EXPECT(user, "y");
	conversation = engine_accept(listener);
	CHECK(engine_receive(conversation, &r) && r.type == REG_CLIENT_ATTACH && !memcmp(r.bytes, "id\0token", r.length));
	type("z");
	EXPECT(program, "z");
	end(5);
}

static void a_program_may_close_its_terminal_and_open_it_again(void)
{
	char path[64], name[64] = "";

	begin_session(&plain);
	EVENTUALLY(is_raw());
	snprintf(path, sizeof path, "/proc/self/fd/%d", program);
	CHECK(readlink(path, name, sizeof name - 1) > 0);
	close(program);
	usleep(50000);
	program = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(program >= 0 && write(program, "again", 5) == 5);
	EXPECT(user, "again");
	type("x");
	EXPECT(program, "x");
	end(0);
}

static const struct test tests[] = {
	TEST(bytes_go_both_ways_and_settings_come_back),
	TEST(the_size_follows),
	TEST(all_output_is_shown_before_the_end),
	TEST(a_terminal_that_is_gone_hangs_the_programs_up),
	TEST(input_that_ends_is_ended_by_the_terminal),
	TEST(input_that_a_terminal_did_not_take_stays_in_its_file),
	TEST(output_to_a_pipe_that_nobody_reads_any_more),
	TEST(lines_of_the_engine_are_lines_on_a_raw_terminal),
	TEST(a_terminal_that_does_not_arrive_is_said),
	TEST(a_program_that_is_over_before_its_start_is_told_of),
	TEST(a_start_that_fails_leaves_the_terminal_alone),
	TEST(the_session_goes_on_without_the_engine),
	TEST(a_program_may_close_its_terminal_and_open_it_again),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("client_tty", argc, argv, tests);
}
