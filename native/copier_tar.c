/*
 * The tar format, read strictly: ustar and pax as POSIX.1-2001 has them (pax(1)), and of GNU tar's older one long names and
 * binary numbers (tar(5) of libarchive describes them). Written: ustar, with a pax header where that does not do.
 */
#include "copier.h"

#include <stdio.h>
#include <string.h>

#define EXTENSION_MAX 65536u /* bytes of one pax header */
#define EXTENSIONS_MAX 16    /* headers before one entry */

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
		user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == TAR_BLOCK, "a header is a block");

/* What extensions say of the entry that follows. */
struct extension {
	bool name, link, size, mtime, uid, gid;
};

static bool fail(struct tar *t, const char *why)
{
	t->why = why;
	return false;
}

/* The number of bytes read, less than n only at the end; -1 with why. */
static ssize_t fill(struct tar *t, void *to, size_t n)
{
	size_t got = 0;
	while (got < n) {
		ssize_t more = t->read(t->from, (char *)to + got, n - got);
		if (more < 0)
			return fail(t, "it cannot be read"), -1;
		if (!more)
			break;
		got += (size_t)more;
		t->begun = true;
	}
	return (ssize_t)got;
}

static bool take(struct tar *t, void *to, size_t n)
{
	ssize_t got = fill(t, to, n);
	return got == (ssize_t)n || (got >= 0 ? fail(t, "it ends too early") : false);
}

ssize_t tar_data(struct tar *t, void *to, size_t n)
{
	if (n > t->left)
		n = (size_t)t->left;
	if (n && !take(t, to, n))
		return -1;
	t->left -= n;
	return (ssize_t)n;
}

static bool skip_rest(struct tar *t)
{
	char buffer[8192];
	ssize_t got;
	while ((got = tar_data(t, buffer, sizeof buffer)) > 0)
		;
	bool done = !got && (!t->filler || take(t, buffer, t->filler));
	t->filler = 0;
	return done;
}

/* Octal digits between spaces and NULs, or big-endian binary after a byte with its upper bit set. */
static bool number(const char *field, size_t length, uint64_t most, uint64_t *value)
{
	const uint8_t *at = (const uint8_t *)field, *end = at + length;
	*value = 0;
	if (*at & 0x80) {
		if (*at++ != 0x80)
			return false; /* negative, or more than 8 bytes need */
		for (; at < end; at++) {
			if (*value >> 56)
				return false;
			*value = *value << 8 | *at;
		}
		return *value <= most;
	}
	while (at < end && *at == ' ')
		at++;
	for (; at < end && *at >= '0' && *at <= '7'; at++) {
		if (*value >> 60)
			return false;
		*value = *value << 3 | (uint64_t)(*at - '0');
	}
	for (; at < end; at++)
		if (*at && *at != ' ')
			return false;
	return *value <= most;
}

static bool decimal(const char *text, size_t length, uint64_t most, uint64_t *value)
{
	*value = 0;
	if (!length || length > 19)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (uint64_t)(text[i] - '0');
	}
	return *value <= most;
}

static bool is_zero(const uint8_t *block)
{
	for (size_t i = 0; i < TAR_BLOCK; i++)
		if (block[i])
			return false;
	return true;
}

/* The sum over the block, its own field taken as spaces; old programs summed signed characters. */
static bool sums_up(const struct header *h)
{
	const char *bytes = (const char *)h;
	uint64_t said;
	int64_t sum = 0, signed_sum = 0;
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		bool own = i >= offsetof(struct header, checksum) && i < offsetof(struct header, type);
		sum += own ? ' ' : (uint8_t)bytes[i];
		signed_sum += own ? ' ' : (int8_t)bytes[i];
	}
	return number(h->checksum, sizeof h->checksum, UINT32_MAX, &said) && ((int64_t)said == sum || (int64_t)said == signed_sum);
}

/* A text without NUL, of at most COPIER_PATH_MAX - 1 bytes. */
static bool set_text(char *to, const char *text, size_t length)
{
	if (!length || length >= COPIER_PATH_MAX || memchr(text, 0, length))
		return false;
	memcpy(to, text, length);
	to[length] = 0;
	return true;
}

/* Makes a name relative and plain in place; false for one that leads elsewhere. */
static bool clean(char *name)
{
	char *to = name;
	if (!*name || *name == '/')
		return false;
	for (const char *at = name; *at;) {
		size_t n = strcspn(at, "/");
		if (n > COPIER_NAME_MAX || (n == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		if (n && !(n == 1 && *at == '.')) {
			if (to != name)
				*to++ = '/';
			memmove(to, at, n);
			to += n;
		}
		at += n;
		at += *at == '/';
	}
	if (to == name)
		*to++ = '.';
	*to = 0;
	return true;
}

static bool apply(struct tar *t, const char *key, size_t key_length, const char *value, size_t length, struct entry *e,
		  struct extension *x)
{
	uint64_t n;
#define IS(text) (key_length == sizeof text - 1 && !memcmp(key, text, sizeof text - 1))
	if (IS("path"))
		return (x->name = set_text(e->name, value, length)) || fail(t, "it has a name that is too long or none");
	if (IS("linkpath"))
		return (x->link = set_text(e->link, value, length)) || fail(t, "it has a link that is too long or none");
	if (IS("size")) {
		x->size = decimal(value, length, INT64_MAX, &n), e->size = n;
		return x->size || fail(t, "it has a size that is no number");
	}
	if (IS("uid")) {
		x->uid = decimal(value, length, UINT32_MAX - 1, &n), e->uid = (uint32_t)n;
		return x->uid || fail(t, "it has an owner that is no number");
	}
	if (IS("gid")) {
		x->gid = decimal(value, length, UINT32_MAX - 1, &n), e->gid = (uint32_t)n;
		return x->gid || fail(t, "it has a group that is no number");
	}
	if (IS("mtime")) {
		/* A fraction is let go, and a time before 1970 with it. */
		const char *point = memchr(value, '.', length);
		x->mtime = decimal(value, point ? (size_t)(point - value) : length, INT64_MAX, &n);
		e->mtime = x->mtime ? (int64_t)n : 0;
		return x->mtime = true;
	}
	if (key_length > 10 && !memcmp(key, "GNU.sparse", 10))
		return fail(t, "it has a sparse file, which is not supported");
#undef IS
	return true;
}

/* Records "LENGTH KEY=VALUE\n". */
static bool read_records(struct tar *t, const char *at, size_t left, struct entry *e, struct extension *x)
{
	while (left) {
		const char *space = memchr(at, ' ', left < 20 ? left : 20);
		uint64_t length;
		if (!space || !decimal(at, (size_t)(space - at), left, &length))
			return fail(t, "it has a broken pax header");
		size_t before = (size_t)(space - at) + 1;
		if (length < before + 2 || at[length - 1] != '\n')
			return fail(t, "it has a broken pax header");
		const char *key = at + before;
		const char *equals = memchr(key, '=', (size_t)length - before - 1);
		if (!equals)
			return fail(t, "it has a broken pax header");
		const char *value = equals + 1;
		if (!apply(t, key, (size_t)(equals - key), value, (size_t)(at + length - 1 - value), e, x))
			return false;
		at += length;
		left -= (size_t)length;
	}
	return true;
}

static bool read_extension(struct tar *t, const struct header *h, struct entry *e, struct extension *x)
{
	static char data[EXTENSION_MAX];
	uint64_t size;
	if (!number(h->size, sizeof h->size, sizeof data, &size))
		return fail(t, "it has a header that is too long");
	t->left = size;
	t->filler = (unsigned)(-size % TAR_BLOCK);
	size_t length = (size_t)size;
	if (length && tar_data(t, data, length) < 0)
		return false;
	if (!skip_rest(t))
		return false;
	if (h->type == 'x')
		return read_records(t, data, length, e, x);
	if (h->type == 'g')
		return true; /* of the whole archive: comments, mostly */
	length = strnlen(data, length);
	bool *known = h->type == 'L' ? &x->name : &x->link;
	*known = set_text(h->type == 'L' ? e->name : e->link, data, length);
	return *known || fail(t, "it has a name that is too long or none");
}

static void plain_name(const struct header *h, char *to)
{
	size_t n = 0;
	if (!memcmp(h->magic, "ustar", 6) && h->prefix[0]) { /* with its NUL: GNU's own format has something else there */
		n = strnlen(h->prefix, sizeof h->prefix);
		memcpy(to, h->prefix, n);
		to[n++] = '/';
	}
	size_t length = strnlen(h->name, sizeof h->name);
	memcpy(to + n, h->name, length);
	to[n + length] = 0;
}

static bool read_entry(struct tar *t, const struct header *h, struct entry *e, const struct extension *x)
{
	uint64_t mode, uid, gid, size, mtime;
	if (!number(h->mode, sizeof h->mode, UINT32_MAX, &mode) || !number(h->uid, sizeof h->uid, UINT32_MAX - 1, &uid) ||
	    !number(h->gid, sizeof h->gid, UINT32_MAX - 1, &gid) || !number(h->size, sizeof h->size, INT64_MAX, &size))
		return fail(t, "it has a header with a broken number");
	if (!number(h->mtime, sizeof h->mtime, INT64_MAX, &mtime))
		mtime = 0; /* before 1970 */
	if (!x->name)
		plain_name(h, e->name);
	if (!x->link) {
		size_t n = strnlen(h->link, sizeof h->link);
		memcpy(e->link, h->link, n);
		e->link[n] = 0;
	}
	size_t n = strlen(e->name);
	e->type = h->type && h->type != '7' ? h->type : TAR_FILE;
	if (e->type == TAR_FILE && n && e->name[n - 1] == '/')
		e->type = TAR_DIRECTORY; /* as programs before ustar had it */
	e->mode = (uint32_t)mode & 07777;
	if (!x->uid)
		e->uid = (uint32_t)uid;
	if (!x->gid)
		e->gid = (uint32_t)gid;
	if (!x->size)
		e->size = size;
	if (!x->mtime)
		e->mtime = (int64_t)mtime;
	if (!clean(e->name) || (e->type == TAR_HARD_LINK && !clean(e->link)))
		return fail(t, "it has a name that leads out of it");
	/* Links and directories have no data, whatever size a program wrote there. */
	if (e->type == TAR_HARD_LINK || e->type == TAR_LINK || e->type == TAR_DIRECTORY)
		e->size = 0;
	t->left = e->size;
	t->filler = (unsigned)(-e->size % TAR_BLOCK);
	return true;
}

int tar_next(struct tar *t, struct entry *e)
{
	union {
		struct header header;
		uint8_t bytes[TAR_BLOCK];
	} block;
	struct extension x = {0};
	if (!skip_rest(t))
		return -1;
	for (int headers = 0; headers <= EXTENSIONS_MAX; headers++) {
		ssize_t got = fill(t, block.bytes, TAR_BLOCK);
		if (got < 0)
			return -1;
		if (!got && !t->begun)
			return 0;
		if (got != TAR_BLOCK)
			return fail(t, "it ends too early"), -1;
		if (is_zero(block.bytes)) /* two of them end an archive */
			return headers ? (fail(t, "it ends too early"), -1) : take(t, block.bytes, TAR_BLOCK) ? 0 : -1;
		if (!sums_up(&block.header))
			return fail(t, t->begun ? "it is no tar archive, or broken" : "it is no tar archive"), -1;
		if (!block.header.type || !strchr("xgLK", block.header.type))
			return read_entry(t, &block.header, e, &x) ? 1 : -1;
		if (!read_extension(t, &block.header, e, &x))
			return -1;
	}
	return fail(t, "it has too many headers for one entry"), -1;
}

static void put_octal(char *field, size_t length, uint64_t value)
{
	field[length - 1] = 0;
	for (size_t i = length - 1; i-- > 0; value >>= 3)
		field[i] = (char)('0' + (value & 7));
}

static bool fits_octal(size_t length, uint64_t value)
{
	return !(value >> (3 * (length - 1)));
}

/* A record's length counts its own digits. */
static size_t put_record(char *to, const char *key, const char *value)
{
	size_t base = strlen(key) + strlen(value) + 3, length = base + 1;
	char digits[24];
	while (length != base + (size_t)snprintf(digits, sizeof digits, "%zu", length))
		length = base + strlen(digits);
	return (size_t)sprintf(to, "%zu %s=%s\n", length, key, value);
}

static void put_header(struct header *h, const char *name, char type, uint32_t mode, uint64_t size)
{
	memset(h, 0, sizeof *h);
	memcpy(h->name, name, strnlen(name, sizeof h->name));
	put_octal(h->mode, sizeof h->mode, mode);
	put_octal(h->uid, sizeof h->uid, 0);
	put_octal(h->gid, sizeof h->gid, 0);
	put_octal(h->size, sizeof h->size, fits_octal(sizeof h->size, size) ? size : 0);
	put_octal(h->mtime, sizeof h->mtime, 0);
	h->type = type;
	memcpy(h->magic, "ustar", 6);
	memcpy(h->version, "00", 2);
}

static void seal_header(struct header *h)
{
	const uint8_t *bytes = (const uint8_t *)h;
	uint32_t sum = 0;
	memset(h->checksum, ' ', sizeof h->checksum);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += bytes[i];
	put_octal(h->checksum, 7, sum);
}

size_t tar_headers(const struct entry *e, uint8_t to[TAR_HEADERS_MAX])
{
	char *records = (char *)to + TAR_BLOCK, digits[24];
	size_t length = 0, used = 0;
	struct header h;
	memset(to, 0, TAR_HEADERS_MAX);
	if (strlen(e->name) > sizeof h.name)
		length += put_record(records, "path", e->name);
	if (strlen(e->link) > sizeof h.link)
		length += put_record(records + length, "linkpath", e->link);
	uint64_t numbers[] = {e->size, e->uid, e->gid};
	const char *const keys[] = {"size", "uid", "gid"};
	for (int i = 0; i < 3; i++)
		if (!fits_octal(i ? sizeof h.uid : sizeof h.size, numbers[i])) {
			snprintf(digits, sizeof digits, "%llu", (unsigned long long)numbers[i]);
			length += put_record(records + length, keys[i], digits);
		}
	if (length) {
		put_header(&h, "pax", 'x', 0644, length);
		seal_header(&h);
		memcpy(to, &h, sizeof h);
		used = TAR_BLOCK + (length + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
		memset(records + length, 0, used - TAR_BLOCK - length);
	}
	put_header(&h, e->name, e->type, e->mode, e->size);
	memcpy(h.link, e->link, strnlen(e->link, sizeof h.link));
	if (fits_octal(sizeof h.uid, e->uid))
		put_octal(h.uid, sizeof h.uid, e->uid);
	if (fits_octal(sizeof h.gid, e->gid))
		put_octal(h.gid, sizeof h.gid, e->gid);
	if (e->mtime > 0 && fits_octal(sizeof h.mtime, (uint64_t)e->mtime))
		put_octal(h.mtime, sizeof h.mtime, (uint64_t)e->mtime);
	seal_header(&h);
	memcpy(to + used, &h, sizeof h);
	return used + TAR_BLOCK;
}
