/*
 * Raw system calls for the launcher and what it forks.
 *
 * A result is the kernel's own: zero or more, or -errno. errno is never touched, so the child that sets a container up
 * copies no page for it, and the child that shares its memory with an init cannot disturb it. Constants that the
 * libc's headers may lack are here too, from the kernel's include/uapi.
 */
#ifndef REG_SYS_H
#define REG_SYS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>

static inline long sys6(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
	return x0;
#else
#error "no system call sequence for this architecture"
#endif
}

#define SYS_PAD(n, a, b, c, d, e, f, ...) \
	sys6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define sys(...) SYS_PAD(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif

/* linux/openat2.h */
struct reg_open_how {
	uint64_t flags, mode, resolve;
};
#define REG_RESOLVE_NO_MAGICLINKS 0x02u
#define REG_RESOLVE_NO_SYMLINKS 0x04u
#define REG_RESOLVE_BENEATH 0x08u
#define REG_RESOLVE_IN_ROOT 0x10u

/* linux/mount.h */
struct reg_mount_attr {
	uint64_t set, clear, propagation, userns;
};
#define REG_ATTR_RDONLY 0x01u
#define REG_ATTR_NOSUID 0x02u
#define REG_ATTR_NODEV 0x04u
#define REG_ATTR_NOEXEC 0x08u
#define REG_OPEN_TREE_CLONE 1u
#define REG_OPEN_TREE_CLOEXEC O_CLOEXEC
#define REG_MOVE_F_EMPTY_PATH 0x04u
#define REG_MOVE_T_EMPTY_PATH 0x40u
#define REG_FSOPEN_CLOEXEC 1u
#define REG_FSMOUNT_CLOEXEC 1u
#define REG_FSCONFIG_SET_STRING 1u
#define REG_FSCONFIG_CMD_CREATE 6u
#define REG_AT_RECURSIVE 0x8000u
#define REG_AT_EMPTY_PATH 0x1000u

/* linux/keyctl.h */
#define REG_KEYCTL_JOIN_SESSION_KEYRING 1

/* linux/close_range.h */
#define REG_CLOSE_RANGE_CLOEXEC 4u

/* linux/capability.h */
struct reg_cap_header {
	uint32_t version;
	int32_t pid;
};
struct reg_cap_data {
	uint32_t effective, permitted, inheritable;
};
#define REG_CAP_VERSION_3 0x20080522u
#define REG_CAP_KILL 5

/* The kernel's own sigset and siginfo handling is by 8-byte masks, whatever the libc's sigset_t is. */
#define REG_SIGSET_SIZE 8

static inline _Noreturn void sys_exit(int code)
{
	for (;;)
		sys(SYS_exit_group, code);
}

static inline void sys_close(int fd)
{
	sys(SYS_close, fd);
}

#endif
