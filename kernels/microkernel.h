/* The one inner loop of every matrix product: a few rows times one panel of PANEL columns, accumulated in registers.
 *
 * Rows come as pointers, so they may lie anywhere (rows of a ragged batch, a reversed direction, an initial state); the
 * panel is [k][PANEL], packed, or `stride` floats apart. The order of additions over k does not depend on how many rows share
 * a call, so a row's result does not depend on its neighbours. */
#ifndef UNROLLED_MICROKERNEL_H
#define UNROLLED_MICROKERNEL_H

#include "simd.h"

#define PANEL (2 * VL)
/* Floats of a cache line. */
#define LINE 16

/* Rows per call: two accumulators each, as many as leave registers for the panel and a broadcast. On WebAssembly more than
 * eight accumulators spill on x64 hosts. */
#if VL == 16
#define MAX_ROWS 12
#elif defined(__wasm__)
#define MAX_ROWS 4
#elif defined(__aarch64__)
#define MAX_ROWS 12
#else
#define MAX_ROWS 6
#endif

#if defined(__clang__)
#define UNROLL_FULLY _Pragma("clang loop unroll(full)")
#else
#define UNROLL_FULLY _Pragma("GCC unroll 16")
#endif

/* Steps of k a turn: where a core's front end is shared with another hardware thread, the instructions of the loop itself cost. V8
 * runs out of registers over two steps, which costs more. */
#if defined(__wasm__)
#define STEPS 1
#else
#define STEPS 2
#endif

/* c[i][0..PANEL) = (accumulate ? c[i] : 0) + sum over k of a[i][k] * panel[k], i < rows (a compile-time constant). */
ALWAYS_INLINE void product_of_rows(const int32_t rows, const float* const* a, const float* panel, int64_t stride, int32_t k,
                                   float* const* c, int32_t accumulate) {
  vf low[MAX_ROWS], high[MAX_ROWS];
  const float* row[MAX_ROWS];
  UNROLL_FULLY
  for (int32_t i = 0; i < rows; i++) {
    row[i] = a[i];
    low[i] = accumulate ? vf_load(c[i]) : (vf){0};
    high[i] = accumulate ? vf_load(c[i] + VL) : (vf){0};
  }
#define MULTIPLY_ADD(u)                                                                    \
  {                                                                                        \
    const vf b0 = vf_load(panel + (u) * stride), b1 = vf_load(panel + (u) * stride + VL);  \
    UNROLL_FULLY                                                                           \
    for (int32_t i = 0; i < rows; i++) {                                                   \
      const vf x = vf_splat(row[i][j + (u)]);                                              \
      low[i] += x * b0;                                                                    \
      high[i] += x * b1;                                                                   \
    }                                                                                      \
  }
  int32_t j = 0;
  for (; j + STEPS <= k; j += STEPS) {
    MULTIPLY_ADD(0)
    if (STEPS == 2) MULTIPLY_ADD(1)
    panel += STEPS * stride;
  }
  if (j < k) MULTIPLY_ADD(0)
#undef MULTIPLY_ADD
  UNROLL_FULLY
  for (int32_t i = 0; i < rows; i++) {
    vf_store(c[i], low[i]);
    vf_store(c[i] + VL, high[i]);
  }
}

/* The same with the rows' elements interleaved, a[j * MAX_ROWS + i] (a packed, transposed left operand). */
ALWAYS_INLINE void product_of_columns(const int32_t rows, const float* a, const float* panel, int32_t k, float* const* c,
                                      int32_t accumulate) {
  vf low[MAX_ROWS], high[MAX_ROWS];
  UNROLL_FULLY
  for (int32_t i = 0; i < rows; i++) {
    low[i] = accumulate ? vf_load(c[i]) : (vf){0};
    high[i] = accumulate ? vf_load(c[i] + VL) : (vf){0};
  }
#define MULTIPLY_ADD(u)                                                                                \
  {                                                                                                    \
    const vf b0 = vf_load(panel + (u) * PANEL), b1 = vf_load(panel + (u) * PANEL + VL);                \
    UNROLL_FULLY                                                                                       \
    for (int32_t i = 0; i < rows; i++) {                                                               \
      const vf x = vf_splat(a[(u) * MAX_ROWS + i]);                                                    \
      low[i] += x * b0;                                                                                \
      high[i] += x * b1;                                                                               \
    }                                                                                                  \
  }
  int32_t j = 0;
  for (; j + STEPS <= k; j += STEPS) {
    MULTIPLY_ADD(0)
    if (STEPS == 2) MULTIPLY_ADD(1)
    panel += STEPS * PANEL;
    a += STEPS * MAX_ROWS;
  }
  if (j < k) MULTIPLY_ADD(0)
#undef MULTIPLY_ADD
  UNROLL_FULLY
  for (int32_t i = 0; i < rows; i++) {
    vf_store(c[i], low[i]);
    vf_store(c[i] + VL, high[i]);
  }
}

/* One row against four panels at a time: eight independent chains hide the latency of the multiply-add, which a single
 * panel (two chains) cannot. Panels are `panel_step` floats apart, results PANEL. */
#define WIDE_PANELS 4
ALWAYS_INLINE void product_of_one_row(const float* a, const float* panel, int64_t panel_step, int64_t stride, int32_t k, float* c,
                                      int32_t accumulate) {
  vf sum[2 * WIDE_PANELS];
  UNROLL_FULLY
  for (int32_t i = 0; i < 2 * WIDE_PANELS; i++) sum[i] = accumulate ? vf_load(c + i * VL) : (vf){0};
  for (int32_t j = 0; j < k; j++) {
    const vf x = vf_splat(a[j]);
    UNROLL_FULLY
    for (int32_t i = 0; i < WIDE_PANELS; i++) {
      sum[2 * i] += x * vf_load(panel + i * panel_step);
      sum[2 * i + 1] += x * vf_load(panel + i * panel_step + VL);
    }
    panel += stride;
  }
  UNROLL_FULLY
  for (int32_t i = 0; i < 2 * WIDE_PANELS; i++) vf_store(c + i * VL, sum[i]);
}

#define FOR_EACH_ROW_COUNT(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)

/* For WebAssembly they are compiled apart (products.c), once with relaxed SIMD: allowed everywhere, compilers would use it for minima and
 * maxima too, which then lose their NaN. */
#if defined(__wasm__)
#define PRODUCT
#else
#define PRODUCT static
#endif

/* c rows (+)= a rows times one panel, for 1..MAX_ROWS rows. */
PRODUCT void multiply_rows(int32_t rows, const float* const* a, const float* panel, int64_t stride, int32_t k, float* const* c,
                          int32_t accumulate);
/* The same with the rows' elements interleaved, as in product_of_columns. */
PRODUCT void multiply_columns(int32_t rows, const float* a, const float* panel, int32_t k, float* const* c, int32_t accumulate);

#if !defined(__wasm__) || defined(PRODUCTS_APART)
PRODUCT void multiply_rows(int32_t rows, const float* const* a, const float* panel, int64_t stride, int32_t k, float* const* c,
                          int32_t accumulate) {
  switch (rows) {
#define CASE(count)                                                                            \
  case count:                                                                                  \
    if (count <= MAX_ROWS) product_of_rows(count <= MAX_ROWS ? count : 1, a, panel, stride, k, c, accumulate); \
    break;
    FOR_EACH_ROW_COUNT(CASE)
#undef CASE
  }
}

PRODUCT void multiply_columns(int32_t rows, const float* a, const float* panel, int32_t k, float* const* c, int32_t accumulate) {
  switch (rows) {
#define CASE(count)                                                                         \
  case count:                                                                               \
    if (count <= MAX_ROWS) product_of_columns(count <= MAX_ROWS ? count : 1, a, panel, k, c, accumulate); \
    break;
    FOR_EACH_ROW_COUNT(CASE)
#undef CASE
  }
}
#endif

#endif
