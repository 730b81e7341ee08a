/* What a program in a container sees, and what it cannot do. */
#include "launcher_fixture.h"

static bool says(const struct outcome *o, const char *text)
{
	if (strstr(o->output, text))
		return true;
	printf("    \"%s\" is not in:\n%s\n", text, o->output);
	return false;
}

static void as_user(struct kit_plan *p)
{
	kit_caps(p, KIT_CAPS);
	kit_user(p, 1234, 567);
	kit_begin(p, REG_OP_NO_NEW_PRIVS, 0);
	kit_end(p);
}

static void as_root(struct kit_plan *p)
{
	kit_user(p, 0, 0);
	kit_caps(p, KIT_CAPS);
	kit_begin(p, REG_OP_NO_NEW_PRIVS, 0);
	kit_end(p);
}

static void rights_are_what_the_plan_says_in_whatever_order(void)
{
	begin();
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		struct outcome *o = RUN(init, as_user, "cat", "/proc/self/status");
		CHECK(says(o, "Uid:\t1234\t1234\t1234\t1234\n") && says(o, "Gid:\t567\t567\t567\t567\n"));
		CHECK(says(o, "Groups:\t567 \n") && says(o, "NoNewPrivs:\t1\n"));
		CHECK(says(o, "CapInh:\t0000000000000000\n") && says(o, "CapPrm:\t0000000000000000\n"));
		CHECK(says(o, "CapEff:\t0000000000000000\n") && says(o, "CapBnd:\t00000000a00405fb\n"));
		CHECK(says(o, "SigBlk:\t0000000000000000\n") && says(o, "SigIgn:\t0000000000000000\n"));
		CHECK(says(o, "Umask:\t0022\n"));
		o = RUN(init, as_root, "cat", "/proc/self/status");
		CHECK(says(o, "Uid:\t0\t0\t0\t0\n") && says(o, "CapInh:\t0000000000000000\n"));
		CHECK(says(o, "CapPrm:\t00000000a00405fb\n") && says(o, "CapEff:\t00000000a00405fb\n"));
		CHECK(says(o, "CapBnd:\t00000000a00405fb\n") && says(o, "CapAmb:\t0000000000000000\n"));
	}
	finish();
}

static void the_init_is_out_of_the_programs_reach(void)
{
	begin();
	struct outcome *o = RUN(REG_START_INIT, as_root, "sleep", "0.3", "attach", "1", "open", "/proc/1/mem", "kill", "1", "9", "list", "/proc/1/fd",
				"cat", "/proc/1/cmdline", "cat", "/proc/1/status", "exit", "8");
	CHECK(says(o, "attach: errno 1\n") && says(o, "/proc/1/mem: errno 13\n") && says(o, "kill: errno 0\n3\nName:"));
	CHECK(says(o, "CapEff:\t0000000000000020\n") && says(o, "NoNewPrivs:\t1\n"));
	CHECK(!strstr(o->output, "--runtime") && o->code == 8);
	o = RUN(REG_START_INIT, as_user, "kill", "1", "15", "attach", "1", "exit", "8");
	CHECK(says(o, "kill: errno 1\n") && says(o, "attach: errno 1\n") && o->code == 8);
	finish();
}

static void keys_of_the_starting_session_stay_there(void)
{
	char ours[40];
	begin();
	struct outcome *o = RUN(0, as_root, "keyring");
	CHECK(!strncmp(o->output, "keyring ", 8));
	snprintf(ours, sizeof ours, "keyring %ld\n", syscall(SYS_keyctl, 0 /* get its id */, -3 /* the session's */, 0));
	CHECK(strcmp(o->output, ours) || !strcmp(ours, "keyring -1\n"));
	finish();
}

static void an_init_ends_a_program_of_another_user(void)
{
	begin();
	int reader;
	uint32_t slot = start(REG_START_INIT, as_user, &reader, ARGV("pause"));
	await(REG_LAUNCHER_STARTED, slot);
	send_u32(REG_LAUNCHER_SIGNAL, slot, SIGTERM);
	struct kit_message m = await(REG_LAUNCHER_EXITED, slot);
	CHECK(kit_payload(&m, 0) == 143);
	await(REG_LAUNCHER_GONE, slot);
	forget(slot);
	finish();
}

static void fixtures(struct kit_plan *p)
{
	kit_fixture(p, REG_FIXTURE_DEV, "/dev");
	kit_fixture(p, REG_FIXTURE_SYS, "/sys");
	kit_fsmount(p, MS_NOSUID | MS_NOEXEC, "devpts", "/dev/pts", "newinstance,ptmxmode=0666,mode=0620");
	kit_fsmount(p, MS_NOSUID | MS_NODEV | MS_NOEXEC, "mqueue", "/dev/mqueue", "");
	kit_fsmount(p, MS_NOSUID | MS_NODEV | MS_NOEXEC, "tmpfs", "/dev/shm", "mode=1777");
}

static void dev_and_sys_are_there_and_read_only(void)
{
	begin();
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		struct outcome *o = RUN(init, fixtures, "list", "/dev", "cat", "/dev/null", "write", "/dev/null", "x", "open",
					"/dev/ptmx", "open", "/dev/fd/0", "write", "/dev/new", "x", "write", "/dev/shm/x", "x", "write",
					"/sys/kernel/uevent_helper", "x", "list", "/sys/firmware", "open", "/dev/zero", "open",
					"/dev/urandom");
		static const char *const names[] = {"null",    "zero", "full",  "random", "urandom", "tty",    "console",
						    "pts",     "ptmx", "shm",   "mqueue", "fd",	     "stdin",  "stdout",
						    "stderr"};
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			char line[32];
			snprintf(line, sizeof line, "%s\n", names[i]);
			CHECK(says(o, line));
		}
		CHECK(says(o, "/dev/null: written\n") && says(o, "/dev/ptmx: errno 0\n") && says(o, "/dev/fd/0: errno 0\n"));
		CHECK(says(o, "/dev/new: errno 30\n") && says(o, "/dev/shm/x: written\n"));
		CHECK(says(o, "/sys/kernel/uevent_helper: errno 30\n") || says(o, "/sys/kernel/uevent_helper: errno 2\n"));
		CHECK(!strstr(o->output, "acpi\n") && !strstr(o->output, "memmap\n") && !strstr(o->output, "efi\n"));
		CHECK(says(o, "/dev/zero: errno 0\n") && says(o, "/dev/urandom: errno 0\n"));
	}
	finish();
}

static void hide(struct kit_plan *p)
{
	kit_proc(p);
	kit_path_op(p, REG_OP_MASK, 0, "/etc");
	kit_path_op(p, REG_OP_MASK, 0, "/bin/hidden");
	kit_path_op(p, REG_OP_PROTECT, 0, "/tmp");
}

static void masks_hide_and_protection_keeps_from_writing(void)
{
	begin();
	copy_file("lower/bin/probe", "lower/etc/secret");
	copy_file("lower/bin/probe", "lower/bin/hidden");
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		struct outcome *o =
		    RUN(init, hide, "list", "/etc", "cat", "/bin/hidden", "echo", "-", "cat", "/proc/keys", "echo", "-", "write",
			"/proc/sys/kernel/hostname", "x", "write", "/proc/sysrq-trigger", "x", "write", "/etc/new", "x", "write", "/tmp/new",
			"x", "write", "/bin/new", "x", "open", "/proc/meminfo");
		CHECK(!strncmp(o->output, "-\n-\n", 4));
		CHECK(says(o, "/proc/sys/kernel/hostname: errno 30\n") && (strstr(o->output, "/proc/sysrq-trigger: errno 2\n") || says(o, "/proc/sysrq-trigger: errno 30\n")));
		CHECK(says(o, "/etc/new: errno 30\n") && says(o, "/tmp/new: errno 30\n") && says(o, "/bin/new: written\n"));
		CHECK(says(o, "/proc/meminfo: errno 0\n"));
	}
	finish();
}

static void with_names(struct kit_plan *p)
{
	kit_begin(p, REG_OP_HOSTNAME, 0);
	kit_string(p, "called-so");
	kit_end(p);
	kit_path_op(p, REG_OP_WORKDIR, REG_WORKDIR_MAKE, "/made/on/the/way");
	kit_begin(p, REG_OP_RLIMIT, 0);
	kit_u32(p, 7); /* RLIMIT_NOFILE */
	kit_u64(p, 77);
	kit_u64(p, 99);
	kit_end(p);
	kit_path_op(p, REG_OP_READONLY, 0, "/");
}

static void names_directory_limits_and_a_read_only_root(void)
{
	char own[256] = "";
	gethostname(own, sizeof own - 1);
	begin();
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		/* The directory is made in the plan's order, so before the root becomes read-only. */
		struct outcome *o = RUN(init, with_names, "host", "cwd", "cat", "/proc/self/limits", "write", "/tmp/new", "x", "env",
					"HOME", "env", "LANG");
		CHECK(!strncmp(o->output, "called-so\n/made/on/the/way\n", 27));
		CHECK(says(o, "Max open files            77                   99 "));
		CHECK(says(o, "/tmp/new: errno 30\n") && says(o, "HOME=/root\nLANG=(unset)\n"));
	}
	char now[256] = "";
	gethostname(now, sizeof now - 1);
	CHECK(!strcmp(own, now));
	finish();
}

static void mounts(struct kit_plan *p)
{
	kit_mount(p, REG_MOUNT_MAKE_DIRECTORIES, kit_clone_tree("lower/etc", REG_ATTR_RDONLY), "/a/b/c");
	kit_mount(p, REG_MOUNT_MAKE_FILE, kit_clone_tree("lower/etc/file", 0), "/a/d/file");
	kit_mount(p, REG_MOUNT_MAKE_DIRECTORIES | REG_MOUNT_FOLLOW_LINKS, kit_clone_tree("lower/etc", 0), "/link/deep/er");
	kit_mount(p, REG_MOUNT_FOLLOW_LINKS, kit_clone_tree("lower/etc", 0), "/out");
}

/* As a caller who is not root: a directory of the host at /mnt, and below it a second one, whose place is missing. */
static void beneath_a_users_mount(struct kit_plan *p)
{
	kit_begin(p, REG_OP_RIGHTS, 0);
	kit_u32(p, 1234);
	kit_u32(p, 567);
	kit_u32(p, 0);
	kit_end(p);
	kit_mount(p, REG_MOUNT_MAKE_DIRECTORIES | REG_MOUNT_FOLLOW_LINKS, kit_clone_tree("shared", 0), "/made/mnt");
	kit_mount(p, REG_MOUNT_MAKE_DIRECTORIES | REG_MOUNT_FOLLOW_LINKS, kit_clone_tree("lower/etc", 0), "/made/mnt/new/place");
	as_user(p);
}

static void in_a_users_mount(struct kit_plan *p, const char *directory)
{
	kit_begin(p, REG_OP_RIGHTS, 0);
	kit_u32(p, 1234);
	kit_u32(p, 567);
	kit_u32(p, 0);
	kit_end(p);
	kit_mount(p, REG_MOUNT_MAKE_DIRECTORIES, kit_clone_tree("shared", 0), "/made/mnt");
	kit_path_op(p, REG_OP_WORKDIR, REG_WORKDIR_MAKE, directory);
	as_user(p);
}

static void in_a_hidden_directory(struct kit_plan *p)
{
	in_a_users_mount(p, "/made/mnt/hidden/open");
}

static void in_an_own_directory(struct kit_plan *p)
{
	in_a_users_mount(p, "/made/mnt/own/made");
}

static void paths_of_a_user_are_walked_with_the_users_rights(void)
{
	struct stat status;
	begin();
	CHECK(!mkdir("shared", 0755) && !mkdir("shared/hidden", 0700) && !mkdir("shared/hidden/open", 0755) && !mkdir("shared/own", 0700));
	CHECK(!chown("shared/own", 1234, 567));
	for (uint32_t init = 0; init <= REG_START_INIT; init++) {
		struct outcome *o = RUN(init, beneath_a_users_mount, "pid");
		CHECK(o->failed && o->error == EACCES);
		CHECK(access("shared/new", F_OK));
		o = RUN(init, in_a_hidden_directory, "cwd");
		CHECK(o->failed && o->error == EACCES);
		o = RUN(init, in_an_own_directory, "cwd", "write", "file", "x", "cat", "/proc/self/status");
		CHECK(!o->failed && !strncmp(o->output, "/made/mnt/own/made\nfile: written\n", 33));
		CHECK(says(o, "Uid:\t1234\t1234\t1234\t1234\n") && says(o, "CapPrm:\t0000000000000000\n"));
		CHECK(!stat("shared/own/made", &status) && status.st_uid == 1234 && status.st_gid == 567);
		CHECK(!unlink("shared/own/made/file") && !rmdir("shared/own/made"));
	}
	CHECK(!chmod("shared", 0777));
	struct outcome *o = RUN(REG_START_INIT, beneath_a_users_mount, "cat", "/proc/1/status");
	/* The init has root's rights back. */
	CHECK(!o->failed && says(o, "Uid:\t0\t0\t0\t0\n"));
	CHECK(!stat("shared/new/place", &status) && status.st_uid == 1234);
	finish();
}

static void mounts_make_their_places_and_links_stay_inside(void)
{
	begin();
	int file = open("lower/etc/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	CHECK(write(file, "content\n", 8) == 8);
	close(file);
	CHECK(!symlink("/tmp", "lower/link") && !symlink("../../../../tmp", "lower/out"));
	struct outcome *o = RUN(REG_START_INIT, mounts, "cat", "/a/b/c/file", "cat", "/a/d/file", "cat", "/tmp/file", "write", "/a/b/c/new",
				"x", "list", "/a");
	if (o->failed)
		printf("    operation %u: %s\n", o->operation, strerror(o->error));
	CHECK(!o->failed);
	CHECK(!strncmp(o->output, "content\ncontent\ncontent\n", 24) && says(o, "/a/b/c/new: errno 30\n"));
	CHECK(access("/tmp/deep", F_OK));
	finish();
}

static void covered(struct kit_plan *p)
{
	uint16_t flags = REG_ROOT_COVER;
	struct reg_operation head;
	memcpy(&head, p->bytes, sizeof head); /* STDIO; ROOT is the second */
	memcpy(p->bytes + sizeof head + head.length + offsetof(struct reg_operation, flags), &flags, sizeof flags);
	kit_fixture(p, REG_FIXTURE_DEV, "/dev");
	kit_path_op(p, REG_OP_MASK, 0, "/etc");
}

static void nothing_of_the_host_is_in_sight(void)
{
	static shaper *const shapes[] = {fixtures, covered};
	begin();
	for (int i = 0; i < 2; i++)
		for (uint32_t init = 0; init <= REG_START_INIT; init++) {
			struct outcome *o = RUN(init, shapes[i], "list", "/..", "echo", "-", "cat", "/proc/self/mountinfo", "echo", "-", "list",
						"/proc/self/fd", "cat", "/proc/self/cgroup");
			CHECK(!o->failed && !strstr(o->output, "stage\n"));
			int roots = 0;
			for (char *line = strstr(o->output, "-\n"), *end; line && (end = strchr(line, '\n')); line = end + 1)
				roots += strstr(line, " / / ") && strstr(line, " / / ") < end;
			CHECK(roots == 1);
			/* 0, 1, 2 and the one that lists; what is a higher number was inherited */
			CHECK(says(o, "-\n0\n1\n2\n3\n") && !strstr(o->output, "\n4\n"));
			CHECK(says(o, ":/\n"));
		}
	finish();
}

static const struct test tests[] = {
	TEST(rights_are_what_the_plan_says_in_whatever_order),
	TEST(the_init_is_out_of_the_programs_reach),
	TEST(keys_of_the_starting_session_stay_there),
	TEST(an_init_ends_a_program_of_another_user),
	TEST(dev_and_sys_are_there_and_read_only),
	TEST(masks_hide_and_protection_keeps_from_writing),
	TEST(names_directory_limits_and_a_read_only_root),
	TEST(paths_of_a_user_are_walked_with_the_users_rights),
	TEST(mounts_make_their_places_and_links_stay_inside),
	TEST(nothing_of_the_host_is_in_sight),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("launcher_container", argc, argv, tests);
}
