/* Products of numbers rounded to bfloat16 (the upper half of a float32), added up in float32.
 *
 * Rounded numbers lie in pairs, one to a word: the elements 2j and 2j + 1 of a row in its word j, the first in the lower half; the
 * last of an odd number has 0 beside it. A word multiplies a word: two products, added to one sum. Processors with AVX512-BF16 do that
 * in an instruction, and twice as fast as float32; elsewhere it is done in float32, for the same results but for the rounding of sums. */
#ifndef UNROLLED_BFLOAT16_H
#define UNROLLED_BFLOAT16_H

#include "microkernel.h"
#include "shuffle.h"

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

/* A word in memory for floats. */
typedef int32_t word __attribute__((may_alias));

#define UPPER_HALF ((int32_t)0xffff0000)

ALWAYS_INLINE int32_t pair_count(int32_t k) { return (k + 1) / 2; }

ALWAYS_INLINE vi words_load(const float* p) { return *(const vi_unaligned*)p; }
ALWAYS_INLINE void words_store(float* p, vi v) { *(vi_unaligned*)p = v; }

/* To the nearest bfloat16, ties to even, in the upper half; the lower half is rubbish. NaN stays NaN. */
ALWAYS_INLINE vi rounded_bits(vf x) {
  const vi bits = (vi)x;
  const vi rounded = bits + 0x7fff + ((bits >> 16) & 1);
  return (vi)vf_select(x != x, (vf)(bits | 0x00400000), (vf)rounded);
}
ALWAYS_INLINE vi join_halves(vi first, vi second) { return ((first >> 16) & 0xffff) | (second & UPPER_HALF); }
/* Word i: a[i] and b[i]. */
ALWAYS_INLINE vi paired(vf a, vf b) { return join_halves(rounded_bits(a), rounded_bits(b)); }
/* Word i: x[2i] and x[2i + 1], of 2 VL floats. */
ALWAYS_INLINE vi pairs_of(const float* x) {
  const vf low = (vf)rounded_bits(vf_load(x)), high = (vf)rounded_bits(vf_load(x + VL));
  return join_halves((vi)even_lanes(low, high), (vi)odd_lanes(low, high));
}

/* to[pair_count(k)] = k floats, rounded; no row (null) counts as zeros. */
static void round_row(float* to, const float* from, int32_t k) {
  int32_t j = 0;
  if (!from) {
    for (; j < pair_count(k); j++) to[j] = 0;
    return;
  }
  for (; j + 2 * VL <= k; j += 2 * VL) words_store(to + j / 2, pairs_of(from + j));
  for (; j < k; j += 2) {
    ((word*)to)[j / 2] = paired(vf_splat(from[j]), vf_splat(j + 1 < k ? from[j + 1] : 0))[0];
  }
}

/* c[i][0..PANEL) = (accumulate ? c[i] : 0) + the products of `pairs` words of row i, `step` (a compile-time constant) apart, and of a
 * packed panel of words, i < rows (a compile-time constant). */
ALWAYS_INLINE void product_of_pairs(const int32_t rows, const int32_t step, const float* const* a, const float* panel, int32_t pairs,
                                    float* const* c, int32_t accumulate) {
  vf low[MAX_ROWS], high[MAX_ROWS];
  const word* row[MAX_ROWS];
  UNROLL_FULLY
  for (int32_t i = 0; i < rows; i++) {
    row[i] = (const word*)a[i];
    low[i] = accumulate ? vf_load(c[i]) : (vf){0};
    high[i] = accumulate ? vf_load(c[i] + VL) : (vf){0};
  }
  for (int32_t j = 0; j < pairs; j++) {
#if defined(__AVX512BF16__)
    const __m512bh b0 = (__m512bh)words_load(panel), b1 = (__m512bh)words_load(panel + VL);
    UNROLL_FULLY
    for (int32_t i = 0; i < rows; i++) {
      const __m512bh x = (__m512bh)vi_splat(row[i][j * step]);
      low[i] = (vf)_mm512_dpbf16_ps((__m512)low[i], x, b0);
      high[i] = (vf)_mm512_dpbf16_ps((__m512)high[i], x, b1);
    }
#else
#define MULTIPLY_ADD(HALF)                                                             \
  {                                                                                    \
    const vf b0 = HALF(words_load(panel)), b1 = HALF(words_load(panel + VL));          \
    UNROLL_FULLY                                                                       \
    for (int32_t i = 0; i < rows; i++) {                                               \
      const vf x = HALF(vi_splat(row[i][j * step]));                                   \
      low[i] += x * b0;                                                                \
      high[i] += x * b1;                                                               \
    }                                                                                  \
  }
#define FIRST_OF_PAIR(word) ((vf)((word) << 16))
#define SECOND_OF_PAIR(word) ((vf)((word) & UPPER_HALF))
    MULTIPLY_ADD(FIRST_OF_PAIR)
    MULTIPLY_ADD(SECOND_OF_PAIR)
#undef MULTIPLY_ADD
#endif
    panel += PANEL;
  }
  UNROLL_FULLY
  for (int32_t i = 0; i < rows; i++) {
    vf_store(c[i], low[i]);
    vf_store(c[i] + VL, high[i]);
  }
}

/* c rows (+)= rows of words times one panel, for 1..MAX_ROWS rows. */
static void multiply_row_pairs(int32_t rows, const float* const* a, const float* panel, int32_t pairs, float* const* c, int32_t accumulate) {
  switch (rows) {
#define CASE(count)                                                                                                   \
  case count:                                                                                                         \
    if (count <= MAX_ROWS) product_of_pairs(count <= MAX_ROWS ? count : 1, 1, a, panel, pairs, c, accumulate);        \
    break;
    FOR_EACH_ROW_COUNT(CASE)
#undef CASE
  }
}

/* The same with the rows' words interleaved, a[j * MAX_ROWS + i]. */
static void multiply_column_pairs(int32_t rows, const float* a, const float* panel, int32_t pairs, float* const* c, int32_t accumulate) {
  const float* row[MAX_ROWS];
  for (int32_t i = 0; i < rows; i++) row[i] = a + i;
  switch (rows) {
#define CASE(count)                                                                                                          \
  case count:                                                                                                                \
    if (count <= MAX_ROWS) product_of_pairs(count <= MAX_ROWS ? count : 1, MAX_ROWS, row, panel, pairs, c, accumulate);      \
    break;
    FOR_EACH_ROW_COUNT(CASE)
#undef CASE
  }
}

#endif
