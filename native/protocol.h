/*
 * The constants of docs/protocol.md. The engine mirrors them in dev.reg.engine.protocol and a test compares the two, so
 * each is one `#define NAME number` on a line of its own (decimal or 0x hexadecimal, optional trailing u).
 */
#ifndef REG_PROTOCOL_H
#define REG_PROTOCOL_H

#include <stdint.h>

/* Framing: both conversations. */
#define REG_MESSAGE_MAX 65536u
#define REG_MESSAGE_FDS 64u
#define REG_LOGICAL_MAX 4194304u
#define REG_TYPE_MORE 0x80000000u
#define REG_TYPE_OPTIONAL 0x40000000u

/* Every message begins with this; the payload follows. */
struct reg_header {
	uint32_t type;
	uint32_t arg;
};
#define REG_HEADER_SIZE 8u

/* Client <-> engine. */
#define REG_CLIENT_VERSION 1u

#define REG_CLIENT_HELLO 1u
#define REG_CLIENT_FD 2u
#define REG_CLIENT_ENV 3u
#define REG_CLIENT_SIGNAL 4u
#define REG_CLIENT_ATTACH 5u
#define REG_CLIENT_NAMES 6u
#define REG_CLIENT_SIZE 7u
#define REG_CLIENT_DONE 8u
#define REG_CLIENT_PIPES 9u
#define REG_CLIENT_CONTENT 10u
#define REG_CLIENT_OUT 16u
#define REG_CLIENT_OPEN 17u
#define REG_CLIENT_GETENV 18u
#define REG_CLIENT_STARTED 19u
#define REG_CLIENT_EXIT 20u
#define REG_CLIENT_GOODBYE 21u
#define REG_CLIENT_LIST 22u
#define REG_CLIENT_FAREWELL 23u
#define REG_CLIENT_TERMINAL 24u
#define REG_CLIENT_RENAME 27u
#define REG_CLIENT_COPY 28u
#define REG_CLIENT_READ 29u

/* What COPY wants of the client's own copier, and its options. */
#define REG_COPY_NONE 0u
#define REG_COPY_PACK 1u
#define REG_COPY_UNPACK 2u
#define REG_COPY_OWNERS 1u
#define REG_COPY_FOLLOW 2u

/* Engine <-> launcher. */
#define REG_LAUNCHER_VERSION 2u

#define REG_LAUNCHER_HELLO 1u
#define REG_LAUNCHER_START 2u
#define REG_LAUNCHER_SIGNAL 3u
#define REG_LAUNCHER_FORGET 4u
#define REG_LAUNCHER_ADOPT 5u
#define REG_LAUNCHER_LIST 6u
#define REG_LAUNCHER_UPGRADE 7u
#define REG_LAUNCHER_QUIT 8u
#define REG_LAUNCHER_STARTED 16u
#define REG_LAUNCHER_FAILED 17u
#define REG_LAUNCHER_EXITED 18u
#define REG_LAUNCHER_GONE 19u
#define REG_LAUNCHER_ITEM 20u
#define REG_LAUNCHER_LISTED 21u
#define REG_LAUNCHER_BUSY 22u

/* START flags; a container id is this many bytes of lower-case hexadecimal, no NUL. */
#define REG_START_INIT 1u
#define REG_START_LOG 2u
#define REG_START_MEMFD 4u
#define REG_START_JOIN 8u
#define REG_START_CGROUP 16u
#define REG_CONTAINER_ID_SIZE 64u

/* Flags of ITEM and ADOPT. */
#define REG_SLOT_ADOPTED 1u
#define REG_SLOT_JOINED 2u

/* ITEM states. */
#define REG_STATE_STARTING 1u
#define REG_STATE_RUNNING 2u
#define REG_STATE_EXITED 3u
#define REG_STATE_GONE 4u
#define REG_STATE_FAILED 5u

/* The plan. Each operation begins with this, then `length` bytes padded to REG_PLAN_ALIGN. */
struct reg_operation {
	uint16_t op;
	uint16_t flags;
	uint32_t length;
};
#define REG_OPERATION_SIZE 8u
#define REG_PLAN_ALIGN 4u

#define REG_OP_STDIO 1u
#define REG_OP_ROOT 2u
#define REG_OP_MOUNT 3u
#define REG_OP_FSMOUNT 4u
#define REG_OP_FIXTURE 5u
#define REG_OP_MASK 6u
#define REG_OP_PROTECT 7u
#define REG_OP_READONLY 8u
#define REG_OP_HOSTNAME 9u
#define REG_OP_WORKDIR 10u
#define REG_OP_RLIMIT 11u
#define REG_OP_USER 12u
#define REG_OP_CAPS 13u
#define REG_OP_NO_NEW_PRIVS 14u
#define REG_OP_EXITFILE 15u
#define REG_OP_EXEC 16u
#define REG_OP_TERMINAL 17u
#define REG_OP_CGROUP 18u
#define REG_OP_RIGHTS 20u

/* Flags of MOUNT, FSMOUNT (and MAKE_DIRECTORIES of WORKDIR). */
#define REG_MOUNT_MAKE_DIRECTORIES 1u
#define REG_MOUNT_MAKE_FILE 2u
#define REG_MOUNT_FOLLOW_LINKS 4u
#define REG_WORKDIR_MAKE 1u

/* Flags of TERMINAL: which of the program's descriptors it becomes. */
#define REG_TERMINAL_INPUT 1u
#define REG_TERMINAL_OUTPUT 2u
#define REG_TERMINAL_ERROR 4u

/* Flags of EXEC. */
#define REG_EXEC_DESCRIPTOR 1u

/* Flags of ROOT. */
#define REG_ROOT_COVER 1u

/* Which of FIXTURE. */
#define REG_FIXTURE_DEV 1u
#define REG_FIXTURE_SYS 2u

/* Exit codes of Reg itself. */
#define REG_EXIT_FAILED 125u

#endif
