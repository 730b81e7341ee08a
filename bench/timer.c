// SPDX-License-Identifier: Apache-2.0
//
// Times whole processes against each other: every contestant once, in turn, round after round, so that whatever the
// machine does meanwhile happens to all of them.
//
//   timer [-n ROUNDS] [-w WARMUPS] [-g GAP_MS] [-k BURST] [-e EDGE] [-b BASE] [-l LIMIT_S] [-t TITLE] [-j JSON] SPEC
//
// A sample is the wall time from before the process is made until wait4 returned it; with -k, the mean of BURST such
// runs back to back, which also charges a contestant for what it puts off until it has answered. Runs that do not exit
// with 0 within the limit are counted as failed and never as samples. Standard input and output are /dev/null, standard
// error a pipe: a regular file would make some contestants copy.
//
// SPEC holds blocks of lines; a line is KEY=VALUE, taken literally up to its end, and @N@ in it is the number of the
// run, unique within the invocation:
//   [NAME]            begins a contestant
//   arg=WORD          one per word of its command, the program first, found along PATH
//   env=NAME=VALUE    added to the environment
//   dir=DIR           working directory
//   fresh=DIR         made before each run, untimed
//   before=SHELL      run before each sample, untimed; its failure ends everything
//   after=SHELL       the same, after each sample
//   mntns=FILE        enters this mount namespace first, untimed
//   every=K           takes part in every K-th round only
//   settle=MS         untimed pause after each sample
//   report=p50        the sample is the "p50=" that the command prints, in milliseconds
//   goal=ratio NAME X | goal=plus NAME MS | goal=most MS     a bound on the median, only printed
//
// Exit status: 0, or 1 when a contestant has no sample, 2 when the measurement could not be made.
#define _GNU_SOURCE
#include "timer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static volatile sig_atomic_t running_child, timed_out;
static int run_number, home_namespace = -1;

static void fail(const char *what, const char *on) {
  fprintf(stderr, "timer: %s %s: %s\n", what, on, strerror(errno));
  exit(2);
}

static void refuse(const char *what, const char *on) {
  fprintf(stderr, "timer: %s: %s\n", what, on);
  exit(2);
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void pause_ms(int ms) {
  struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
  while (nanosleep(&t, &t) && errno == EINTR) continue;
}

static int number(const char *text, const char *what, int low) {
  char *end;
  errno = 0;
  long n = strtol(text, &end, 10);
  if (errno || end == text || *end || n < low || n > 1000000) refuse(what, text);
  return (int)n;
}

static char *copy(const char *text) {
  char *s = strdup(text);
  if (!s) fail("copying", text);
  return s;
}

struct contestant *find(struct run *r, const char *name) {
  for (int i = 0; i < r->n_all; i++)
    if (!strcmp(r->all[i].name, name)) return &r->all[i];
  return NULL;
}

static void read_goal(struct contestant *c, const char *value) {
  char kind[8], other[64];
  struct goal g = {.kind = MOST, .other = c->name};
  int one = sscanf(value, "most %lf", &g.limit) == 1;
  if (!one && sscanf(value, "%7s %63s %lf", kind, other, &g.limit) == 3) {
    one = !strcmp(kind, "ratio") || !strcmp(kind, "plus");
    g.kind = strcmp(kind, "plus") ? RATIO : PLUS;
    g.other = copy(other);
  }
  if (!one || c->n_goals == MAX_GOALS)
    refuse("a goal is 'ratio NAME X', 'plus NAME MS' or 'most MS', and there are at most 4", value);
  c->goals[c->n_goals++] = g;
}

static void read_line(struct run *r, char *line) {
  size_t length = strlen(line);
  if (line[0] == '[' && line[length - 1] == ']') {
    line[length - 1] = 0;
    if (r->n_all == MAX_CONTESTANTS || find(r, line + 1)) refuse("one contestant too many", line + 1);
    r->all[r->n_all++] = (struct contestant){.name = copy(line + 1), .every = 1};
    return;
  }
  char *value = strchr(line, '=');
  if (!value || !r->n_all) refuse("not KEY=VALUE within a [NAME]", line);
  *value++ = 0;
  struct contestant *c = &r->all[r->n_all - 1];
  if (!strcmp(line, "arg") && c->n_args < MAX_ARGS) c->args[c->n_args++] = copy(value);
  else if (!strcmp(line, "env") && c->n_env < MAX_ENV && strchr(value, '=')) c->env[c->n_env++] = copy(value);
  else if (!strcmp(line, "dir")) c->dir = copy(value);
  else if (!strcmp(line, "fresh")) c->fresh = copy(value);
  else if (!strcmp(line, "before")) c->before = copy(value);
  else if (!strcmp(line, "after")) c->after = copy(value);
  else if (!strcmp(line, "mntns")) c->mntns = copy(value);
  else if (!strcmp(line, "every")) c->every = number(value, "every", 1);
  else if (!strcmp(line, "settle")) c->settle_ms = number(value, "settle", 0);
  else if (!strcmp(line, "report") && !strcmp(value, "p50")) c->reported = 1;
  else if (!strcmp(line, "goal")) read_goal(c, value);
  else refuse("unknown key, or one too many of it", line);
}

static void read_spec(struct run *r, const char *path) {
  FILE *in = fopen(path, "re");
  if (!in) fail("opening", path);
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, in)) >= 0) {
    if (length && line[length - 1] == '\n') line[--length] = 0;
    if (length && line[0] != '#') read_line(r, line);
  }
  free(line);
  fclose(in);
  if (!r->n_all) refuse("no contestant in", path);
  for (int i = 0; i < r->n_all; i++) {
    struct contestant *c = &r->all[i];
    if (!c->n_args) refuse("a contestant without a command", c->name);
    c->samples = calloc((size_t)r->rounds, sizeof *c->samples);
    if (!c->samples) fail("making room for", c->name);
  }
}

// A copy of `text` with @N@ replaced by n.
static char *numbered(const char *text, int n) {
  char *out = NULL;
  size_t room = 0;
  FILE *f = open_memstream(&out, &room);
  if (!f) fail("numbering", text);
  for (const char *at; (at = strstr(text, "@N@")); text = at + 3) fprintf(f, "%.*s%d", (int)(at - text), text, n);
  fputs(text, f);
  fclose(f);
  return out;
}

static void shell(const char *command, int n) {
  if (!command) return;
  char *text = numbered(command, n);
  if (system(text)) refuse("failed", text);
  free(text);
}

static void on_alarm(int signal_number) {
  (void)signal_number;
  timed_out = 1;
  if (running_child > 0) kill(running_child, SIGKILL);
}

static void alarm_in(int seconds) {
  struct itimerval in = {.it_value.tv_sec = seconds};
  setitimer(ITIMER_REAL, &in, NULL);
}

static void enter(const char *namespace_file) {
  int fd = namespace_file ? open(namespace_file, O_RDONLY | O_CLOEXEC) : home_namespace;
  const char *name = namespace_file ? namespace_file : "its own namespace";
  if (fd < 0 || setns(fd, CLONE_NEWNS)) fail("entering", name);
  if (fd != home_namespace) close(fd);
}

// Everything of one run that is made before the clock starts.
struct prepared {
  posix_spawn_file_actions_t actions;
  char *args[MAX_ARGS + 1];
};

static void prepare(struct prepared *p, const struct contestant *c, int out, int err) {
  int n = ++run_number;
  for (int i = 0; i < c->n_args; i++) p->args[i] = numbered(c->args[i], n);
  p->args[c->n_args] = NULL;
  if (c->fresh) {
    char *dir = numbered(c->fresh, n);
    if (mkdir(dir, 0755)) fail("making", dir);
    free(dir);
  }
  posix_spawn_file_actions_init(&p->actions);
  posix_spawn_file_actions_addopen(&p->actions, 0, "/dev/null", O_RDONLY, 0);
  if (out >= 0) posix_spawn_file_actions_adddup2(&p->actions, out, 1);
  else posix_spawn_file_actions_addopen(&p->actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&p->actions, err, 2);
  if (c->dir) posix_spawn_file_actions_addchdir_np(&p->actions, c->dir);
}

static void discard(struct prepared *p) {
  for (char **a = p->args; *a; a++) free(*a);
  posix_spawn_file_actions_destroy(&p->actions);
}

// Runs one process to its end. Returns its wait status, or -1 with errno when it could not be executed.
static int run_once(struct prepared *p, char **env) {
  pid_t pid;
  int status;
  running_child = 0;
  if ((errno = posix_spawnp(&pid, p->args[0], &p->actions, NULL, p->args, env))) return -1;
  running_child = pid;
  while (wait4(pid, &status, 0, NULL) < 0)
    if (errno != EINTR) return -1;
  running_child = 0;
  return status;
}

// Whatever is in the pipe now, its last bytes if it is more than fits; other processes may still hold its other end.
static void drain(int fd, char *text, size_t room) {
  char chunk[4096];
  size_t have = 0;
  for (ssize_t got; (got = read(fd, chunk, sizeof chunk)) > 0;) {
    size_t n = (size_t)got < room - 1 ? (size_t)got : room - 1;
    size_t keep = have + n < room ? have : room - 1 - n;
    memmove(text, text + have - keep, keep);
    memcpy(text + keep, chunk + got - n, n);
    have = keep + n;
  }
  text[have] = 0;
}

static void describe(struct contestant *c, int status, int error, char *said) {
  char *end = said + strlen(said);
  while (end > said && end[-1] == '\n') *--end = 0;
  char *line = strrchr(said, '\n');
  line = line ? line + 1 : said;
  if (status == -1) snprintf(c->error, sizeof c->error, "not executed: %s", strerror(error));
  else if (timed_out) snprintf(c->error, sizeof c->error, "took too long; %s", line);
  else if (WIFSIGNALED(status)) snprintf(c->error, sizeof c->error, "signal %d; %s", WTERMSIG(status), line);
  else snprintf(c->error, sizeof c->error, "exit status %d; %s", WEXITSTATUS(status), line);
}

static void take(struct run *r, struct contestant *c, int counted) {
  static struct prepared *runs;
  if (!runs && !(runs = calloc((size_t)r->burst, sizeof *runs))) fail("making room for", "a burst");
  int err[2], out[2] = {-1, -1}, status = 0, error = 0;
  if (pipe2(err, O_CLOEXEC | O_NONBLOCK) || (c->reported && pipe2(out, O_CLOEXEC | O_NONBLOCK))) fail("making", "pipes");
  // The contestant's ends block, as a terminal would.
  fcntl(err[1], F_SETFL, 0);
  if (c->reported) fcntl(out[1], F_SETFL, 0);
  shell(c->before, run_number + 1);
  for (int i = 0; i < r->burst; i++) prepare(&runs[i], c, out[1], err[1]);
  char *env[1024];
  int n_env = 0;
  for (int i = 0; i < c->n_env; i++) env[n_env++] = c->env[i];
  for (char **e = environ; *e && n_env < 1023; e++) env[n_env++] = *e;
  env[n_env] = NULL;

  pause_ms(r->gap_ms);
  if (c->mntns) enter(c->mntns);
  timed_out = 0;
  alarm_in(r->limit_s);
  double start = now_ms();
  for (int i = 0; i < r->burst && !status; i++) status = run_once(&runs[i], env);
  double ms = (now_ms() - start) / r->burst;
  error = errno;
  alarm_in(0);
  if (c->mntns) enter(NULL);

  char said[4096], printed[4096] = "";
  drain(err[0], said, sizeof said);
  if (c->reported) {
    drain(out[0], printed, sizeof printed);
    char *figure = strstr(printed, "p50=");
    if (!status && (!figure || sscanf(figure, "p50=%lf", &ms) != 1)) refuse("printed no p50=", c->name);
  }
  if (status) describe(c, status, error, said);
  if (counted && status) c->failed++;
  if (counted && !status) c->samples[c->n++] = ms;
  for (int i = 0; i < r->burst; i++) discard(&runs[i]);
  for (int i = 0; i < 2; i++) close(err[i]), c->reported && close(out[i]);
  shell(c->after, run_number);
  pause_ms(c->settle_ms);
}

static void usage(void) {
  fprintf(stderr, "usage: timer [-n ROUNDS] [-w WARMUPS] [-g GAP_MS] [-k BURST] [-e EDGE] [-b BASE] [-l LIMIT_S] "
                  "[-t TITLE] [-j JSON] SPEC\n");
  exit(2);
}

static void read_options(struct run *r, int argc, char **argv) {
  for (int o; (o = getopt(argc, argv, "n:w:g:k:e:b:l:t:j:")) >= 0;) {
    if (o == 'n') r->rounds = number(optarg, "rounds", 1);
    else if (o == 'w') r->warmups = number(optarg, "warm-ups", 0);
    else if (o == 'g') r->gap_ms = number(optarg, "gap", 0);
    else if (o == 'k') r->burst = number(optarg, "burst", 1);
    else if (o == 'e') r->edge = number(optarg, "edge", 1);
    else if (o == 'l') r->limit_s = number(optarg, "limit", 1);
    else if (o == 'b') r->base = optarg;
    else if (o == 't') r->title = optarg;
    else if (o == 'j') r->json = optarg;
    else usage();
  }
  if (optind + 1 != argc) usage();
}

int main(int argc, char **argv) {
  static struct run r = {.title = "", .rounds = 100, .warmups = 3, .burst = 1, .limit_s = 60};
  read_options(&r, argc, argv);
  read_spec(&r, argv[optind]);
  if (r.base && !find(&r, r.base)) refuse("no contestant to compare with", r.base);
  home_namespace = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  struct sigaction act = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &act, NULL);
  for (int round = -r.warmups; round < r.rounds; round++)
    for (int i = 0; i < r.n_all; i++)
      if (round < 0 ? -round <= r.warmups / r.all[i].every + 1 : round % r.all[i].every == 0)
        take(&r, &r.all[i], round >= 0);
  print_table(&r, stdout);
  if (r.json) {
    FILE *out = fopen(r.json, "we");
    if (!out) fail("writing", r.json);
    print_json(&r, out);
    if (fclose(out)) fail("writing", r.json);
  }
  for (int i = 0; i < r.n_all; i++)
    if (!r.all[i].n) return 1;
  return 0;
}
