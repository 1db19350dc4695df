/* Long sums of floats: float32 additions within a group of SUM_GROUP vectors or rows, float64 from group to group. */
#ifndef UNROLLED_SUMS_H
#define UNROLLED_SUMS_H

#include "ranges.h"

#define SUM_GROUP 8

ALWAYS_INLINE vd vd_from(vf v) { return __builtin_convertvector(v, vd); }

ALWAYS_INLINE double vd_sum(vd v) {
  double total = 0;
  for (int32_t i = 0; i < VL; i++) total += v[i];
  return total;
}

/* End of the group of vectors that begins at i in a row of n. */
ALWAYS_INLINE int32_t group_end(int32_t i, int32_t n) {
  const int32_t whole = n - n % VL;
  return whole - i < SUM_GROUP * VL ? whole : i + SUM_GROUP * VL;
}

/* The sum of n floats. */
static double sum_of(const float* x, int32_t n) {
  vd total = {0};
  for (int32_t i = 0; i + VL <= n;) {
    vf group = {0};
    for (const int32_t end = group_end(i, n); i < end; i += VL) group += vf_load(x + i);
    total += vd_from(group);
  }
  if (n % VL) total += vd_from(load_tail(x, n, 0));
  return vd_sum(total);
}

/* total[c] += the sum over `count` rows of their elements c < n. */
static void add_rows_to(double* total, const float* const* rows, int32_t count, int32_t n) {
  int32_t c = 0;
  for (; c + VL <= n; c += VL) {
    vf group = vf_load(rows[0] + c);
    for (int32_t r = 1; r < count; r++) group += vf_load(rows[r] + c);
    *(vd_unaligned*)(total + c) += vd_from(group);
  }
  for (; c < n; c++) {
    for (int32_t r = 0; r < count; r++) total[c] += rows[r][c];
  }
}

#endif
