// SPDX-License-Identifier: Apache-2.0
//
// What timer.c measures and report.c prints.
#ifndef REG_BENCH_TIMER_H
#define REG_BENCH_TIMER_H

#include <stdio.h>

enum { MAX_CONTESTANTS = 32, MAX_ARGS = 64, MAX_ENV = 16, MAX_GOALS = 4, ERROR_TEXT = 400 };

// A bound on the median: times another contestant's, milliseconds above another's, or milliseconds.
enum goal_kind { RATIO, PLUS, MOST };

struct goal {
  enum goal_kind kind;
  const char *other;  // the contestant itself with MOST
  double limit;
};

struct contestant {
  const char *name;
  char *args[MAX_ARGS + 1];
  char *env[MAX_ENV];
  const char *dir, *before, *after, *fresh, *mntns;
  int n_args, n_env, n_goals;
  int every;          // takes part in every n-th round only
  int settle_ms;      // pause after each of its samples, for what it still does once it has answered
  int reported;       // the sample is the "p50=" that the command prints, not its wall time
  struct goal goals[MAX_GOALS];
  double *samples;    // milliseconds, in the order they were taken
  int n, failed;
  char error[ERROR_TEXT];  // the last words of the last run that failed
};

struct run {
  const char *title, *base, *json;
  int rounds, warmups, gap_ms, burst, edge, limit_s;
  struct contestant all[MAX_CONTESTANTS];
  int n_all;
};

struct summary {
  double min, p50, p95, max, mean, first, last;
};

struct contestant *find(struct run *r, const char *name);
// The summary of at least one sample. `edge` samples make up first and last; percentiles are nearest-rank.
struct summary summarize(const struct contestant *c, int edge);
void print_table(struct run *r, FILE *out);
void print_json(struct run *r, FILE *out);

#endif
