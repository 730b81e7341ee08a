/* reg-copier: what goes through it comes out the same, by Docker's rules of names; what is hostile stays in the destination. */
#include "harness.h"

#include "../copier_tar.c"

static char said[8192];

/* Runs a shell command with $C the program; its exit status, and what it said in `said`. */
static int shell(const char *command)
{
	int pair[2], status;
	CHECK(!pipe(pair));
	pid_t pid = fork();
	if (!pid) {
		char program[4200];
		snprintf(program, sizeof program, "%s/reg-copier", programs);
		setenv("C", program, 1);
		setenv("LC_ALL", "C", 1);
		dup2(pair[1], 1);
		dup2(pair[1], 2);
		close(pair[0]);
		close(pair[1]);
		execl("/bin/bash", "bash", "-o", "pipefail", "-c", command, (char *)NULL);
		_exit(99);
	}
	close(pair[1]);
	size_t length = 0;
	ssize_t got;
	while ((got = read(pair[0], said + length, sizeof said - 1 - length)) > 0)
		length += (size_t)got;
	said[length] = 0;
	close(pair[0]);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define RUN(command) \
	do { \
		int code = shell(command); \
		if (code) \
			printf("    exit %d: %s\n", code, said); \
		CHECK(code == 0); \
	} while (0)
#define FAILS(command, text) \
	do { \
		CHECK(shell(command) == 1); \
		if (!strstr(said, text)) \
			printf("    it said: %s\n", said); \
		CHECK(strstr(said, text)); \
	} while (0)

/* An archive of the test's own: entries, then its end. */
static int archive;

static void begin_archive(void)
{
	archive = open("archive", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(archive >= 0);
}

static void add(char type, const char *name, const char *link, const char *content)
{
	static uint8_t headers[TAR_HEADERS_MAX];
	static struct entry e;
	char block[TAR_BLOCK] = "";
	e = (struct entry){.type = type, .mode = 04755, .size = strlen(content)};
	strcpy(e.name, name);
	strcpy(e.link, link);
	size_t n = tar_headers(&e, headers);
	CHECK(write(archive, headers, n) == (ssize_t)n);
	memcpy(block, content, strlen(content));
	CHECK(!*content || write(archive, block, sizeof block) == sizeof block);
}

static void end_archive(void)
{
	char zeros[2 * TAR_BLOCK] = "";
	CHECK(write(archive, zeros, sizeof zeros) == sizeof zeros);
	close(archive);
}

static void trees_come_out_the_same(void)
{
	RUN("mkdir -p src/sub/closed to && echo text >src/file && chmod 640 src/file && head -c 300000 /dev/urandom >src/sub/big && : >src/empty &&"
	    "ln -s ../../etc/passwd src/link && ln src/file src/sub/again && long=$(printf 'n%.0s' {1..200}) && mkdir -p src/$long/$long &&"
	    "echo deep >src/$long/$long/$long && ln -s $long$long src/longlink && chmod 1777 src/sub && chmod 555 src/sub/closed &&"
	    "touch -d '2001-02-03 04:05:06' src/file src/sub");
	RUN("$C pack '' src L src | $C unpack '' src L to && diff -r --no-dereference src to/src && cd src && find . -printf '%p %m %l %y %T@\\n' | "
	    "sed 's/\\.[0-9]*$//' | sort >../a && cd ../to/src && find . -printf '%p %m %l %y %T@\\n' | sed 's/\\.[0-9]*$//' | sort >../../b && diff ../../a ../../b");
	RUN("test to/src/file -ef to/src/sub/again && $C pack '' src L src | tar tf - >/dev/null && mkdir t && $C pack '' src L src | tar xf - -C t && "
	    "diff -r --no-dereference src t/src");
	RUN("for f in gnu pax ustar; do mkdir $f; tar --format=$f --exclude='nnn*' --exclude=longlink -cf - src | $C unpack '' '' L $f && diff -r --no-dereference "
	    "-x 'nnn*' -x longlink src $f/src || exit 1; done; mkdir g; tar --format=gnu -cf - -C src . | $C unpack '' '' L g && diff -r --no-dereference src g");
}

static void names_follow_dockers_rules(void)
{
	RUN("mkdir -p s/d to && echo f >s/f && echo g >s/d/g");
	RUN("$C pack '' f L s/f | $C unpack '' f L new && diff s/f new");
	RUN("echo old >old && $C pack '' f L s/f | $C unpack '' f L old && diff s/f old");
	RUN("$C pack '' f L s/f | $C unpack '' f L to && diff s/f to/f && $C pack '' f L s/f | $C unpack '' f L to/./ && diff s/f to/f");
	FAILS("$C pack '' f L s/f | $C unpack '' f web:/no/ no/", "reg: cp: the destination directory must exist: web:/no/\n");
	FAILS("$C pack '' f L s/f | $C unpack '' f L no/f", "reg: cp: there is no such directory above L\n");
	RUN("$C pack '' s L s | $C unpack '' s L fresh && diff -r s fresh && $C pack '' s L s | $C unpack '' s L slashed/ && diff -r s slashed");
	RUN("$C pack '' s L s | $C unpack '' s L fresh && diff -r s fresh/s");
	RUN("$C pack '' . L s/. | $C unpack '' . L content && diff -r s content && $C pack '' . L s/. | $C unpack '' . L to && diff -r s to");
	FAILS("$C pack '' s L s | $C unpack '' s L old", "reg: cp: cannot copy a directory to the file L\n");
	FAILS("$C pack '' f L s/f | $C unpack '' f L old/", "the destination must be a directory: L");
	FAILS("tar cf - s | $C unpack '' '' L nowhere", "the destination directory must exist: L");
	FAILS("$C pack '' no web:/no no | $C unpack '' no L x", "reg: cp: could not find web:/no: No such file or directory\n");
	CHECK(!strchr(strchr(said, '\n') + 1, '\n') && access("x", F_OK)); /* one line, and nothing made */
	RUN("ln -s f s/link && $C pack '' link L s/link | $C unpack '' link L a && test $(readlink a) = f && "
	    "$C pack L link L s/link | $C unpack '' link L b && test ! -L b && diff s/f b");
	RUN("echo safe >safe && ln -s safe planted && $C pack '' f L s/f | $C unpack n f L planted && test ! -L planted && test $(cat safe) = safe");
	RUN("ln -s safe planted2 && $C pack '' f L s/f | $C unpack '' f L planted2 && test -L planted2 && test $(cat safe) = f");
	RUN("mkdir real && ln -s real way && ln -s no/where dangling && $C pack '' f L s/f | $C unpack n f L way/ && test -f real/f && rm real/f");
	FAILS("$C pack '' f L s/f | $C unpack n f L way", "it is a link to a directory, end it with / to copy there: L");
	RUN("test ! -e real/f && $C pack '' f L s/f | $C unpack n f L dangling && test -f dangling && test ! -L dangling");
	RUN("mkfifo s/pipe && $C pack '' s L s | $C unpack '' s L without && test -f without/f && test ! -e without/pipe");
	FAILS("$C pack '' pipe L s/pipe | $C unpack '' pipe L x", "cannot copy what is no file, directory or link: L");
}

static void a_hostile_archive_stays_in_its_place(void)
{
	CHECK(!mkdir("out", 0755) && !mkdir("to", 0755) && !symlink("../out", "to/before"));
	const char *const names[] = {"../evil", "/evil", "a/../../evil", "a/.."};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		begin_archive(), add('0', names[i], "", "evil"), end_archive();
		FAILS("$C unpack '' '' L to <archive", "reg: cp: cannot read the archive for L: it has a name that leads out of it\n");
		begin_archive(), add('1', "x", names[i], ""), end_archive();
		FAILS("$C unpack '' '' L to <archive", "it has a name that leads out of it");
	}
	begin_archive(), add('2', "link", "../out", ""), add('0', "link/evil", "", "evil"), add('0', "before/evil", "", "evil"),
		add('5', "before", "", ""), add('1', "evil", "link/x", ""), end_archive();
	FAILS("$C unpack '' '' L to <archive", "cannot reach the place in L: link/evil: ");
	RUN("test -z \"$(ls -A out)\" && test -L to/before && test ! -e evil && echo safe >out/file && ln -s ../out/file to/file");
	begin_archive(), add('0', "file", "", "evil"), add('1', "hard", "before", ""), end_archive();
	FAILS("$C unpack '' '' L to <archive", "cannot make the link in L: hard");
	RUN("test $(cat out/file) = safe && test $(cat to/file) = evil && test ! -L to/file && test $(stat -c %a to/file) = 755");
	/* One that was not asked for, though it is within. */
	begin_archive(), add('0', "asked", "", "1"), add('0', ".profile", "", "evil"), end_archive();
	FAILS("$C unpack '' asked L to <archive", "the archive has a name that was not asked for");
	RUN("test ! -e to/.profile && test $(cat to/asked) = 1");
	begin_archive(), add('0', "askedtoo", "", "1"), end_archive();
	FAILS("$C unpack '' asked L to <archive", "the archive has a name that was not asked for");
	begin_archive(), add('3', "device", "", ""), add('6', "pipe", "", ""), end_archive();
	FAILS("$C unpack '' '' L to <archive", "left out what is no file, directory or link for L: device");
	RUN("test ! -e to/device && test ! -e to/pipe");
	begin_archive(), add('0', "esc\033[2J\nline", "", "x"), end_archive();
	RUN("mkdir 'to/esc'$'\\033''[2J'$'\\n''line'");
	FAILS("$C unpack '' '' L to <archive", "cannot write to L: esc?[2J?line: Is a directory\n");
}

static void broken_archives_are_refused(void)
{
	begin_archive(), add('0', "file", "", "content"), end_archive();
	RUN("mkdir to");
	FAILS("head -c 515 archive | $C unpack '' '' L to", "it ends too early");
	RUN("test ! -e to/file");
	FAILS("head -c 1024 archive | $C unpack '' '' L to", "it ends too early");
	FAILS("head -c 2000 /dev/urandom | $C unpack '' '' L to", "it is no tar archive");
	CHECK(shell(": | $C unpack '' file L to") == 1 && !*said); /* the other side has failed */
	RUN(": | $C unpack '' '' L to");
	RUN("(cat archive; head -c 300000 /dev/zero) | $C unpack '' '' L to && test $(cat to/file) = content");
	CHECK(shell("$C unpack '' ../x L to <archive") == 2 && shell("$C unpack '' a/b L to <archive") == 2 && shell("$C pack '' '' L to") == 2);
}

/* Sizes beyond octal's eight gigabytes, without the data. */
static void large_numbers_survive_a_header(void)
{
	static uint8_t headers[TAR_HEADERS_MAX];
	struct entry e = {.name = "big", .type = TAR_FILE, .mode = 0644, .size = 1ull << 40, .uid = 4000000000u, .gid = 2097152};
	size_t n = tar_headers(&e, headers);
	int pipes[2];
	CHECK(n == 3 * TAR_BLOCK && !pipe(pipes) && write(pipes[1], headers, n) == (ssize_t)n);
	close(pipes[1]);
	CHECK(memmem(headers, n, "size=1099511627776\n", 19) && memmem(headers, n, "uid=4000000000\n", 15));
	RUN("mkdir to && truncate -s 9G sparse; tar --format=gnu -cf - sparse 2>tar.err | head -c 512 >gnu; tar --format=pax -cf - sparse 2>tar.err | head -c 1536 >pax; true");
	for (int i = 0; i < 2; i++) {
		FAILS(i ? "$C unpack '' '' L to <gnu" : "$C unpack '' '' L to <pax", "it ends too early");
		RUN("test ! -e to/sparse");
	}
}

static void owners_are_kept_when_asked_for(void)
{
	SKIP_UNLESS_ROOT();
	RUN("mkdir s && echo x >s/f && ln -s f s/l && chown -h 1234:2345 s s/f s/l && chmod 4711 s/f && chmod 2755 s");
	RUN("$C pack '' s L s | $C unpack a s L kept && test \"$(stat -c '%u %g %a' kept kept/f kept/l | xargs)\" = '1234 2345 2755 1234 2345 4711 1234 2345 777'");
	RUN("$C pack '' s L s | $C unpack '' s L own && test \"$(stat -c '%u %g %a' own own/f | xargs)\" = '0 0 755 0 0 711'");
	FAILS("mkdir -m 777 to && $C pack '' s L s | setpriv --reuid 99 --regid 99 --clear-groups $C unpack a s L to",
	      "cannot set owner, mode and time in L: s/f: Operation not permitted");
	FAILS("chmod 0 s/f; setpriv --reuid 99 --regid 99 --clear-groups $C pack '' s L s | $C unpack '' s L part", "cannot open L: s/f: Permission denied");
	RUN("test -L part/l && test ! -e part/f");
	FAILS("mkdir -m 755 closed && $C pack '' l L s/l | setpriv --reuid 99 --regid 99 --clear-groups $C unpack '' l web:/x closed/x",
	      "reg: cp: cannot make the link in web:/x: Permission denied\n");
}

static const struct test tests[] = {
	TEST(trees_come_out_the_same),
	TEST(names_follow_dockers_rules),
	TEST(a_hostile_archive_stays_in_its_place),
	TEST(broken_archives_are_refused),
	TEST(large_numbers_survive_a_header),
	TEST(owners_are_kept_when_asked_for),
};

int main(int argc, char **argv)
{
	return RUN_TESTS("copier", argc, argv, tests);
}
