/* GloVe as its authors' program computes it, written anew without any pains for speed beyond the compiler's: doubles, a row of parameters and
 * another of sums of squares for each word, one record after the other. What bench/vectors-growth.mjs holds our kernel against, for no package of
 * npm, PyPI or Debian has a GloVe.
 *
 *     glove-plain RECORDS WORDS DIMENSIONS PASSES
 *
 * RECORDS has all rows, all columns, all counts: int32, int32, float32. Prints seconds of processor time per record, of the fastest pass, and
 * the mean loss of the last. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double processor_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double clamped(double x) { return x > 100 ? 100 : x < -100 ? -100 : x; }

static double train(double* w, double* c, double* w_squares, double* c_squares, long d, double count) {
  const double rate = 0.05, limit = 100, power = 0.75;
  double error = w[d] + c[d] - log(count);
  for (long q = 0; q < d; q++) error += w[q] * c[q];
  const double slope = (count < limit ? pow(count / limit, power) : 1) * error;
  for (long q = 0; q < d; q++) {
    const double a = clamped(slope * c[q]) * rate, b = clamped(slope * w[q]) * rate;
    w[q] -= a / sqrt(w_squares[q]);
    c[q] -= b / sqrt(c_squares[q]);
    w_squares[q] += a * a;
    c_squares[q] += b * b;
  }
  w[d] -= rate * slope / sqrt(w_squares[d]);
  c[d] -= rate * slope / sqrt(c_squares[d]);
  w_squares[d] += rate * slope * rate * slope;
  c_squares[d] += rate * slope * rate * slope;
  return slope * error;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const long words = atol(argv[2]), d = atol(argv[3]), passes = atol(argv[4]);
  FILE* file = fopen(argv[1], "rb");
  if (!file) return 1;
  fseek(file, 0, SEEK_END);
  const long n = ftell(file) / 12;
  rewind(file);
  int* rows = malloc(n * 4);
  int* columns = malloc(n * 4);
  float* counts = malloc(n * 4);
  if (fread(rows, 4, n, file) + fread(columns, 4, n, file) + fread(counts, 4, n, file) != (size_t)(3 * n)) return 1;
  fclose(file);
  const long size = 2 * words * (d + 1);
  double* parameters = malloc(size * 8);
  double* squares = malloc(size * 8);
  for (long i = 0; i < size; i++) {
    parameters[i] = (rand() / (double)RAND_MAX - 0.5) / (double)d;
    squares[i] = 1;
  }
  double best = INFINITY, loss = 0;
  for (long pass = 0; pass < passes; pass++) {
    const double began = processor_seconds();
    loss = 0;
    for (long i = 0; i < n; i++) {
      const long w = rows[i] * (d + 1), c = (words + columns[i]) * (d + 1);
      loss += train(parameters + w, parameters + c, squares + w, squares + c, d, counts[i]);
    }
    const double taken = processor_seconds() - began;
    if (taken < best) best = taken;
  }
  printf("%g %g\n", best / (double)n, loss / (double)n);
}
