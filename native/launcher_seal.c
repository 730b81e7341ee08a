/*
 * The launcher runs from a sealed copy of itself in memory. A program that a container begins can be a link to
 * /proc/self/exe, or a script whose interpreter that is: then the kernel executes the launcher's own file once more, in the
 * container, whose processes may open it, and later open it anew for writing (CVE-2019-5736). This file nobody can write.
 */
#include "launcher.h"

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u /* linux/memfd.h, kernel 6.3 */
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define EXECUTABLE_MAX (64 << 20)

static int make_file(void)
{
	const char *name = "reg-launcher";
	long fd = sys(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd == -EINVAL)
		fd = sys(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return (int)fd;
}

static long copy(int from, int to)
{
	struct stat status;
	if (fstat(from, &status) || !S_ISREG(status.st_mode) || status.st_size > EXECUTABLE_MAX)
		return -ENOEXEC;
	for (off_t at = 0; at < status.st_size;) {
		long got = sys(SYS_sendfile, to, from, &at, status.st_size - at);
		if (got <= 0)
			return got < 0 ? got : -EIO;
	}
	long result = sys(SYS_fchmod, to, 0555);
	return result ? result : sys(SYS_fcntl, to, F_ADD_SEALS, SEALS);
}

int seal_copy(int executable)
{
	int fd = make_file();
	if (fd < 0)
		return fd;
	long result = copy(executable, fd);
	if (!result)
		return fd;
	sys_close(fd);
	return (int)result;
}

bool seal_is_on(void)
{
	long fd = sys(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	long seals = sys(SYS_fcntl, fd, F_GET_SEALS);
	sys_close((int)fd);
	return seals > 0 && (seals & SEALS) == SEALS;
}

int seal_execute(char *const *argv)
{
	extern char **environ;
	long fd = sys(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (int)fd;
	int sealed = seal_copy((int)fd);
	sys_close((int)fd);
	if (sealed < 0)
		return sealed;
	long result = sys(SYS_execveat, sealed, "", argv, environ, REG_AT_EMPTY_PATH);
	sys_close(sealed);
	return (int)result;
}
