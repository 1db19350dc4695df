/* Long sums of floats: float32 additions within a group of SUM_GROUP vectors or rows, float64 from group to group. */
#ifndef UNROLLED_SUMS_H
#define UNROLLED_SUMS_H

#include "ranges.h"

#define SUM_GROUP 8

/* total += v, lane by lane. */
ALWAYS_INLINE void accumulate(struct wide* total, vf v) {
  const struct wide x = vf_widen(v);
  total->low += x.low;
  total->high += x.high;
}

ALWAYS_INLINE void accumulate_squares(struct wide* total, vf v) {
  const struct wide x = vf_widen(v);
  total->low += x.low * x.low;
  total->high += x.high * x.high;
}

/* total[0..VL) += v */
ALWAYS_INLINE void accumulate_in(double* total, vf v) {
  const struct wide x = vf_widen(v);
  *(vd_half_unaligned*)total += x.low;
  *(vd_half_unaligned*)(total + VL / 2) += x.high;
}

ALWAYS_INLINE double sum_of_lanes(struct wide total) {
  double lanes[VL / 2];
  *(vd_half_unaligned*)lanes = total.low + total.high;
  for (int32_t width = VL / 4; width > 0; width /= 2) {
    for (int32_t i = 0; i < width; i++) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}

/* End of the group of vectors that begins at i in a row of n. */
ALWAYS_INLINE int32_t group_end(int32_t i, int32_t n) {
  const int32_t whole = n - n % VL;
  return whole - i < SUM_GROUP * VL ? whole : i + SUM_GROUP * VL;
}

/* The sum of n floats. */
static double sum_of(const float* x, int32_t n) {
  struct wide total = {{0}, {0}};
  for (int32_t i = 0; i + VL <= n;) {
    vf group = {0};
    for (const int32_t end = group_end(i, n); i < end; i += VL) group += vf_load(x + i);
    accumulate(&total, group);
  }
  if (n % VL) accumulate(&total, load_tail(x, n, 0));
  return sum_of_lanes(total);
}

/* total[c] += the sum over `count` rows of their elements c < n. */
static void add_rows_to(double* total, const float* const* rows, int32_t count, int32_t n) {
  int32_t c = 0;
  for (; c + VL <= n; c += VL) {
    vf group = vf_load(rows[0] + c);
    for (int32_t r = 1; r < count; r++) group += vf_load(rows[r] + c);
    accumulate_in(total + c, group);
  }
  for (; c < n; c++) {
    for (int32_t r = 0; r < count; r++) total[c] += rows[r][c];
  }
}

#endif
