/* Whatever bytes arrive, a message that parses stays inside them. */
#include <stdlib.h>

#include "../client_parse.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const void *at, size_t length, const uint8_t *data, size_t size)
{
	const uint8_t *p = at;

	if (p && (p < data || p + length > data + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message m;

	if (parse_message(data, size, &m) || !m.type)
		return 0;
	if (m.text)
		inside(m.text, strlen(m.text) + 1, data, size);
	if (m.token)
		inside(m.token, strlen(m.token) + 1, data, size);
	if (m.type == REG_CLIENT_COPY && (m.flags > REG_COPY_UNPACK || !m.token))
		abort();
	inside(m.bytes, m.length, data, size);
	if ((m.type == REG_CLIENT_TERMINAL || m.type == REG_CLIENT_GOODBYE) && size != REG_HEADER_SIZE)
		abort();
	return 0;
}
