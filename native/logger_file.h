/* One container's log: CRI records, appended, rotated, its file open only while it is among the recently written. */
#ifndef REG_LOGGER_FILE_H
#define REG_LOGGER_FILE_H

#include "logger.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_BYTES_MAX (16u << 20)
#define LOG_LINE_MAX 16384u
#define LOG_FILES_OPEN 256u
#define FD_FIRST_OF_LOGGER 3

struct log_file {
	int fd; /* -1 when closed */
	bool noted; /* a failure was written down; cleared by a success */
	uint64_t size;
	struct log_file *newer, *older; /* among the open ones */
};

/* Never fails: what cannot be written is dropped, and launcher.log says so once. stream is 0 or 1. */
void log_write(struct log_file *file, int dir, int log_fd, const char *id, int stream, const char *bytes,
	       size_t length);

void log_close(struct log_file *file);

/* A line into launcher.log; id may be NULL. */
void log_note(int log_fd, const char *text, const char *id);

/*
 * The next record of a chunk: returns the length of the text at
 * `bytes` that belongs to it; *ends says whether the newline that follows it ends the line. length > 0.
 */
size_t log_record(const char *bytes, size_t length, bool *ends);

#endif
