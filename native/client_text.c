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

void text_write(int fd, const char *text, size_t length)
{
	const char *end = text + length;

	while (raw_entered() && text < end) {
		const char *line = memchr(text, '\n', (size_t)(end - text));

		if (!line)
			break;
		stdio_write(fd, (const uint8_t *)text, (size_t)(line - text));
		stdio_write(fd, (const uint8_t *)"\r\n", 2);
		text = line + 1;
	}
	stdio_write(fd, (const uint8_t *)text, (size_t)(end - text));
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
	text_write(2, line, used);
}
