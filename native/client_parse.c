#include <string.h>

#include "client.h"

/* Takes one NUL-terminated string off the front of the payload. */
static const char *take_string(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *nul = *at == end ? NULL : memchr(*at, 0, (size_t)(end - *at));
	const char *s = (const char *)*at;

	if (!nul)
		return NULL;
	*at = nul + 1;
	return s;
}

static const char *parse_payload(const uint8_t *at, const uint8_t *end, struct message *m)
{
	switch (m->type) {
	case REG_CLIENT_OUT:
		if (m->arg != 1 && m->arg != 2)
			return "output for a descriptor that is neither 1 nor 2";
		m->bytes = at;
		m->length = (size_t)(end - at);
		return NULL;
	case REG_CLIENT_OPEN:
		if (end - at < 8)
			return "an OPEN that is too short";
		memcpy(&m->flags, at, 4);
		memcpy(&m->mode, at + 4, 4);
		at += 8;
		/* fall through */
	case REG_CLIENT_LIST:
	case REG_CLIENT_GETENV:
		m->text = take_string(&at, end);
		if (!m->text || !*m->text || at != end)
			return "a request without a proper name";
		return NULL;
	case REG_CLIENT_READ:
		if (end - at < 4)
			return "a READ that is too short";
		memcpy(&m->flags, at, 4);
		at += 4;
		m->text = take_string(&at, end);
		if (!m->text || !*m->text || at != end || m->flags > REG_LOGICAL_MAX - 4)
			return "a READ without a bound and a path";
		return NULL;
	case REG_CLIENT_STARTED:
		m->text = take_string(&at, end);
		m->token = m->text ? take_string(&at, end) : NULL;
		if (!m->token || !*m->text || at != end)
			return "a STARTED without id and token";
		return NULL;
	case REG_CLIENT_RENAME:
		m->text = take_string(&at, end);
		m->token = m->text ? take_string(&at, end) : NULL;
		if (!m->token || !*m->text || at != end)
			return "a RENAME without two paths";
		return NULL;
	case REG_CLIENT_COPY:
		if (end - at < 8)
			return "a COPY that is too short";
		memcpy(&m->flags, at, 4);
		memcpy(&m->mode, at + 4, 4);
		at += 8;
		m->text = take_string(&at, end);
		m->token = m->text ? take_string(&at, end) : NULL;
		if (!m->token || at != end || m->flags > REG_COPY_UNPACK || (m->flags && !*m->text))
			return "a COPY without path and name";
		return NULL;
	case REG_CLIENT_EXIT:
	case REG_CLIENT_FAREWELL:
		if (m->arg > 255)
			return "an exit code above 255";
		/* fall through */
	case REG_CLIENT_GOODBYE:
	case REG_CLIENT_TERMINAL:
		return at == end ? NULL : "a payload where none belongs";
	default:
		return "a message of an unknown type";
	}
}

const char *parse_message(const uint8_t *buffer, size_t length, struct message *m)
{
	struct reg_header header;

	memset(m, 0, sizeof *m);
	if (length < REG_HEADER_SIZE || length > REG_MESSAGE_MAX)
		return "a message of an impossible size";
	memcpy(&header, buffer, REG_HEADER_SIZE);
	if (header.type & REG_TYPE_OPTIONAL)
		return NULL;
	/* Output is written part by part; nothing else the engine says is longer than one message. */
	if ((header.type & REG_TYPE_MORE) && (header.type & ~REG_TYPE_MORE) != REG_CLIENT_OUT)
		return "a request in several parts";
	m->type = header.type & ~REG_TYPE_MORE;
	m->arg = header.arg;
	return parse_payload(buffer + REG_HEADER_SIZE, buffer + length, m);
}
