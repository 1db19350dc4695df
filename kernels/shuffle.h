/* Moving lanes between vectors. */
#ifndef UNROLLED_SHUFFLE_H
#define UNROLLED_SHUFFLE_H

#include "simd.h"

/* LOW, HIGH: the lower (upper) halves of a and b, lane by lane in turn, a0 b0 a1 b1 ... EVEN, ODD: their even (odd) lanes in
 * turn, a0 b0 a2 b2 ... EVEN_LANES, ODD_LANES: those of a, then those of b. */
#if VL == 4
#define INTERLEAVE_EVEN(a, b) __builtin_shufflevector(a, b, 0, 4, 2, 6)
#define INTERLEAVE_ODD(a, b) __builtin_shufflevector(a, b, 1, 5, 3, 7)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#elif VL == 8
#define INTERLEAVE_EVEN(a, b) __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define INTERLEAVE_ODD(a, b) __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#else
#define INTERLEAVE_EVEN(a, b) __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#define INTERLEAVE_ODD(a, b) __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define EVEN_LANES(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD_LANES(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#endif

ALWAYS_INLINE vf interleave_low(vf a, vf b) { return INTERLEAVE_LOW(a, b); }
ALWAYS_INLINE vf interleave_high(vf a, vf b) { return INTERLEAVE_HIGH(a, b); }
ALWAYS_INLINE vf even_lanes(vf a, vf b) { return EVEN_LANES(a, b); }
ALWAYS_INLINE vf odd_lanes(vf a, vf b) { return ODD_LANES(a, b); }

/* Four vectors a, b, c, d to a0 b0 c0 d0 a1 b1 ... */
ALWAYS_INLINE void interleave_four(vf v[4]) {
  const vf ac_low = interleave_low(v[0], v[2]), ac_high = interleave_high(v[0], v[2]);
  const vf bd_low = interleave_low(v[1], v[3]), bd_high = interleave_high(v[1], v[3]);
  v[0] = interleave_low(ac_low, bd_low);
  v[1] = interleave_high(ac_low, bd_low);
  v[2] = interleave_low(ac_high, bd_high);
  v[3] = interleave_high(ac_high, bd_high);
}

/* Transposes VL vectors of VL lanes: log2(VL) rounds of a perfect shuffle. */
ALWAYS_INLINE void transpose_tile(vf rows[VL]) {
  for (int32_t round = 1; round < VL; round *= 2) {
    vf shuffled[VL];
    for (int32_t i = 0; i < VL / 2; i++) {
      shuffled[2 * i] = interleave_low(rows[i], rows[i + VL / 2]);
      shuffled[2 * i + 1] = interleave_high(rows[i], rows[i + VL / 2]);
    }
    for (int32_t i = 0; i < VL; i++) rows[i] = shuffled[i];
  }
}

#endif
