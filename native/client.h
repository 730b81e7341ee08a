/*
 * What the client's parts share. One thread and no heap; it holds descriptors and a few fixed buffers. It knows nothing of the
 * command line but a leading --root: everything else is the engine's to read.
 */
#ifndef REG_CLIENT_H
#define REG_CLIENT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

/* client_text.c: messages, all one line on standard error, and strings without stdio. */

/* Joins the NULL-terminated list of strings into `to`; false when they do not fit with the ending NUL. */
bool text_join(char *to, size_t size, const char *const *parts);
/* Writes "reg: " and the parts as one line to standard error. */
void text_say(const char *const *parts);
#define SAY(...) text_say((const char *const[]){__VA_ARGS__, NULL})
/* Writes lines to 1 or 2, as a terminal that is raw needs them. */
void text_write(int fd, const char *text, size_t length);
#define JOIN(to, size, ...) text_join(to, size, (const char *const[]){__VA_ARGS__, NULL})

/* client_parse.c: one message from the engine, checked. */

struct message {
	uint32_t type; /* without its flag bits; 0 when the message is to be skipped */
	uint32_t arg;
	const char *text;  /* OPEN, LIST, READ, RENAME, COPY: path; GETENV: name; STARTED: container id */
	const char *token; /* STARTED; RENAME: the new path, may be empty; COPY: the name in the archive, may be empty */
	const uint8_t *bytes;
	size_t length;	/* OUT */
	uint32_t flags; /* OPEN; COPY: what is wanted; READ: how many bytes at most */
	uint32_t mode;	/* OPEN; COPY: options */
};

/* Fills m from one received message; returns NULL, or what is wrong with it. m points into the buffer. */
const char *parse_message(const uint8_t *buffer, size_t length, struct message *m);

/* client_answer.c: sending, and answers given with the caller's rights. All return false with errno when the peer is gone. */

/*
 * Sends one logical message, in as many parts as it takes; the descriptors ride on the first. prefix is NULL or a u32 put
 * before the payload.
 */
bool send_message(int sock, uint32_t type, uint32_t arg, const uint32_t *prefix, const void *payload, size_t length,
		  const int *fds, unsigned n);
bool answer_open(int sock, const struct message *m);
bool answer_variable(int sock, const struct message *m);
bool answer_list(int sock, const struct message *m);
bool answer_read(int sock, const struct message *m);
bool answer_rename(int sock, const struct message *m);

/* client_copy.c: the caller's side of a copy, done by a copier with the caller's rights. */

/* Makes the pipes, starts the copier if one is wanted, and hands over the pipes' other ends. */
bool answer_copy(int sock, const struct message *m);
/* Waits for the copier and shows what was said in the container. Returns the exit code to use. */
int copy_finish(int code);

/* client_pump.c: regular files on 0, 1 and 2 never leave the client; pipes stand in for them. */

/* Fills `sent` with what stands for them in HELLO; ends the client when one is unusable. */
void stdio_prepare(int sent[3]);
/* Closes what was made only to be sent. */
void stdio_sent(const int sent[3]);
/* The client's end of descriptor fd's pipe, or -1, and the poll events it waits for. */
int pump_descriptor(unsigned fd, short *events);
/* Moves what can be moved without waiting for the other end of the pipe. */
void pump_step(unsigned fd);
/* Writes bytes to 1 or 2, waiting as needed. Lost bytes are reported once and make the client fail. */
void stdio_write(int fd, const uint8_t *bytes, size_t length);
/* Takes the rest of the output out of the pipes and gives unread input back to its file. Returns the exit code to use. */
int stdio_finish(int code);
/* Takes back what stdio_prepare made for an engine that did nothing with it; it can be called again. */
void stdio_retract(void);
/* Leaves O_NONBLOCK of the caller's descriptors as it was found: a program in a container shares them. */
void stdio_restore(void);

/* What the program would read: the pipe of a regular file on standard input, or else 0. */
int stdio_input(void);
/* Output to 1 or 2 is lost from now on: said once, and the client fails. */
void stdio_lose(int fd, int error);

/* client_tty.c: the container's terminal, when it has one. */

/* Answers TERMINAL: where the master is to be sent, and the size of the caller's. */
bool answer_terminal(int sock, const struct message *m);
/* A terminal was asked for and has not come. */
bool tty_expected(void);
/* The program runs: takes its terminal, and the caller's for it; or ends the client. */
void tty_begin(void);
/* Whether there is one. */
bool tty_open(void);
/* What to wait for, and then what to do about it. */
#define TTY_EVENTS 3
void tty_wait(struct pollfd events[TTY_EVENTS]);
void tty_step(const struct pollfd events[TTY_EVENTS]);
/* Milliseconds after which it wants a step without events, or -1. */
int tty_patience(void);
/* Signals: the caller's terminal has another size; this process (or its group) is to stop; it goes on after a stop. */
void tty_resized(void);
void tty_suspend(bool group);
void tty_continued(void);
/* Shows what is left of the program's output and gives the caller's terminal back. */
void tty_finish(void);

/* client_raw.c: the settings of the caller's terminal, on standard input. */

/* Makes it raw; false when it is not ours now: this process is in the background. */
bool raw_enter(void);
void raw_leave(void);
/* Whether lines written to it need a carriage return. */
bool raw_entered(void);
/* Gives it back and stops this process, or its whole group, as by SIGTSTP; returns when that goes on. */
void raw_suspend(bool group);
/* Gives it back for good. */
void raw_finish(void);

/* client_engine.c: finding, checking and starting the engine. */

/* Where the engine listens and how it may be started. */
struct engine {
	const char *path;  /* the socket */
	const char *root;  /* --root or REG_ROOT, or NULL */
	bool given;	   /* the socket was named by REG_HOST: nobody is started */
	bool just_started; /* the starter has been here: it is not asked again */
	bool often_started; /* nor when the engine that it started is gone again */
	bool probe;	   /* the starter only asks whether somebody listens: exit 0 or 1 */
	char buffer[4096]; /* holds path when it had to be put together */
};

/* Reads REG_HOST, REG_ROOT and a leading --root; returns how many arguments after argv[0] it used up. */
int engine_locate(struct engine *e, char **argv);
/* The path of a program in libexec of the installation that this executable is part of; false when there is none. */
bool engine_program(char *to, size_t size, const char *name);
/* Connects and checks who listens; -1 with errno (EPERM: a stranger listens, said already). */
int engine_connect(const struct engine *e);
/* Waits a moment before another attempt. */
void engine_pause(void);
/* Replaces the client by the engine starter, which runs argv again; returns only by ending the client with 125. */
_Noreturn void engine_start_and_retry(const struct engine *e, char **argv);
/* Starts an engine from a child, for a client that must not go away. Returns the child's pid or -1. */
int engine_start_beside(const struct engine *e);
/* Ends the client with 125, saying why nobody could be reached. */
_Noreturn void engine_unreachable(const struct engine *e, int error);

/* client_talk.c */

/*
 * Speaks with the engine until it says how the client ends. Returns only when nothing was begun of what the client asked
 * for, and it is to ask the next engine: true when the engine stopped on purpose. `delivered` says whether all of HELLO
 * could be sent.
 */
bool talk(const struct engine *e, int sock, bool delivered);

/* Ends the client, output drained and the caller's descriptors as they were. */
_Noreturn void finish(int code);

#endif
