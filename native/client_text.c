#include <string.h>
#include <unistd.h>

#include "client.h"

bool text_join(char *to, size_t size, const char *const *parts)
{
	size_t used = 0;

	for (; *parts; parts++) {
		size_t length = strlen(*parts);

		if (length >= size - used)
			return false;
		memcpy(to + used, *parts, length);
		used += length;
	}
	to[used] = 0;
	return true;
}

void text_say(const char *const *parts)
{
	char line[1024] = "reg: ";
	size_t used = 5;

	for (; *parts; parts++) {
		for (const char *c = *parts; *c && used < sizeof line - 1; c++)
			/* A path or a name may hold control characters; a terminal must not obey them. */
			line[used++] = (unsigned char)*c < ' ' || *c == 127 ? '?' : *c;
	}
	line[used++] = '\n';
	stdio_write(2, (const uint8_t *)line, used);
}
