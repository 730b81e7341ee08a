// SPDX-License-Identifier: Apache-2.0
//
// The table and the JSON of one timer run.
#define _GNU_SOURCE
#include "timer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double mean(const double *d, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += d[i];
  return sum / n;
}

struct summary summarize(const struct contestant *c, int edge) {
  int n = c->n;
  double *d = malloc((size_t)n * sizeof *d);
  if (!d) abort();
  memcpy(d, c->samples, (size_t)n * sizeof *d);
  qsort(d, (size_t)n, sizeof *d, ascending);
  if (edge > n || !edge) edge = n;
  struct summary s = {d[0],       d[n / 2],   d[n * 95 / 100], d[n - 1],
                      mean(d, n), mean(c->samples, edge), mean(c->samples + n - edge, edge)};
  free(d);
  return s;
}

static const char *verdict(struct run *r, const struct contestant *c, const struct goal *g, double *value) {
  struct contestant *other = find(r, g->other);
  if (!other || !other->n || !c->n) return "not measured";
  double own = summarize(c, 0).p50, theirs = summarize(other, 0).p50;
  *value = g->kind == RATIO ? own / theirs : g->kind == PLUS ? own - theirs : own;
  return *value <= g->limit ? "met" : "missed";
}

static const char *const kind_name[] = {[RATIO] = "ratio", [PLUS] = "plus", [MOST] = "most"};

static void print_goals(struct run *r, FILE *out) {
  for (int i = 0; i < r->n_all; i++)
    for (int j = 0; j < r->all[i].n_goals; j++) {
      const struct goal *g = &r->all[i].goals[j];
      double value = 0;
      const char *word = verdict(r, &r->all[i], g, &value);
      fprintf(out, "  goal: %s", r->all[i].name);
      if (g->kind != MOST) fprintf(out, " %c %s", g->kind == PLUS ? '-' : '/', g->other);
      fprintf(out, " = %.3f%s, at most %.2f: %s\n", value, g->kind == RATIO ? "" : " ms", g->limit, word);
    }
}

void print_table(struct run *r, FILE *out) {
  const struct contestant *base = r->base ? find(r, r->base) : NULL;
  double base_p50 = base && base->n ? summarize(base, 0).p50 : 0;
  fprintf(out, "\n%s\n  rounds %d, warm-ups %d, gap %d ms, burst %d; milliseconds\n", r->title, r->rounds, r->warmups,
          r->gap_ms, r->burst);
  fprintf(out, "  %-28s %5s %4s %9s %9s %9s %9s", "", "n", "bad", "min", "p50", "p95", "max");
  if (base_p50 > 0) fprintf(out, "  %9s  %9s", "x base", "- base");
  if (r->edge) fprintf(out, "   first%-4d  last%-5d  last/first", r->edge, r->edge);
  fputc('\n', out);
  for (int i = 0; i < r->n_all; i++) {
    const struct contestant *c = &r->all[i];
    fprintf(out, "  %-28s %5d %4d", c->name, c->n, c->failed);
    if (c->n) {
      struct summary s = summarize(c, r->edge);
      fprintf(out, " %9.3f %9.3f %9.3f %9.3f", s.min, s.p50, s.p95, s.max);
      if (base_p50 > 0) fprintf(out, "  %9.2f  %+9.3f", s.p50 / base_p50, s.p50 - base_p50);
      if (r->edge) fprintf(out, "  %9.3f  %9.3f  %9.3f", s.first, s.last, s.last / s.first);
    }
    if (base == c) fputs("  base", out);
    if (c->failed || !c->n) fprintf(out, "  %s", c->error);
    fputc('\n', out);
  }
  print_goals(r, out);
}

static void print_string(FILE *out, const char *s) {
  fputc('"', out);
  for (; *s; s++) {
    unsigned char b = (unsigned char)*s;
    if (b == '"' || b == '\\') fprintf(out, "\\%c", b);
    else if (b < 0x20 || b > 0x7e) fprintf(out, "\\u%04x", b);
    else fputc(b, out);
  }
  fputc('"', out);
}

static void print_contestant(struct run *r, const struct contestant *c, FILE *out) {
  fputs("\n    {\"name\":", out);
  print_string(out, c->name);
  fputs(",\"command\":[", out);
  for (int i = 0; i < c->n_args; i++) {
    if (i) fputc(',', out);
    print_string(out, c->args[i]);
  }
  fprintf(out, "],\"reported\":%s,\"every\":%d,\"n\":%d,\"failed\":%d", c->reported ? "true" : "false", c->every, c->n,
          c->failed);
  if (c->failed) fputs(",\"error\":", out), print_string(out, c->error);
  if (c->n) {
    struct summary s = summarize(c, r->edge);
    fprintf(out, ",\"min\":%.4f,\"p50\":%.4f,\"p95\":%.4f,\"max\":%.4f,\"mean\":%.4f", s.min, s.p50, s.p95, s.max, s.mean);
    if (r->edge) fprintf(out, ",\"first\":%.4f,\"last\":%.4f", s.first, s.last);
  }
  fputs(",\"samples\":[", out);
  for (int i = 0; i < c->n; i++) fprintf(out, i ? ",%.4f" : "%.4f", c->samples[i]);
  fputs("]}", out);
}

void print_json(struct run *r, FILE *out) {
  struct utsname host;
  if (uname(&host)) abort();
  char when[32];
  time_t t = time(NULL);
  struct tm utc;
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &utc));
  fputs("{\"title\":", out);
  print_string(out, r->title);
  fprintf(out, ",\"ended\":\"%s\",\"kernel\":", when);
  print_string(out, host.release);
  fprintf(out, ",\"cpus\":%ld,\"rounds\":%d,\"warmups\":%d,\"gapMs\":%d,\"burst\":%d,\"edge\":%d,\"unit\":\"ms\",\"base\":",
          sysconf(_SC_NPROCESSORS_ONLN), r->rounds, r->warmups, r->gap_ms, r->burst, r->edge);
  if (r->base) print_string(out, r->base);
  else fputs("null", out);
  fputs(",\n  \"contestants\":[", out);
  for (int i = 0; i < r->n_all; i++) {
    if (i) fputc(',', out);
    print_contestant(r, &r->all[i], out);
  }
  fputs("],\n  \"goals\":[", out);
  const char *separator = "";
  for (int i = 0; i < r->n_all; i++)
    for (int j = 0; j < r->all[i].n_goals; j++, separator = ",") {
      const struct goal *g = &r->all[i].goals[j];
      double value = 0;
      const char *word = verdict(r, &r->all[i], g, &value);
      fprintf(out, "%s\n    {\"contestant\":", separator);
      print_string(out, r->all[i].name);
      fprintf(out, ",\"kind\":\"%s\",\"other\":", kind_name[g->kind]);
      print_string(out, g->other);
      fprintf(out, ",\"value\":%.4f,\"limit\":%.4f,\"verdict\":\"%s\"}", value, g->limit, word);
    }
  fputs("]}\n", out);
}
