/*
 * reg-copier pack|unpack FLAGS NAME LABEL PATH
 *
 * FLAGS: any of `a` (owners), `L` (follow the source when it is a link) and `n` (no destination that is a link); may be empty. NAME: what every name in the archive
 * begins with, `.` for the content of a directory, empty for an archive of anybody's, which needs a directory to go to. LABEL
 * stands for PATH in messages. `pack` writes to standard output, `unpack` reads from standard input. Exit status 1 when
 * something could not be copied; said on standard error, unless it is only that the other side failed, which says so itself.
 */
#include "copier.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES_MAX 5
#define LINE_MAX_BYTES 700 /* all of them fit a pipe's smallest size, so that a line never waits */

static unsigned lines;

void copier_say(const char *what, const char *label, const char *name, int error)
{
	char line[LINE_MAX_BYTES];
	if (lines++ >= LINES_MAX)
		return;
	int n = snprintf(line, sizeof line - 1, "reg: cp: %s %.400s%s%.100s%s%s", what, label, *name ? ": " : "", name, error ? ": " : "",
			 error ? strerror(error) : "");
	if (n < 0)
		return;
	size_t length = (size_t)n < sizeof line - 1 ? (size_t)n : sizeof line - 2;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[length++] = '\n';
	if (write(2, line, length) < 0)
		return; /* the exit status is left */
}

void copier_said(void)
{
	unsigned more = lines > LINES_MAX ? lines - LINES_MAX : 0;
	char number[24];
	snprintf(number, sizeof number, "%u", more);
	lines = 0;
	if (more)
		copier_say("there were more of such failures:", number, "", 0);
}

static bool proper_name(const char *name)
{
	return strlen(name) <= COPIER_NAME_MAX && !strchr(name, '/') && strcmp(name, "..") != 0;
}

int main(int argc, char **argv)
{
	bool pack = argc == 6 && !strcmp(argv[1], "pack");
	if (!pack && !(argc == 6 && !strcmp(argv[1], "unpack"))) {
		fprintf(stderr, "usage: reg-copier pack|unpack FLAGS NAME LABEL PATH\n");
		return 2;
	}
	struct order order = {.owners = strchr(argv[2], 'a'), .follow = strchr(argv[2], 'L'), .wary = strchr(argv[2], 'n'), .name = argv[3], .label = argv[4], .path = argv[5]};
	if (!proper_name(order.name) || (pack && !*order.name) || !*order.path) {
		fprintf(stderr, "reg-copier: a name or a path that cannot be\n");
		return 2;
	}
	/* In a container others may have the same user: what is executed is ours, its memory is not to be theirs. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	umask(0);
	int result = pack ? copier_pack(&order) : copier_unpack(&order);
	copier_said();
	return result;
}
