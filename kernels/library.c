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
