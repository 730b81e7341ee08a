/*
 * launcher_bench LAUNCHER N LOWER SCRATCH MODE CMD [ARG...]      needs root; LOWER has proc, dev, sys, usr, tmp
 *
 * Starts N containers one by one through the launcher, as the engine would (overlay and plan made afresh each time), and
 * prints milliseconds from before the directories are made until EXITED, and until GONE. MODE is letters:
 *   i  with an init          c  cover instead of pivot_root      p  masks and read-only parts of /proc
 *   d  /dev and /sys         m  devpts, mqueue and tmpfs on /dev/shm and /tmp
 *   r  capabilities, no_new_privs, hostname                      u  /usr as a mount of its own
 *   s  storm: all N are kept alive until the end, times are until STARTED
 *   t  trace: prints the launcher's pid and waits three seconds for a tracer
 *   h  holds a storm: KiB of MemFree a container, caches dropped before and after
 */
#include "launcher_kit.h"

#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double mean(const double *d, int n)
{
	double sum = 0;
	for (int i = 0; i < n; i++)
		sum += d[i];
	return n ? sum / n : 0;
}

static void print(const char *what, double *d, int n)
{
	int edge = n < 100 ? n : 100;
	double first = mean(d, edge), last = mean(d + n - edge, edge);
	qsort(d, (size_t)n, sizeof *d, ascending);
	printf("%-8s n=%d min=%.3f p50=%.3f p95=%.3f max=%.3f first%d=%.3f last%d=%.3f ms\n", what, n, d[0], d[n / 2],
	       d[n * 95 / 100], d[n - 1], edge, first, edge, last);
}

static bool has(const char *mode, char letter)
{
	return strchr(mode, letter);
}

static void plan_container(struct kit_plan *p, const char *mode, const char *lower, const char *dir, char **command)
{
	static char *env[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
			      "TERM=xterm", NULL};
	char usr[4200];
	p->length = p->fd_count = 0;
	kit_stdio(p, dup(0), dup(1), dup(2));
	kit_fd_op(p, REG_OP_ROOT, has(mode, 'c') ? REG_ROOT_COVER : 0, kit_overlay(lower, dir));
	if (has(mode, 'u')) {
		snprintf(usr, sizeof usr, "%s/usr", lower);
		kit_mount(p, 0, kit_clone_tree(usr, REG_ATTR_RDONLY | REG_ATTR_NOSUID | REG_ATTR_NODEV), "/usr");
	}
	if (has(mode, 'p'))
		kit_proc(p);
	else
		kit_fsmount(p, MS_NOSUID | MS_NODEV | MS_NOEXEC, "proc", "/proc", "");
	if (has(mode, 'd')) {
		kit_fixture(p, REG_FIXTURE_DEV, "/dev");
		kit_fixture(p, REG_FIXTURE_SYS, "/sys");
	}
	if (has(mode, 'm')) {
		kit_fsmount(p, MS_NOSUID | MS_NOEXEC, "devpts", "/dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5");
		kit_fsmount(p, MS_NOSUID | MS_NODEV | MS_NOEXEC, "mqueue", "/dev/mqueue", "");
		kit_fsmount(p, MS_NOSUID | MS_NODEV | MS_NOEXEC, "tmpfs", "/dev/shm", "mode=1777,size=64m");
		kit_fsmount(p, MS_NOSUID | MS_NODEV, "tmpfs", "/tmp", "mode=1777");
	}
	if (has(mode, 'r')) {
		kit_begin(p, REG_OP_HOSTNAME, 0);
		kit_string(p, "bench");
		kit_end(p);
		kit_caps(p, KIT_CAPS);
		kit_begin(p, REG_OP_NO_NEW_PRIVS, 0);
		kit_end(p);
	}
	kit_exec(p, command, env);
}

static uint32_t await(int socket, uint32_t type, uint32_t slot)
{
	struct kit_message m;
	while (kit_receive(socket, &m, 10000)) {
		if (m.type == REG_LAUNCHER_FAILED)
			KIT_DIE("container %u failed: operation %u, %s", m.arg, kit_payload(&m, 0), strerror((int)kit_payload(&m, 1)));
		if (m.type == type && m.arg == slot)
			return kit_payload(&m, 0);
	}
	KIT_DIE("no message of type %u for slot %u", type, slot);
}

/* KiB; of the whole machine, so only a quiet one says something. */
static long free_memory(void)
{
	char line[128];
	long kib = 0;
	sync();
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "3", 1) != 1)
		KIT_DIE("dropping caches: %s", strerror(errno));
	close(fd);
	sleep(2);
	FILE *file = fopen("/proc/meminfo", "re");
	while (file && fgets(line, sizeof line, file) && sscanf(line, "MemFree: %ld", &kib) != 1)
		;
	if (file)
		fclose(file);
	return kib;
}

static void end_storm(int socket, int n)
{
	double t = now();
	uint32_t nine = 9;
	struct kit_message m;
	for (int i = 0; i < n; i++)
		kit_send(socket, REG_LAUNCHER_SIGNAL, (uint32_t)i, &nine, sizeof nine, NULL, 0);
	for (int gone = 0; gone < n;) {
		if (!kit_receive(socket, &m, 10000))
			KIT_DIE("not every container ended");
		if (m.type == REG_LAUNCHER_GONE) {
			gone++;
			kit_send(socket, REG_LAUNCHER_FORGET, m.arg, NULL, 0, NULL, 0);
		}
	}
	printf("teardown of %d: %.1f ms\n", n, now() - t);
}

int main(int argc, char **argv)
{
	if (argc < 7) {
		fprintf(stderr, "usage: launcher_bench LAUNCHER N LOWER SCRATCH MODE CMD [ARG...]\n");
		return 2;
	}
	int n = atoi(argv[2]);
	const char *lower = argv[3], *scratch = argv[4], *mode = argv[5];
	char runtime[4100], dir[4200];
	snprintf(runtime, sizeof runtime, "%s/run", scratch);
	mkdir(runtime, 0755);
	if (kit_launch(argv[1], runtime))
		return 1;
	int socket = kit_connect(runtime);
	int launcher = kit_hello(socket);
	if (has(mode, 't')) {
		fprintf(stderr, "launcher %d\n", launcher);
		sleep(3);
	}
	double *exited = calloc((size_t)n, sizeof *exited), *gone = calloc((size_t)n, sizeof *gone);
	static struct kit_plan plan;
	long before = has(mode, 'h') ? free_memory() : 0;
	for (int i = 0; i < n; i++) {
		double t = now();
		snprintf(dir, sizeof dir, "%s/%d", scratch, i);
		plan_container(&plan, mode, lower, dir, argv + 6);
		kit_start(socket, (uint32_t)i, has(mode, 'i') ? REG_START_INIT : 0, &plan);
		if (has(mode, 's')) {
			await(socket, REG_LAUNCHER_STARTED, (uint32_t)i);
			exited[i] = now() - t;
			continue;
		}
		uint32_t code = await(socket, REG_LAUNCHER_EXITED, (uint32_t)i);
		if (code)
			KIT_DIE("container %d ended with %u", i, code);
		exited[i] = now() - t;
		await(socket, REG_LAUNCHER_GONE, (uint32_t)i);
		gone[i] = now() - t;
		kit_send(socket, REG_LAUNCHER_FORGET, (uint32_t)i, NULL, 0, NULL, 0);
	}
	print(has(mode, 's') ? "STARTED" : "EXITED", exited, n);
	if (has(mode, 'h'))
		printf("memory: %.1f KiB a container\n", (double)(before - free_memory()) / n);
	if (has(mode, 's'))
		end_storm(socket, n);
	else
		print("GONE", gone, n);
	kit_send(socket, REG_LAUNCHER_QUIT, 0, NULL, 0, NULL, 0);
	struct kit_message m;
	while (kit_receive(socket, &m, 5000))
		;
	return 0;
}
