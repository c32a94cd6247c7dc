/*
 * What every C contender needs: the bars of a file, and rounds as bench/engine/program.ts asks for them.
 *
 *   static void run(const Bars *bars, char *summary) { ... sprintf(summary, "{\"trades\":%d}", trades); }
 *   int main(int count, char **args) { (void)count; return answer_rounds(args[1], run); }
 */
#ifndef ROUNDS_H
#define ROUNDS_H
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
  long count;
  const double *timestamp, *open, *high, *low, *close, *volume;
} Bars;

static inline double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static inline int read_bars(const char *path, Bars *bars) {
  FILE *file = fopen(path, "rb");
  if (!file) return 0;
  fseek(file, 0, SEEK_END);
  const long size = ftell(file);
  rewind(file);
  double *values = malloc((size_t)size);
  const long n = size / 48;
  const int is_read = values && fread(values, 1, (size_t)size, file) == (size_t)size;
  fclose(file);
  *bars = (Bars){n, values, values + n, values + 2 * n, values + 3 * n, values + 4 * n, values + 5 * n};
  return is_read;
}

/* run() does the work once and writes what it came to, as a JSON object of at most 4,000 characters. */
static inline int answer_rounds(const char *path, void (*run)(const Bars *, char *)) {
  static char line[64], summary[4096];
  Bars bars;
  if (!read_bars(path, &bars)) {
    fprintf(stderr, "cannot read %s\n", path);
    return 1;
  }
  printf("{\"version\":\"%s\"}\n", __VERSION__);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    const double wanted = atof(line), begin = seconds_now();
    double took = 0;
    long runs = 0;
    while (took < wanted || runs == 0) {
      run(&bars, summary);
      runs++;
      took = seconds_now() - begin;
    }
    printf("{\"runs\":%ld,\"seconds\":%.9f,\"summary\":%s}\n", runs, took, summary);
    fflush(stdout);
  }
  return 0;
}
#endif
