/* Children of the launcher: each begins on a stack that is not the launcher's, in the control group it is meant for. */
#include "launcher.h"

#include <sched.h>

/* A child begins on this: the launcher's own stack is not inherited. */
static char child_stack[32768] __attribute__((aligned(4096)));

/* linux/sched.h */
struct reg_clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
#define REG_CLONE_INTO_CGROUP UINT64_C(0x200000000)

/* clone3 with a stack for the child: it begins there, so it can return to nothing that was on ours. */
static long clone3_run(struct reg_clone_args *args, int (*run)(void *), void *argument)
{
#if defined(__x86_64__)
	long result;
	register long in_run __asm__("r12") = (long)run;
	register long in_argument __asm__("r13") = (long)argument;
	__asm__ volatile("syscall\n\t"
			 "test %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r13, %%rdi\n\t"
			 "call *%%r12\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone3), "D"(args), "S"(sizeof *args), "r"(in_run), "r"(in_argument)
			 : "rcx", "r11", "memory", "cc");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = SYS_clone3;
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = (long)sizeof *args;
	register long x19 __asm__("x19") = (long)run;
	register long x20 __asm__("x20") = (long)argument;
	__asm__ volatile("svc 0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x30, xzr\n\t"
			 "mov x0, x20\n\t"
			 "blr x19\n\t"
			 "brk 0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x19), "r"(x20)
			 : "memory", "cc");
	return x0;
#else
#error "no clone3 sequence for this architecture"
#endif
}

int32_t spawn(struct launcher *l, int (*run)(void *), void *argument, int flags, int group)
{
	if (join_return(l))
		return -EAGAIN;
	if (group >= 0) {
		struct reg_clone_args args = {.flags = ((uint64_t)(uint32_t)flags & ~UINT64_C(0xff)) | REG_CLONE_INTO_CGROUP,
					      .exit_signal = (uint64_t)flags & 0xff,
					      .stack = (uint64_t)(uintptr_t)child_stack,
					      .stack_size = sizeof child_stack - 64,
					      .cgroup = (uint64_t)group};
		return (int32_t)clone3_run(&args, run, argument);
	}
	int pid = clone(run, child_stack + sizeof child_stack - 64, flags, argument);
	return pid < 0 ? -errno : pid;
}
