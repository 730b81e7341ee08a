/* What a detached container writes is in its log: all of it, in its format, whoever dies meanwhile. */
#include "launcher_fixture.h"

#include <ctype.h>

#define LOG_MAX (16 << 20)

/* Starts a container with a log of its own directory. */
static uint32_t start_logged(char *const *argv)
{
	static struct kit_plan p;
	char dir[64];
	int out[2], err[2];
	CHECK(!pipe2(out, O_CLOEXEC) && !pipe2(err, O_CLOEXEC));
	p.length = p.fd_count = 0;
	snprintf(dir, sizeof dir, "space/%u", ++last_slot);
	kit_stdio(&p, open("/dev/null", O_RDWR | O_CLOEXEC), out[1], err[1]);
	kit_fd_op(&p, REG_OP_ROOT, 0, kit_overlay("lower", dir));
	kit_fsmount(&p, MS_NOSUID | MS_NODEV | MS_NOEXEC, "proc", "/proc", "");
	kit_exec(&p, argv, plain_env);
	kit_fd(&p, out[0]);
	kit_fd(&p, err[0]);
	kit_fd(&p, open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC));
	kit_start(engine, last_slot, REG_START_INIT | REG_START_LOG, &p);
	return last_slot;
}

static char *read_file(uint32_t slot, const char *name)
{
	char path[64];
	struct stat status;
	snprintf(path, sizeof path, "space/%u/%s", slot, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return strdup("");
	CHECK(!fstat(fd, &status));
	char *text = malloc((size_t)status.st_size + 1);
	CHECK(text && read(fd, text, (size_t)status.st_size) == status.st_size);
	text[status.st_size] = 0;
	close(fd);
	return text;
}

/* Checks the head of the record at `line` and returns its text; the tag in *tag, 1 or 2 in *stream. */
static char *parse(char *line, int *stream, char *tag)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddddddddZ ";
	for (size_t i = 0; form[i]; i++)
		CHECK(form[i] == 'd' ? isdigit((unsigned char)line[i]) : line[i] == form[i]);
	line += sizeof form - 1;
	CHECK(!strncmp(line, "stdout ", 7) || !strncmp(line, "stderr ", 7));
	*stream = line[3] == 'o' ? 1 : 2;
	CHECK((line[7] == 'F' || line[7] == 'P') && line[8] == ' ');
	*tag = line[7];
	return line + 9;
}

/* What the program wrote to one stream, put together again. */
static char *content(char *log, int wanted)
{
	char *result = malloc(strlen(log) + 1), *at = result;
	for (char *line = log, *end; *line; line = end + 1) {
		int stream;
		char tag;
		end = strchr(line, '\n');
		CHECK(end);
		char *text = parse(line, &stream, &tag);
		CHECK(end - text <= 16384);
		if (stream != wanted)
			continue;
		memcpy(at, text, (size_t)(end - text));
		at += end - text;
		if (tag == 'F')
			*at++ = '\n';
	}
	*at = 0;
	return result;
}

static void await_gone(uint32_t slot)
{
	await(REG_LAUNCHER_GONE, slot);
	forget(slot);
}

static void both_streams_are_in_the_log_when_the_container_is_gone(void)
{
	begin();
	uint32_t slot = start_logged(ARGV("echo", "one", "error", "bad", "echo", "", "echo", "two", "creep", "5"));
	await_gone(slot);
	char *log = read_file(slot, "log");
	CHECK(!strcmp(content(log, 1), "one\n\ntwo\nxxxxx") && !strcmp(content(log, 2), "bad\n"));
	finish();
}

static void a_long_line_is_cut_and_can_be_put_together(void)
{
	begin();
	uint32_t slot = start_logged(ARGV("creep", "100000", "echo", "end"));
	await_gone(slot);
	char *text = content(read_file(slot, "log"), 1);
	CHECK(strlen(text) == 100004 && strspn(text, "x") == 100000 && !strcmp(text + 100000, "end\n"));
	finish();
}

static void a_log_is_bounded_by_rotation(void)
{
	begin();
	uint32_t slot = start_logged(ARGV("creep", "20000000", "echo", "last"));
	await_gone(slot);
	char *log = read_file(slot, "log"), *old = read_file(slot, "log.1");
	CHECK(*log && strlen(log) <= LOG_MAX && *old && strlen(old) <= LOG_MAX);
	CHECK(strlen(content(log, 1)) + strlen(content(old, 1)) == 20000005);
	CHECK(strlen(old) > LOG_MAX - (1 << 18));
	finish();
}

static int pid_of(const char *name)
{
	char path[64], text[64];
	for (int pid = launcher_pid; pid < launcher_pid + 4000; pid++) {
		snprintf(path, sizeof path, "/proc/%d/comm", pid);
		FILE *file = fopen(path, "re");
		if (!file)
			continue;
		bool same = fgets(text, sizeof text, file) && !strncmp(text, name, strlen(name)) && text[strlen(name)] == '\n';
		fclose(file);
		if (same && exists(pid))
			return pid;
	}
	return 0;
}

static void await_text(uint32_t slot, const char *text)
{
	for (int tries = 0; tries < 1000; tries++) {
		char *log = read_file(slot, "log");
		bool found = strstr(log, text);
		free(log);
		if (found)
			return;
		usleep(20000);
	}
	CHECK(!"the log has the text in time");
}

static void a_killed_logger_loses_no_container(void)
{
	begin();
	uint32_t slot = start_logged(ARGV("trap", "15", "0", "echo", "before", "sleep", "1", "echo", "after", "pause"));
	await(REG_LAUNCHER_STARTED, slot);
	await_text(slot, "before");
	int writer = pid_of("reg-logger");
	CHECK(writer && !kill(writer, SIGKILL) && ends(writer));
	await_text(slot, "after");
	uint32_t other = start_logged(ARGV("echo", "new"));
	await_gone(other);
	CHECK(!strcmp(content(read_file(other, "log"), 1), "new\n"));
	send_u32(REG_LAUNCHER_SIGNAL, slot, SIGTERM);
	await_gone(slot);
	CHECK(!strcmp(content(read_file(slot, "log"), 1), "before\nafter\n"));
	finish();
}

static void a_killed_holder_stalls_nothing(void)
{
	begin();
	uint32_t slot = start_logged(ARGV("echo", "before", "pause"));
	await(REG_LAUNCHER_STARTED, slot);
	await_text(slot, "before");
	int holder = pid_of("reg-logkeeper");
	CHECK(holder && !kill(holder, SIGKILL));
	send_u32(REG_LAUNCHER_SIGNAL, slot, SIGKILL);
	await_gone(slot);
	slot = start_logged(ARGV("echo", "again"));
	await_gone(slot);
	CHECK(!strcmp(content(read_file(slot, "log"), 1), "again\n"));
	finish();
}

static void a_log_that_cannot_be_written_stalls_nothing(void)
{
	begin();
	uint32_t blocked = start_logged(ARGV("sleep", "0.5", "creep", "300000", "exit", "2"));
	char path[64]; /* a directory in the log's place */
	snprintf(path, sizeof path, "space/%u/log", blocked);
	CHECK(!mkdir(path, 0755));
	struct kit_message m = await(REG_LAUNCHER_EXITED, blocked);
	CHECK(kit_payload(&m, 0) == 2);
	await_gone(blocked);
	uint32_t slot = start_logged(ARGV("echo", "fine"));
	await_gone(slot);
	CHECK(!strcmp(content(read_file(slot, "log"), 1), "fine\n"));
	finish();
}

static void output_that_its_program_takes_back_stalls_nothing(void)
{
	enum { COUNT = 60 }; /* each stalls a reader that waits once in a dozen times */
	begin();
	uint32_t first = start_logged(ARGV("take-back"));
	for (int i = 1; i < COUNT; i++)
		start_logged(ARGV("take-back"));
	await(REG_LAUNCHER_STARTED, last_slot);
	uint32_t slot = start_logged(ARGV("sleep", "2", "echo", "fine"));
	await_gone(slot);
	CHECK(!strcmp(content(read_file(slot, "log"), 1), "fine\n"));
	for (uint32_t i = first; i < first + COUNT; i++)
		send_u32(REG_LAUNCHER_SIGNAL, i, SIGKILL);
	for (int gone = 0; gone < COUNT;) {
		struct kit_message m;
		CHECK(kit_receive(engine, &m, LONG_MS));
		gone += m.type == REG_LAUNCHER_GONE;
	}
	finish();
}

static void logs_of_many_at_once_are_complete(void)
{
	enum { COUNT = 300 }; /* more than files are kept open */
	begin();
	uint32_t first = last_slot + 1;
	for (int i = 0; i < COUNT; i++) {
		char text[32];
		snprintf(text, sizeof text, "container %d", i);
		start_logged(ARGV("echo", text, "sleep", "1", "echo", "bye"));
	}
	for (int gone = 0; gone < COUNT;) {
		struct kit_message m;
		CHECK(kit_receive(engine, &m, LONG_MS) && m.type != REG_LAUNCHER_FAILED);
		if (m.type == REG_LAUNCHER_GONE) {
			char text[64];
			snprintf(text, sizeof text, "container %u\nbye\n", m.arg - first);
			CHECK(!strcmp(content(read_file(m.arg, "log"), 1), text));
			forget(m.arg);
			gone++;
		}
	}
	finish();
}

static const struct test tests[] = {
	TEST(both_streams_are_in_the_log_when_the_container_is_gone),
	TEST(a_long_line_is_cut_and_can_be_put_together),
	TEST(a_log_is_bounded_by_rotation),
	TEST(a_killed_logger_loses_no_container),
	TEST(a_killed_holder_stalls_nothing),
	TEST(a_log_that_cannot_be_written_stalls_nothing),
	TEST(output_that_its_program_takes_back_stalls_nothing),
	TEST(logs_of_many_at_once_are_complete),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("launcher_log", argc, argv, tests);
}
