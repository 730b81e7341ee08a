/* Whatever an archive says, its names stay within it and its data within its size; what was read is written the same. */
#include <stdlib.h>

#include "../copier_tar.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at;
	size_t left;
};

static ssize_t from_memory(void *from, void *to, size_t n)
{
	struct input *input = from;
	n = n < input->left ? n : input->left;
	memcpy(to, input->at, n);
	/* No fuzzer guesses sums: what is as long as a header gets the right one. */
	if (n == TAR_BLOCK && !is_zero(to))
		seal_header(to);
	input->at += n;
	input->left -= n;
	return (ssize_t)n;
}

static void check_name(const char *name)
{
	size_t length = strlen(name);
	if (!length || length >= COPIER_PATH_MAX || *name == '/' || strstr(name, "//") || name[length - 1] == '/' || !strncmp(name, "../", 3) ||
	    strstr(name, "/../") || !strcmp(name, "..") || (length > 2 && !strcmp(name + length - 3, "/..")))
		abort();
}

static void check_round_trip(const struct entry *e)
{
	static uint8_t bytes[TAR_HEADERS_MAX];
	static struct entry again;
	struct input input = {bytes, tar_headers(e, bytes)};
	struct tar t = {.read = from_memory, .from = &input};
	if (tar_next(&t, &again) != 1 || strcmp(again.name, e->name) || strcmp(again.link, e->link) || again.type != e->type ||
	    again.mode != e->mode || again.uid != e->uid || again.gid != e->gid || again.size != e->size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct entry e;
	static char buffer[1000];
	struct input input = {data, size};
	struct tar t = {.read = from_memory, .from = &input};
	while (tar_next(&t, &e) == 1) {
		uint64_t total = 0;
		ssize_t got = 0;
		check_name(e.name);
		if (e.type == TAR_HARD_LINK)
			check_name(e.link);
		if (strchr("0125", e.type))
			check_round_trip(&e);
		if (e.mode & 1)
			while ((got = tar_data(&t, buffer, sizeof buffer)) > 0)
				total += (uint64_t)got;
		if (total > e.size || (e.mode & 1 && !got && total != e.size))
			abort();
	}
	return 0;
}
