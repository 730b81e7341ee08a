/* What the launcher and the logger say to each other, over a pair of SOCK_SEQPACKET sockets. */
#ifndef REG_LOGGER_H
#define REG_LOGGER_H

#include "protocol.h"
#include <stdint.h>

/* Launcher to holder, holder to writer; with it the reading ends of stdout and stderr and the container's directory. */
#define LOGGER_FDS 3
struct logger_add {
	uint32_t number; /* the slot; the answer when both have ended and everything is written is this number alone */
	char id[REG_CONTAINER_ID_SIZE];
};

#define TIME_LENGTH 30

/* "2026-11-23T08:00:00.123456789Z", now; no NUL. Returns TIME_LENGTH. */
int format_time(char *out);

/* The holder, in a process of its own that begins as a copy of the launcher. */
_Noreturn void logger_run(int socket, int log_fd);

#endif
