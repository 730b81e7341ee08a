/* Plays a dynamic loader for the lister's tests: static, so that what is in its environment does nothing to itself. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char byte;
	int given = 0;
	const char *trace = getenv("LD_TRACE_LOADED_OBJECTS"), *path = getenv("LD_LIBRARY_PATH");
	if (argc == 2 && !strcmp(argv[1], "/kill"))
		raise(SIGKILL);
	while (read(0, &byte, 1) == 1)
		given++;
	printf("\t%d %s %d %s %s\n", argc, argv[argc - 1], given, trace ? trace : "-", path ? path : "-");
	fflush(stdout);
	fprintf(stderr, "worse\n");
	return 3;
}
