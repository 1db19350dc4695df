/* Kernels about the library itself. */
#include "kernels.h"
#include "simd.h"
#include "threads.h"

KERNEL(int32_t) vector_width(void) { return VL; }

/* Enough independent sums to hide a multiply-add's latency, few enough to stay in registers. */
#define PEAK_SUMS 12

KERNEL(int32_t) multiply_adds_per_round(void) { return PEAK_SUMS * VL; }

struct peak {
  float* sink;
  int32_t rounds;
};

static void run_peak(int32_t index, void* context) {
  const struct peak* peak = context;
  /* Values settle near 1: no overflow, no denormals. */
  const vf factor = vf_splat(0.5f), summand = vf_splat(0.5f);
  vf sums[PEAK_SUMS];
  for (int32_t i = 0; i < PEAK_SUMS; i++) sums[i] = vf_splat((float)i);
  for (int32_t round = 0; round < peak->rounds; round++) {
    for (int32_t i = 0; i < PEAK_SUMS; i++) sums[i] = sums[i] * factor + summand;
  }
  for (int32_t i = 1; i < PEAK_SUMS; i++) sums[0] += sums[i];
  peak->sink[index] = vf_sum(sums[0]);
}

KERNEL(void) multiply_add_peak(float* sink, int32_t rounds) {
  struct peak peak = {sink, rounds};
  parallel(thread_count(), run_peak, &peak);
}

/* Independent sums, so that loads wait for nothing but memory. */
#define READ_SUMS 8

struct reading {
  float* sink;
  const float* a;
  int32_t n, rounds, threads;
};

static void run_reading(int32_t index, void* context) {
  const struct reading* reading = context;
  const int32_t share = (reading->n / reading->threads + VL - 1) / VL * VL;
  const int64_t begin = (int64_t)index * share, rest = reading->n - begin;
  const float* a = reading->a + begin;
  const int32_t n = rest < 0 ? 0 : index == reading->threads - 1 || rest < share ? (int32_t)rest : share;
  vf sums[READ_SUMS];
  for (int32_t i = 0; i < READ_SUMS; i++) sums[i] = vf_splat(0);
  for (int32_t round = 0; round < reading->rounds; round++) {
    int32_t at = 0;
    for (; at + READ_SUMS * VL <= n; at += READ_SUMS * VL) {
      for (int32_t i = 0; i < READ_SUMS; i++) sums[i] += vf_load(a + at + i * VL);
    }
    for (; at < n; at += VL) sums[0] += vf_load_first(a + at, n - at < VL ? n - at : VL);
  }
  for (int32_t i = 1; i < READ_SUMS; i++) sums[0] += sums[i];
  reading->sink[index] = vf_sum(sums[0]);
}

KERNEL(void) read_pace(float* sink, const float* a, int32_t n, int32_t rounds) {
  struct reading reading = {sink, a, n, rounds, thread_count()};
  parallel(reading.threads, run_reading, &reading);
}
