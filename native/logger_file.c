/* See logger_file.h. */
#include "logger_file.h"
#include "sys.h"

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct log_file *newest, *oldest;
static uint32_t open_count;

static void put(char *out, int digits, uint64_t value)
{
	while (digits--) {
		out[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

/* Days since 1970-01-01 to a civil date: the calendar repeats every 146,097 days; years begin in March. */
static void put_date(char *out, uint64_t days)
{
	days += 719468;
	uint64_t era = days / 146097, day_of_era = days % 146097;
	uint64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	uint64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * day_of_year + 2) / 153;
	put(out + 8, 2, day_of_year - (153 * month + 2) / 5 + 1);
	month = month < 10 ? month + 3 : month - 9;
	put(out + 5, 2, month);
	put(out, 4, year + era * 400 + (month <= 2));
}

int format_time(char *out)
{
	struct {
		int64_t seconds, nanoseconds;
	} now = {0, 0};
	sys(SYS_clock_gettime, CLOCK_REALTIME, &now);
	uint64_t seconds = (uint64_t)now.seconds;
	memcpy(out, "0000-00-00T00:00:00.000000000Z", TIME_LENGTH);
	put_date(out, seconds / 86400);
	put(out + 11, 2, seconds / 3600 % 24);
	put(out + 14, 2, seconds / 60 % 60);
	put(out + 17, 2, seconds % 60);
	put(out + 20, 9, (uint64_t)now.nanoseconds);
	return TIME_LENGTH;
}

void log_note(int log_fd, const char *text, const char *id)
{
	char line[320];
	int time = format_time(line);
	int length = snprintf(line + time, sizeof line - (size_t)time, " %s%s%.64s\n", text, id ? " " : "", id ? id : "");
	sys(SYS_write, log_fd, line, time + length);
}

static void unlink_file(struct log_file *file)
{
	*(file->newer ? &file->newer->older : &newest) = file->older;
	*(file->older ? &file->older->newer : &oldest) = file->newer;
	file->newer = file->older = NULL;
}

static void link_newest(struct log_file *file)
{
	file->newer = NULL;
	file->older = newest;
	*(newest ? &newest->newer : &oldest) = file;
	newest = file;
}

void log_close(struct log_file *file)
{
	if (file->fd < 0)
		return;
	unlink_file(file);
	sys_close(file->fd);
	file->fd = -1;
	open_count--;
}

static int open_file(struct log_file *file, int dir)
{
	struct reg_open_how how = {.flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
				   .mode = 0600,
				   .resolve = REG_RESOLVE_BENEATH | REG_RESOLVE_NO_SYMLINKS};
	long fd = sys(SYS_openat2, dir, "log", &how, sizeof how);
	if (fd < 0)
		return (int)fd;
	struct stat status;
	file->size = fstat((int)fd, &status) ? 0 : (uint64_t)status.st_size;
	if (open_count == LOG_FILES_OPEN)
		log_close(oldest);
	file->fd = (int)fd;
	open_count++;
	link_newest(file);
	return 0;
}

static int rotate(struct log_file *file, int dir)
{
	log_close(file);
	if (renameat(dir, "log", dir, "log.1"))
		return -errno;
	return open_file(file, dir);
}

/* A write that takes only a part is completed, or the file is cut back to whole records. */
static int append(struct log_file *file, int dir, const char *bytes, size_t length)
{
	int error = file->fd < 0 ? open_file(file, dir) : 0;
	if (!error && file->size && file->size + length > LOG_BYTES_MAX)
		error = rotate(file, dir);
	if (error)
		return error;
	if (newest != file) {
		unlink_file(file);
		link_newest(file);
	}
	for (size_t done = 0; done < length;) {
		long wrote = sys(SYS_write, file->fd, bytes + done, length - done);
		if (wrote == -EINTR)
			continue;
		if (wrote <= 0) {
			if (ftruncate(file->fd, (off_t)file->size))
				log_close(file);
			return wrote ? (int)wrote : -ENOSPC;
		}
		done += (size_t)wrote;
	}
	file->size += length;
	return 0;
}

size_t log_record(const char *bytes, size_t length, bool *ends)
{
	size_t limit = length < LOG_LINE_MAX ? length : LOG_LINE_MAX;
	const char *newline = memchr(bytes, '\n', limit);
	size_t text = newline ? (size_t)(newline - bytes) : limit;
	*ends = text < length && bytes[text] == '\n';
	return text;
}

/* Records are gathered and written together: one write for what one read brought, unless its lines are very short. */
void log_write(struct log_file *file, int dir, int log_fd, const char *id, int stream, const char *bytes,
	       size_t length)
{
	static char out[2 * 65536];
	char head[TIME_LENGTH + 10];
	int head_length = format_time(head);
	memcpy(head + head_length, stream ? " stderr F " : " stdout F ", 10);
	head_length += 10;
	size_t used = 0;
	int error = 0;
	while (length && !error) {
		bool ends;
		size_t text = log_record(bytes, length, &ends);
		if (used + (size_t)head_length + text + 1 > sizeof out) {
			error = append(file, dir, out, used);
			used = 0;
		}
		head[head_length - 2] = ends ? 'F' : 'P';
		memcpy(out + used, head, (size_t)head_length);
		memcpy(out + used + head_length, bytes, text);
		used += (size_t)head_length + text;
		out[used++] = '\n';
		bytes += text + ends;
		length -= text + ends;
	}
	if (!error && used)
		error = append(file, dir, out, used);
	if (error && !file->noted)
		log_note(log_fd, "logger: a container's log cannot be written, its output is being dropped:", id);
	file->noted = error != 0;
}
